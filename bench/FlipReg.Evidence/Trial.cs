using FlipReg.Data;
using FlipReg.Metrics;
using FlipReg.Networks;
using FlipReg.Training;
using static System.FormattableString;
using static TorchSharp.torch;

namespace FlipReg.Evidence;

/// <summary>Trains a variant on images with wrong labels and looks at clean test images.</summary>
internal static class Trial
{
    private const int Bins = 15;

    /// <summary>What all variants have in common: 784→256→256→10, 20 epochs, batches of 128, SGD 0.05 with momentum 0.9 and weight decay 5e-4, at a constant rate where a method has no schedule of its own.</summary>
    public static TrainingOptions Options(Variant variant, Noise noise)
    {
        var options = variant.Create(noise);
        var own = (TrainingOptions)Activator.CreateInstance(options.GetType())!;
        options.Network = NetworkSpec.Mlp([256, 256]);
        (options.Epochs, options.BatchSize, options.LearningRate, options.Momentum, options.WeightDecay) = (20, 128, 0.05, 0.9, 5e-4);
        options.InputEncoding = InputEncoding.None;
        options.Threads = 1;
        // Snapshot distillation is a cyclic schedule.
        if (own.Schedule == new CrossEntropyOptions().Schedule)
            options.Schedule = ScheduleKind.Constant;
        return options;
    }

    /// <summary>What a cell's figures depend on beside its key. Change the number whenever this class changes what is measured.</summary>
    public static string Identity(TrainingOptions options) => Invariant($"1 {typeof(TrainingOptions).Module.ModuleVersionId} {options.GetType().Name}");

    public static Cell Run(CellKey key, Variant variant, Noise noise, FashionMnist training, TrainingTable test)
    {
        var options = Options(variant, noise);
        using var table = training.Table(noise.Apply(training.Labels, FashionMnist.Classes, key.Seed));
        var seconds = 0.0;
        options.Progress = report => seconds += report.Epoch > 2 ? table.Rows / report.RowsPerSecond : 0;
        var result = NetworkTrainer.Fit(table, test, FashionMnist.Classes, options, new FitContext { Seed = key.Seed, Device = CPU });
        using var network = result.Network;
        var validation = result.History.Select(report => report.Validation!).ToList();
        return new Cell(key, Identity(options), validation[^1].Accuracy, validation.Max(v => v.Accuracy), CalibrationError(network, test), validation[^1].RelativeFlippingError, seconds);
    }

    private static double CalibrationError(Network network, TrainingTable test)
    {
        var rows = new RowsToScore(test.HostRows(), test.Rows);
        var probabilities = new float[test.Rows * FashionMnist.Classes];
        Scorer.Probabilities(network, rows, probabilities);
        var labels = test.Labels.ToHost<long>();
        var (top, right) = (new float[test.Rows], new bool[test.Rows]);
        for (var row = 0; row < test.Rows; row++)
        {
            var own = probabilities.AsSpan(row * FashionMnist.Classes, FashionMnist.Classes);
            var best = CalibrationMath.Highest(own);
            (top[row], right[row]) = (own[best], best == labels[row]);
        }

        return CalibrationMath.ExpectedError(CalibrationMath.EqualWidth(top, right, Bins));
    }
}
