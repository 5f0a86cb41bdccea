using Microsoft.ML;
using Microsoft.ML.SearchSpace;
using static System.FormattableString;
using OptionRangeAttribute = System.ComponentModel.DataAnnotations.RangeAttribute;
using SweepRangeAttribute = Microsoft.ML.SearchSpace.RangeAttribute;

namespace FlipReg.Sweeps;

/// <summary>The methods that <see cref="MethodSweep"/> chooses from.</summary>
public enum SweptMethod
{
    /// <summary>Plain cross-entropy.</summary>
    CrossEntropy,

    /// <summary>FER.</summary>
    Fer,

    /// <summary>FER-ELR.</summary>
    FerElr,

    /// <summary>OLS.</summary>
    Ols,
}

/// <summary>What to sweep where the method itself is open, too: the common values, and each method's own where it is the method.</summary>
public sealed class MethodSweep : TrainerSweep
{
    /// <summary>The method. Default <see cref="SweptMethod.Fer"/>.</summary>
    [Choice(new object[] { "CrossEntropy", "Fer", "FerElr", "Ols" }, "Fer")]
    public SweptMethod Method { get; set; } = SweptMethod.Fer;

    /// <summary>Temperature T of FER and FER-ELR, 2 to 15, logarithmic. Default 5.</summary>
    [SweepRange(2.0, 15.0, 5.0, logBase: true)]
    [OptionRange(0, 1000, MinimumIsExclusive = true)]
    [SweepWhen(nameof(Method), "Fer", "FerElr")]
    public double Temperature { get; set; } = 5;

    /// <summary>Whether FER uses its form for wrong labels. Default false.</summary>
    [BooleanChoice(false)]
    [SweepWhen(nameof(Method), "Fer")]
    public bool NoisyLabels { get; set; }

    /// <summary>λ of FER-ELR, 1 to 10, logarithmic. Default 3.</summary>
    [SweepRange(1.0, 10.0, 3.0, logBase: true)]
    [OptionRange(0, 1000)]
    [SweepWhen(nameof(Method), "FerElr")]
    public double Strength { get; set; } = 3;

    /// <summary>α of OLS, 0.1 to 0.9. Default 0.5.</summary>
    [SweepRange(0.1, 0.9, 0.5)]
    [OptionRange(0, 1)]
    [SweepWhen(nameof(Method), "Ols")]
    public double HardShare { get; set; } = 0.5;

    /// <summary>The method's options with these values.</summary>
    public TrainingOptions ToOptions() => Method switch
    {
        SweptMethod.CrossEntropy => Fill(new CrossEntropyOptions()),
        SweptMethod.Fer => Fill(new FerOptions { Temperature = Temperature, NoisyLabels = NoisyLabels }),
        SweptMethod.FerElr => Fill(new FerElrOptions { Temperature = Temperature, Strength = Strength }),
        SweptMethod.Ols => Fill(new OlsOptions { HardWeight = HardShare, SoftWeight = 1 - HardShare }),
        _ => throw new ArgumentOutOfRangeException(nameof(Method), Invariant($"Method must be one of {string.Join(", ", Enum.GetNames<SweptMethod>())}. Got {Method}.")),
    };

    /// <summary>The method's trainer with these values.</summary>
    /// <param name="trainers">The catalog of trainers.</param>
    /// <param name="change">Sets what the sweep leaves alone, such as column names; null: nothing.</param>
    public IEstimator<FlipRegPredictionTransformer> ToTrainer(MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers, Action<TrainingOptions>? change = null)
    {
        var options = ToOptions();
        change?.Invoke(options);
        return options switch
        {
            FerOptions fer => trainers.Fer(fer),
            FerElrOptions ferElr => trainers.FerElr(ferElr),
            OlsOptions ols => trainers.Ols(ols),
            _ => trainers.CrossEntropy((CrossEntropyOptions)options),
        };
    }

    /// <summary>The method's binary trainer with these values.</summary>
    /// <inheritdoc cref="ToTrainer(MulticlassClassificationCatalog.MulticlassClassificationTrainers, Action{TrainingOptions})"/>
    public IEstimator<FlipRegBinaryPredictionTransformer> ToTrainer(BinaryClassificationCatalog.BinaryClassificationTrainers trainers, Action<TrainingOptions>? change = null)
    {
        var options = ToOptions();
        change?.Invoke(options);
        return options switch
        {
            FerOptions fer => trainers.Fer(fer),
            FerElrOptions ferElr => trainers.FerElr(ferElr),
            OlsOptions ols => trainers.Ols(ols),
            _ => trainers.CrossEntropy((CrossEntropyOptions)options),
        };
    }
}
