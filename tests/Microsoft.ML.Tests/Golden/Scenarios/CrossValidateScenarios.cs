using Microsoft.ML.Tests.Golden.Training;

namespace Microsoft.ML.Tests.Golden.Scenarios;

internal static class CrossValidateScenarios
{
    private static readonly MLContext _ml = new(1);

    [Scenario("custom-mapping-shuffle-crossvalidate/cross-validate")]
    public static void CrossValidate(Facts facts)
    {
        IDataView data = ColorModel.View(_ml);
        IDataView view = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
        IEstimator<ITransformer> estimator = _ml.Transforms.Concatenate("Features", "X1", "X2").Append(new SoftmaxTrainer(_ml));
        var results = _ml.MulticlassClassification.CrossValidate(view, estimator, 3, seed: 1);
        facts["count"] = results.Count;
        facts["folds"] = results.Select(result => result.Fold).ToList();
        facts["scoredRowsTotal"] = results.Sum(result => Dump.Rows(result.ScoredHoldOutSet).Count);
        facts["scoredColumns"] = results[0].ScoredHoldOutSet.Schema
            .Where(column => !column.IsHidden)
            .Select(column => $"{column.Name}:{column.Type}").ToList();
        facts["modelType"] = results[0].Model.GetType().Name.Split('`')[0];
        facts["metricsType"] = results[0].Metrics.GetType().Name;
        facts.Add("foldsOne", () => _ml.MulticlassClassification.CrossValidate(view, estimator, 1));
        facts.Add("labelMissing", () => _ml.MulticlassClassification.CrossValidate(view, estimator, 3, "Nope"));
        facts.Add("labelText", () => _ml.MulticlassClassification.CrossValidate(data, estimator, 3));
        facts.Add("samplingKeyMissing", () =>
            _ml.MulticlassClassification.CrossValidate(view, estimator, 3, samplingKeyColumnName: "Nope"));
    }
}
