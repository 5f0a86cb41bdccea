using FlipReg.Sweeps;
using FlipReg.Sweeps.Pipelines;
using MLNet.FlipReg.Interop;
using static System.FormattableString;

namespace Microsoft.ML;

/// <summary>Adds sweeps to <c>mlContext.MulticlassClassification</c> and <c>mlContext.BinaryClassification</c>.</summary>
public static class SweepCatalog
{
    /// <summary>Searches for the best pipeline of several classes: fits one for each trial's values and measures it.</summary>
    /// <remarks>
    /// Trainers of this library in the pipeline report after every epoch, so that hopeless trials are stopped, and keep checkpoints where there is a folder. Trials that
    /// diverge or fail are recorded, and the sweep goes on. Every trial has a context of its own.
    /// </remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="estimator">Makes the pipeline of a trial: any estimator that adds the columns that the metric reads. Called by several threads where there are several workers.</param>
    /// <param name="space">What to vary.</param>
    /// <param name="data">What to train on and to measure by.</param>
    /// <param name="metric">What to measure; null: <see cref="SweepMetric.MicroAccuracy"/>.</param>
    /// <param name="options">Where and how; null: 50 trials of TPE with ASHA in this process.</param>
    /// <exception cref="ArgumentException">An option is out of its range, the metric is of binary labels, or the space varies nothing.</exception>
    /// <exception cref="SweepException">No trial finished; the study has another space or metric, or was deleted meanwhile; the database failed.</exception>
    public static SweepResult Sweep(this MulticlassClassificationCatalog catalog, Func<MLContext, SweepTrial, IEstimator<ITransformer>> estimator, SweepSpace space, SweepData data,
        SweepMetric? metric = null, PipelineSweepOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new SweepSetup(HostAccess.Environment(catalog.Trainers), estimator, data, Of(metric ?? SweepMetric.MicroAccuracy, MetricTask.Multiclass, "several classes"), options ?? new()).Run(space);
    }

    /// <summary>Searches for the best pipeline of two classes: fits one for each trial's values and measures it.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="estimator">Makes the pipeline of a trial: any estimator that adds the columns that the metric reads. Called by several threads where there are several workers.</param>
    /// <param name="space">What to vary.</param>
    /// <param name="data">What to train on and to measure by.</param>
    /// <param name="metric">What to measure; null: <see cref="SweepMetric.Accuracy"/>.</param>
    /// <param name="options">Where and how; null: 50 trials of TPE with ASHA in this process.</param>
    /// <inheritdoc cref="Sweep(MulticlassClassificationCatalog, Func{MLContext, SweepTrial, IEstimator{ITransformer}}, SweepSpace, SweepData, SweepMetric, PipelineSweepOptions)" path="/remarks"/>
    /// <inheritdoc cref="Sweep(MulticlassClassificationCatalog, Func{MLContext, SweepTrial, IEstimator{ITransformer}}, SweepSpace, SweepData, SweepMetric, PipelineSweepOptions)" path="/exception"/>
    public static SweepResult Sweep(this BinaryClassificationCatalog catalog, Func<MLContext, SweepTrial, IEstimator<ITransformer>> estimator, SweepSpace space, SweepData data,
        SweepMetric? metric = null, PipelineSweepOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new SweepSetup(HostAccess.Environment(catalog.Trainers), estimator, data, Of(metric ?? SweepMetric.Accuracy, MetricTask.Binary, "two classes"), options ?? new()).Run(space);
    }

    private static SweepMetric Of(SweepMetric metric, MetricTask task, string text) => metric.Task == MetricTask.Any || metric.Task == task
        ? metric
        : throw new ArgumentException(Invariant($"metric must be one of {text}. {metric.Name} is not."), nameof(metric));
}
