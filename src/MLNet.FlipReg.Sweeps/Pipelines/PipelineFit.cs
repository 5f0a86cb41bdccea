using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Interop;
using MLNet.FlipReg.Training;
using static System.FormattableString;

namespace FlipReg.Sweeps.Pipelines;

/// <summary>
/// Fits a pipeline step by step, as a chain of estimators does itself, and takes validation rows through it, so that a trainer of this library at its end can
/// score them after every epoch and be told to stop.
/// </summary>
internal static class PipelineFit
{
    /// <param name="ml">The context.</param>
    /// <param name="estimator">The pipeline: any estimator.</param>
    /// <param name="train">Rows to fit on.</param>
    /// <param name="validation">Rows that are only scored; null: none.</param>
    /// <param name="change">Changes the options of trainers of this library.</param>
    public static ITransformer Fit(MLContext ml, IEstimator<ITransformer> estimator, IDataView train, IDataView? validation, Action<TrainingOptions> change)
    {
        // As a chain does: errors of the schema before anything is fitted.
        estimator.GetOutputSchema(HostAccess.Shape(train));
        return FitStep(ml, estimator, train, validation, change);
    }

    private static ITransformer FitStep(MLContext ml, IEstimator<ITransformer> estimator, IDataView train, IDataView? validation, Action<TrainingOptions> change)
    {
        if (estimator is IObservableTrainer trainer)
            return trainer.Fit(train, trainer.HasValidation ? null : validation, change);
        if (Steps(estimator) is not { } steps)
            return estimator.Fit(train);
        var chain = new TransformerChain<ITransformer>();
        foreach (var (step, scope, cacheAfter) in steps)
        {
            var transformer = FitStep(ml, step, train, validation, change);
            chain = chain.Append(transformer, scope);
            (train, validation) = (transformer.Transform(train), validation is null ? null : transformer.Transform(validation));
            if (cacheAfter)
                (train, validation) = (ml.Data.Cache(train), validation is null ? null : ml.Data.Cache(validation));
        }

        return chain;
    }

    /// <summary>The steps of a chain; null for any other estimator. ML.NET does not publish them, and is of one version here.</summary>
    private static IEnumerable<(IEstimator<ITransformer> Step, TransformerScope Scope, bool CacheAfter)>? Steps(IEstimator<ITransformer> estimator)
    {
        var type = estimator.GetType();
        if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(EstimatorChain<>))
            return null;
        var estimators = Field<IEstimator<ITransformer>[]>("_estimators");
        var scopes = Field<TransformerScope[]>("_scopes");
        var caches = Field<bool[]>("_needCacheAfter");
        // Nothing comes after the last step that a cache would serve.
        return estimators.Select((step, i) => (step, scopes[i], caches[i] && i + 1 < estimators.Length));

        T Field<T>(string name) => type.GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)?.GetValue(estimator) is T value
            ? value
            : throw new NotSupportedException(Invariant($"ML.NET's EstimatorChain must have a field '{name}'. This version of ML.NET is another one than was built with."));
    }
}
