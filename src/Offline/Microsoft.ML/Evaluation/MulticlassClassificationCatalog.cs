namespace Microsoft.ML;

public abstract partial class TrainCatalogBase
{
    public sealed class CrossValidationResult<T>
        where T : class
    {
        public readonly T Metrics;
        public readonly ITransformer Model;
        public readonly IDataView ScoredHoldOutSet;
        public readonly int Fold;

        internal CrossValidationResult(ITransformer model, T metrics, IDataView scores, int fold)
        {
            Metrics = metrics;
            Model = model;
            ScoredHoldOutSet = scores;
            Fold = fold;
        }
    }
}

public sealed partial class MulticlassClassificationCatalog
{
    public MulticlassClassificationMetrics Evaluate(IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score",
        string predictedLabelColumnName = "PredictedLabel", int topKPredictionCount = 0)
    {
        Contracts.CheckValue(data, nameof(data));
        Contracts.CheckNonEmpty(labelColumnName, nameof(labelColumnName));
        Contracts.CheckNonEmpty(scoreColumnName, nameof(scoreColumnName));
        Contracts.CheckNonEmpty(predictedLabelColumnName, nameof(predictedLabelColumnName));
        Contracts.CheckParam(topKPredictionCount >= 0, nameof(topKPredictionCount), "Must be non-negative");
        var label = FindRole(data.Schema, "Label", labelColumnName);
        var score = FindRole(data.Schema, "Score", scoreColumnName);
        // Only its presence matters: what is predicted is read from the scores.
        FindRole(data.Schema, "PredictedLabel", predictedLabelColumnName);
        return MulticlassEvaluator.Evaluate(data, label, score, topKPredictionCount);
    }

    public IReadOnlyList<CrossValidationResult<MulticlassClassificationMetrics>> CrossValidate(IDataView data,
        IEstimator<ITransformer> estimator, int numberOfFolds = 5, string labelColumnName = "Label", string samplingKeyColumnName = null,
        int? seed = null)
    {
        Contracts.CheckNonEmpty(labelColumnName, nameof(labelColumnName));
        Contracts.CheckValue(data, nameof(data));
        Contracts.CheckValue(estimator, nameof(estimator));
        Contracts.CheckParam(numberOfFolds > 1, "numFolds", "Must be more than 1");
        return [.. DataOperationsCatalog.Folds(Environment, data, numberOfFolds, samplingKeyColumnName, seed).Select((split, fold) =>
        {
            var model = estimator.Fit(split.TrainSet);
            var scores = model.Transform(split.TestSet);
            return new CrossValidationResult<MulticlassClassificationMetrics>(model, Evaluate(scores, labelColumnName), scores, fold);
        })];
    }

    // The real text has role and name in this order.
    private static DataViewSchema.Column FindRole(DataViewSchema schema, string role, string name)
        => schema.GetColumnOrNull(name) ?? throw Contracts.ExceptParam(nameof(schema), $"{name} column '{role}' not found");
}
