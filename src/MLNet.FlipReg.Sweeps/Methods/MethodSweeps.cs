using Microsoft.ML.SearchSpace;
using OptionRangeAttribute = System.ComponentModel.DataAnnotations.RangeAttribute;
using SweepRangeAttribute = Microsoft.ML.SearchSpace.RangeAttribute;

namespace FlipReg.Sweeps;

/// <summary>What to sweep of plain cross-entropy.</summary>
public sealed class CrossEntropySweep : TrainerSweep<CrossEntropyOptions>;

/// <summary>What to sweep of FER.</summary>
public sealed class FerSweep : TrainerSweep<FerOptions>
{
    /// <summary>Temperature T of the behaviour, 2 to 15, logarithmic. Default 5.</summary>
    [SweepRange(2.0, 15.0, 5.0, logBase: true)]
    [OptionRange(0, 1000, MinimumIsExclusive = true)]
    public double Temperature { get; set; } = 5;

    /// <summary>Whether to use the form for wrong labels. Default false.</summary>
    [BooleanChoice(false)]
    public bool NoisyLabels { get; set; }

    private protected override void FillMethod(FerOptions options) => (options.Temperature, options.NoisyLabels) = (Temperature, NoisyLabels);
}

/// <summary>What to sweep of FER-ELR.</summary>
public sealed class FerElrSweep : TrainerSweep<FerElrOptions>
{
    /// <summary>Temperature T of FER's behaviour, 2 to 15, logarithmic. Default 5.</summary>
    [SweepRange(2.0, 15.0, 5.0, logBase: true)]
    [OptionRange(0, 1000, MinimumIsExclusive = true)]
    public double Temperature { get; set; } = 5;

    /// <summary>λ, the strength of early-learning regularization, 1 to 10, logarithmic. Default 3.</summary>
    [SweepRange(1.0, 10.0, 3.0, logBase: true)]
    [OptionRange(0, 1000)]
    public double Strength { get; set; } = 3;

    private protected override void FillMethod(FerElrOptions options) => (options.Temperature, options.Strength) = (Temperature, Strength);
}

/// <summary>What to sweep of OLS.</summary>
public sealed class OlsSweep : TrainerSweep<OlsOptions>
{
    /// <summary>α: the share of cross-entropy with the given labels, 0.1 to 0.9; soft labels have the rest. Default 0.5.</summary>
    [SweepRange(0.1, 0.9, 0.5)]
    [OptionRange(0, 1)]
    public double HardShare { get; set; } = 0.5;

    private protected override void FillMethod(OlsOptions options) => (options.HardWeight, options.SoftWeight) = (HardShare, 1 - HardShare);
}
