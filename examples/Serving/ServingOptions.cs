using static System.FormattableString;

namespace Serving;

/// <summary>The section "Serving" of the configuration: appsettings.json, environment (Serving__ModelPath=…), command line (--Serving:ModelPath=…).</summary>
internal sealed class ServingOptions
{
    /// <summary>The model file. A relative path starts at the program's folder.</summary>
    public string ModelPath { get; set; } = "";

    /// <summary>Bytes of a request's body; 1 kB to 1 GB. Default 1 MiB.</summary>
    public long MaximumBodyBytes { get; set; } = 1 << 20;

    /// <summary>Rows of a batch; 1 to 1,000,000. Default 1,000.</summary>
    public int MaximumRows { get; set; } = 1_000;

    /// <summary>Seconds from a request's first byte to its answer; above 0, at most 3,600. Default 10.</summary>
    public double TimeoutSeconds { get; set; } = 10;

    /// <summary>Requests that are read and scored at the same time; 1 to 10,000. Default 64.</summary>
    public int MaximumConcurrency { get; set; } = 64;

    /// <summary>Requests that wait for their turn; further ones get 503. 0 to 100,000. Default 256.</summary>
    public int MaximumQueue { get; set; } = 256;

    /// <summary>
    /// Seconds between the wish to stop and the end of listening, while /health/ready says no, so that a load balancer can turn away; 0 to 600.
    /// Default 0.
    /// </summary>
    public double DrainSeconds { get; set; }

    /// <summary>Seconds that requests in flight are given after that; 0 to 600. Default 30.</summary>
    public double StopSeconds { get; set; } = 30;

    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public ServingOptions Checked()
    {
        if (string.IsNullOrWhiteSpace(ModelPath))
            throw new ArgumentException("Serving:ModelPath must name a model file. Got none. Set it in appsettings.json or with --Serving:ModelPath=….");
        Require(MaximumBodyBytes, 1_000, 1_000_000_000, nameof(MaximumBodyBytes));
        Require(MaximumRows, 1, 1_000_000, nameof(MaximumRows));
        Require(TimeoutSeconds, 0.001, 3_600, nameof(TimeoutSeconds));
        Require(MaximumConcurrency, 1, 10_000, nameof(MaximumConcurrency));
        Require(MaximumQueue, 0, 100_000, nameof(MaximumQueue));
        Require(DrainSeconds, 0, 600, nameof(DrainSeconds));
        Require(StopSeconds, 0, 600, nameof(StopSeconds));
        return this;
    }

    private static void Require(double value, double minimum, double maximum, string name)
    {
        if (!(value >= minimum && value <= maximum))
            throw new ArgumentException(Invariant($"Serving:{name} must be at least {minimum} and at most {maximum}. Got {value}. Set it in appsettings.json or with --Serving:{name}=…."));
    }
}
