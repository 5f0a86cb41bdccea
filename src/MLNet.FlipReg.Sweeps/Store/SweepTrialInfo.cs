using FlipReg.Sweeps.Store;

namespace FlipReg.Sweeps;

/// <summary>A study in a store.</summary>
public sealed record SweepStudyInfo
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it measures.</summary>
    public required string Metric { get; init; }

    /// <summary>Whether a higher value is better.</summary>
    public required bool HigherIsBetter { get; init; }

    /// <summary>Trials at most, or null.</summary>
    public required int? MaximumTrials { get; init; }

    /// <summary>How many trials are in each state; states without trials are absent.</summary>
    public required IReadOnlyDictionary<TrialState, int> Trials { get; init; }

    /// <summary>The best finished trial's value, or null.</summary>
    public required double? BestValue { get; init; }

    /// <summary>Why the study was stopped, or null.</summary>
    public required string? StopReason { get; init; }

    /// <summary>When it was made, by the database's clock.</summary>
    public required DateTimeOffset Created { get; init; }
}

/// <summary>A trial of a study: its values and what came of them.</summary>
public sealed record SweepTrialInfo
{
    /// <summary>Its number, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>What has become of it.</summary>
    public required TrialState State { get; init; }

    /// <summary>The values of its parameters.</summary>
    public required SweepPoint Point { get; init; }

    /// <summary>Its value, where it finished.</summary>
    public required double? Value { get; init; }

    /// <summary>Why it failed, diverged or was stopped, or null.</summary>
    public required string? Error { get; init; }

    /// <summary>How often it was begun: more than once where a worker died or was stopped.</summary>
    public required int Attempts { get; init; }

    /// <summary>Time from its making until its end, by the database's clock, or null.</summary>
    public required TimeSpan? Duration { get; init; }

    /// <summary>Values reported on the way, by step (epoch, or fold).</summary>
    public required IReadOnlyDictionary<int, double> Reports { get; init; }

    internal static SweepTrialInfo Of(TrialRow row, IEnumerable<ReportRow> reports, SweepSpace space)
    {
        var values = new SortedDictionary<int, double>();
        // A later attempt's report counts.
        foreach (var report in reports.OrderBy(report => report.Attempt))
            values[report.Step] = report.Value ?? double.NaN;
        return new()
        {
            Number = row.Number,
            State = Enum.Parse<TrialState>(row.State),
            Point = SpaceDocument.ReadPoint(row.Parameters, space),
            Value = row.Value,
            Error = row.Error,
            Attempts = row.Attempt,
            Duration = row.FinishedAt is { } end ? TimeSpan.FromSeconds(end - row.CreatedAt) : null,
            Reports = values,
        };
    }
}
