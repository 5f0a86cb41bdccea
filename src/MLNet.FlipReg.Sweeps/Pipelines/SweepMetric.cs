using FlipReg.Sweeps.Pipelines;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace FlipReg.Sweeps;

/// <summary>What a sweep measures, and which direction is better.</summary>
public sealed class SweepMetric
{
    private readonly Func<MLContext, IDataView, string, double> _measure;

    private SweepMetric(string name, bool higherIsBetter, MetricTask task, Func<MLContext, IDataView, string, double> measure) =>
        (Name, HigherIsBetter, Task, _measure) = (name, higherIsBetter, task, measure);

    /// <summary>Several classes: share of rows classified right. Higher is better.</summary>
    public static SweepMetric MicroAccuracy { get; } = Multiclass("MicroAccuracy", true, metrics => metrics.MicroAccuracy);

    /// <summary>Several classes: mean over the classes of the share of their rows classified right. Higher is better.</summary>
    public static SweepMetric MacroAccuracy { get; } = Multiclass("MacroAccuracy", true, metrics => metrics.MacroAccuracy);

    /// <summary>Several classes: mean cross-entropy (natural logarithm). Lower is better.</summary>
    public static SweepMetric LogLoss { get; } = Multiclass("LogLoss", false, metrics => metrics.LogLoss);

    /// <summary>Several classes: how much of the prior's log-loss is gone. Higher is better.</summary>
    public static SweepMetric LogLossReduction { get; } = Multiclass("LogLossReduction", true, metrics => metrics.LogLossReduction);

    /// <summary>
    /// Several classes, or two: expected calibration error over 15 bins of equal width of the predicted class' probability (Guo et al., ICML 2017). Lower is better.
    /// </summary>
    public static SweepMetric ExpectedCalibrationError { get; } = new("ExpectedCalibrationError", false, MetricTask.Any, CalibrationError.Measure);

    /// <summary>Two classes: share of rows classified right. Higher is better.</summary>
    public static SweepMetric Accuracy { get; } = Binary("Accuracy", true, metrics => metrics.Accuracy);

    /// <summary>Two classes: area under the ROC curve. Higher is better.</summary>
    public static SweepMetric AreaUnderRocCurve { get; } = Binary("AreaUnderRocCurve", true, metrics => metrics.AreaUnderRocCurve);

    /// <summary>Two classes: area under the curve of precision over recall. Higher is better.</summary>
    public static SweepMetric AreaUnderPrecisionRecallCurve { get; } = Binary("AreaUnderPrecisionRecallCurve", true, metrics => metrics.AreaUnderPrecisionRecallCurve);

    /// <summary>Two classes: harmonic mean of precision and recall of true. Higher is better.</summary>
    public static SweepMetric F1Score { get; } = Binary("F1Score", true, metrics => metrics.F1Score);

    /// <summary>Two classes: share of those called true that are true. Higher is better.</summary>
    public static SweepMetric PositivePrecision { get; } = Binary("PositivePrecision", true, metrics => metrics.PositivePrecision);

    /// <summary>Two classes: share of true ones that are called true. Higher is better.</summary>
    public static SweepMetric PositiveRecall { get; } = Binary("PositiveRecall", true, metrics => metrics.PositiveRecall);

    /// <summary>Two classes: precision of false. Higher is better.</summary>
    public static SweepMetric NegativePrecision { get; } = Binary("NegativePrecision", true, metrics => metrics.NegativePrecision);

    /// <summary>Two classes: recall of false. Higher is better.</summary>
    public static SweepMetric NegativeRecall { get; } = Binary("NegativeRecall", true, metrics => metrics.NegativeRecall);

    /// <summary>Two classes: mean cross-entropy in bits, as ML.NET has it. Lower is better.</summary>
    public static SweepMetric BinaryLogLoss { get; } = Calibrated("BinaryLogLoss", false, metrics => metrics.LogLoss);

    /// <summary>Two classes: how much of the prior's log-loss is gone. Higher is better.</summary>
    public static SweepMetric BinaryLogLossReduction { get; } = Calibrated("BinaryLogLossReduction", true, metrics => metrics.LogLossReduction);

    /// <summary>The name, which the store has.</summary>
    public string Name { get; }

    /// <summary>Whether a higher value is better.</summary>
    public bool HigherIsBetter { get; }

    internal MetricTask Task { get; }

    /// <summary>Whether the validation loss tells, epoch by epoch, more of the metric than the accuracy does.</summary>
    internal bool FollowsLoss => Name is "LogLoss" or "LogLossReduction" or "BinaryLogLoss" or "BinaryLogLossReduction" or "ExpectedCalibrationError";

    /// <summary>A metric of one's own.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="higherIsBetter">Whether a higher value is better.</param>
    /// <param name="measure">Measures scored rows.</param>
    public static SweepMetric Of(string name, bool higherIsBetter, Func<MLContext, IDataView, double> measure)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(measure);
        return new(name, higherIsBetter, MetricTask.Any, (ml, scored, _) => measure(ml, scored));
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal double Measure(MLContext ml, IDataView scored, string labelColumnName) => _measure(ml, scored, labelColumnName);

    private static SweepMetric Multiclass(string name, bool higherIsBetter, Func<MulticlassClassificationMetrics, double> value) =>
        new(name, higherIsBetter, MetricTask.Multiclass, (ml, scored, label) => value(ml.MulticlassClassification.Evaluate(scored, label)));

    private static SweepMetric Binary(string name, bool higherIsBetter, Func<BinaryClassificationMetrics, double> value) =>
        new(name, higherIsBetter, MetricTask.Binary, (ml, scored, label) => value(ml.BinaryClassification.EvaluateNonCalibrated(scored, label)));

    private static SweepMetric Calibrated(string name, bool higherIsBetter, Func<CalibratedBinaryClassificationMetrics, double> value) =>
        new(name, higherIsBetter, MetricTask.Binary, (ml, scored, label) => value(ml.BinaryClassification.Evaluate(scored, label)));
}

/// <summary>What a metric is of.</summary>
internal enum MetricTask
{
    Any,
    Multiclass,
    Binary,
}
