using Microsoft.ML;
using static System.FormattableString;

namespace FlipReg.Sweeps;

/// <summary>What the trials of a sweep are trained on and measured by.</summary>
public sealed class SweepData
{
    private SweepData(IDataView all, IDataView? validation, double fraction, int folds) => (All, Validation, Fraction, FoldCount) = (all, validation, fraction, folds);

    /// <summary>Trains on one view and measures on another.</summary>
    public static SweepData WithValidation(IDataView trainData, IDataView validationData)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        ArgumentNullException.ThrowIfNull(validationData);
        return new(trainData, validationData, 0, 0);
    }

    /// <summary>Sets a share of the rows aside, the same for all trials, and measures on it.</summary>
    /// <param name="data">All rows.</param>
    /// <param name="validationFraction">The share, above 0 and below 1. Default 0.2.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is out of its range.</exception>
    public static SweepData Split(IDataView data, double validationFraction = 0.2)
    {
        ArgumentNullException.ThrowIfNull(data);
        return validationFraction is > 0 and < 1
            ? new(data, null, validationFraction, 0)
            : throw new ArgumentOutOfRangeException(nameof(validationFraction), Invariant($"validationFraction must be above 0 and below 1. Got {validationFraction}."));
    }

    /// <summary>Cross-validates each trial: trains on all folds but one and measures on it, in turn, and takes the mean. Pruners see the mean so far, fold by fold.</summary>
    /// <param name="data">All rows.</param>
    /// <param name="folds">Folds, 2 to 100. Default 5.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public static SweepData Folds(IDataView data, int folds = 5)
    {
        ArgumentNullException.ThrowIfNull(data);
        return folds is >= 2 and <= 100
            ? new(data, null, 0, folds)
            : throw new ArgumentOutOfRangeException(nameof(folds), Invariant($"folds must be at least 2 and at most 100. Got {folds}."));
    }

    /// <summary>The rows to train on, validation rows aside where they are of another view.</summary>
    internal IDataView All { get; }

    internal IDataView? Validation { get; }

    internal double Fraction { get; }

    internal int FoldCount { get; }

    /// <summary>The pairs of rows to train on and to measure by, the same in every process with the same seed.</summary>
    internal IReadOnlyList<(IDataView Train, IDataView Validation)> Parts(MLContext ml, int seed)
    {
        if (Validation is not null)
            return [(All, Validation)];
        if (FoldCount > 0)
            return [.. ml.Data.CrossValidationSplit(All, FoldCount, seed: seed).Select(fold => (fold.TrainSet, fold.TestSet))];
        var split = ml.Data.TrainTestSplit(All, Fraction, seed: seed);
        return [(split.TrainSet, split.TestSet)];
    }
}
