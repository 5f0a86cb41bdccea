using FlipReg.Training;
using Microsoft.ML.SearchSpace;
using static System.FormattableString;
using OptionRangeAttribute = System.ComponentModel.DataAnnotations.RangeAttribute;
using SweepRangeAttribute = Microsoft.ML.SearchSpace.RangeAttribute;

namespace FlipReg.Sweeps;

/// <summary>
/// What a sweep varies in the options of every method, as plain properties with their ranges: <see cref="SweepSpace.Of"/> reads them, <see cref="SweepPoint.To"/>
/// fills them, and ToOptions makes the trainer's options. Unchanged, it gives exactly the default options. The ranges served on handwritten digits,
/// clean and with wrong labels.
/// </summary>
public abstract class TrainerSweep
{
    private protected TrainerSweep()
    {
    }

    /// <summary>Initial learning rate of SGD, 0.01 to 0.5, logarithmic. Where weights lower the automatic rate, this one is lowered in proportion. Default 0.1.</summary>
    [SweepRange(0.01, 0.5, 0.1, logBase: true)]
    [OptionRange(0, 1e6, MinimumIsExclusive = true)]
    public double LearningRate { get; set; } = 0.1;

    /// <summary>Weight decay as a multiple of the automatic value, 0.01 to 3, logarithmic. Default 1.</summary>
    [SweepRange(0.01, 3.0, 1.0, logBase: true)]
    [OptionRange(0, 1e6)]
    public double WeightDecayScale { get; set; } = 1;

    /// <summary>Passes over the training rows, 15 to 100, logarithmic. Default 40.</summary>
    [SweepRange(15, 100, 40, logBase: true)]
    [OptionRange(1, 100_000)]
    public int Epochs { get; set; } = 40;

    /// <summary>Rows per optimizer step, 16, 32, 64 or 128; 0 is the automatic value, 32 below 10,000 rows, else 128. Default 0.</summary>
    [Choice(new object[] { 0, 16, 32, 64, 128 }, 0)]
    [OptionRange(0, 1 << 20)]
    public int BatchSize { get; set; }

    /// <summary>Width of every hidden layer, 64 to 512, logarithmic. Default 128.</summary>
    [SweepRange(64, 512, 128, logBase: true)]
    [OptionRange(1, 1 << 20)]
    public int Width { get; set; } = 128;

    /// <summary>Hidden layers, 1 to 3. Default 2.</summary>
    [SweepRange(1, 3, 2)]
    [OptionRange(0, 100)]
    public int Depth { get; set; } = 2;

    /// <summary>Dropout rate after each activation, 0 to 0.5. Default 0.</summary>
    [SweepRange(0.0, 0.5, 0.0)]
    [OptionRange(0, 1, MaximumIsExclusive = true)]
    public double Dropout { get; set; }

    /// <summary>Whether to normalize over the batch before each activation. Default false.</summary>
    [BooleanChoice(false)]
    public bool BatchNorm { get; set; }

    /// <summary>Writes the common values into options.</summary>
    private protected TOptions Fill<TOptions>(TOptions options)
        where TOptions : TrainingOptions
    {
        if (OptionRules.ErrorsOf(this).FirstOrDefault() is { } error)
            throw new ArgumentOutOfRangeException(error.Name, Invariant($"{GetType().Name}.{error}"));
        options.LearningRateScale = LearningRate / 0.1;
        options.WeightDecayScale = WeightDecayScale;
        options.Epochs = Epochs;
        options.BatchSize = BatchSize == 0 ? null : BatchSize;
        options.Network = NetworkSpec.Mlp([.. Enumerable.Repeat(Width, Depth)], BatchNorm, Dropout);
        return options;
    }
}

/// <summary>The sweep of a method whose options are of one class.</summary>
/// <typeparam name="TOptions">The options.</typeparam>
public abstract class TrainerSweep<TOptions> : TrainerSweep
    where TOptions : TrainingOptions, new()
{
    private protected TrainerSweep()
    {
    }

    /// <summary>Options with these values; all else is as in new options.</summary>
    /// <param name="start">Options whose other values to take, such as column names; changed and returned. Null: new ones.</param>
    public TOptions ToOptions(TOptions? start = null)
    {
        var options = Fill(start ?? new TOptions());
        FillMethod(options);
        return options;
    }

    /// <summary>Writes the method's own values into options.</summary>
    private protected virtual void FillMethod(TOptions options)
    {
    }
}
