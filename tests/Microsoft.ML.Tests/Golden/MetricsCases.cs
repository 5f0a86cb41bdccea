using System.Text.Json.Nodes;
using Microsoft.ML.Data;

namespace Microsoft.ML.Tests.Golden;

/// <summary>Replays kind <c>evaluate</c>: MulticlassClassification.Evaluate.</summary>
internal static class MetricsCases
{
    [Replays("evaluate")]
    public static JsonObject Replay(GoldenCase golden)
    {
        var ml = new MLContext(1);
        JsonObject arguments = golden.Json["evaluate"]!.AsObject();
        var data = new JsonView(golden.Json["data"]!);
        var steps = new StepRunner();
        MulticlassClassificationMetrics? metrics = null;
        if (steps.Try("Evaluate", () => metrics = Evaluate(ml, data, arguments)))
            Describe(metrics!, steps.Result);
        return steps.Result;
    }

    private static MulticlassClassificationMetrics Evaluate(MLContext ml, IDataView data, JsonObject arguments) =>
        ml.MulticlassClassification.Evaluate(
            data,
            (string?)arguments["labelColumnName"] ?? "Label",
            (string?)arguments["scoreColumnName"] ?? "Score",
            (string?)arguments["predictedLabelColumnName"] ?? "PredictedLabel",
            (int?)arguments["topKPredictionCount"] ?? 0);

    private static void Describe(MulticlassClassificationMetrics metrics, JsonObject result)
    {
        result["MicroAccuracy"] = Dump.Any(metrics.MicroAccuracy);
        result["MacroAccuracy"] = Dump.Any(metrics.MacroAccuracy);
        result["LogLoss"] = Dump.Any(metrics.LogLoss);
        result["LogLossReduction"] = Dump.Any(metrics.LogLossReduction);
        result["PerClassLogLoss"] = Dump.Any(metrics.PerClassLogLoss);
        result["TopKPredictionCount"] = Dump.Any(metrics.TopKPredictionCount);
        result["TopKAccuracy"] = Dump.Any(metrics.TopKAccuracy);
        result["TopKAccuracyForAllK"] = Dump.Any(metrics.TopKAccuracyForAllK);
        result["ConfusionMatrix"] = Describe(metrics.ConfusionMatrix);
    }

    private static JsonObject Describe(ConfusionMatrix matrix) => new()
    {
        ["NumberOfClasses"] = matrix.NumberOfClasses,
        ["Counts"] = Dump.Any(matrix.Counts),
        ["PerClassPrecision"] = Dump.Any(matrix.PerClassPrecision),
        ["PerClassRecall"] = Dump.Any(matrix.PerClassRecall),
        ["GetFormattedConfusionTable"] = matrix.GetFormattedConfusionTable(),
    };
}
