using System.Text.Json.Nodes;
using Microsoft.ML.Data;
using Microsoft.ML.Tests.Golden.Training;

namespace Microsoft.ML.Tests.Golden.Scenarios;

/// <summary>Schemas behind a trainer. The trainer is ours; its name is given as the one it stands for.</summary>
internal static class TrainerScenarios
{
    private static readonly MLContext _ml = new(1);

    [Scenario("context/trainer-output-annotations")]
    public static void Annotations(Facts facts)
    {
        IDataView data = ColorModel.View(_ml);
        TransformerChain<SoftmaxTransformer> model = ColorModel.Trainer(_ml).Fit(data);
        IDataView scored = model.Transform(data);
        facts["beforeMapKeyToValue"] = scored.Schema;
        IDataView mapped = _ml.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(scored).Transform(scored);
        facts["afterMapKeyToValue"] = Dump.Schema(mapped.Schema, new HashSet<string> { "PredictedLabel", "Score" });
        facts["chainTypes"] = model.Select(StockName);
        facts["lastTransformerProperties"] = new Dictionary<string, object?>
        {
            ["FeatureColumnName"] = model.LastTransformer.FeatureColumnName,
            ["FeatureColumnType"] = model.LastTransformer.FeatureColumnType.ToString(),
        };
    }

    [Scenario("context/trainer-output-annotations-key-without-values")]
    public static void WithoutKeyValues(Facts facts) => facts["schema"] = Trained(LabelledRows("Key<UInt32, 0-2>", 1, 2, 3)).Schema;

    [Scenario("context/trainer-output-annotations-int-label")]
    public static void IntLabel(Facts facts)
    {
        IDataView data = LabelledRows("Int32", 10, 20, 30);
        facts["schema"] = Trained(_ml.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data)).Schema;
    }

    [Scenario("context/score-column-set-id")]
    public static void TwoTrainers(Facts facts) =>
        facts["schema"] = Trained(Trained(LabelledRows("Key<UInt32, 0-1>", 1, 2))).Schema;

    private static IDataView Trained(IDataView data) => new SoftmaxTrainer(_ml).Fit(data).Transform(data);

    private static JsonView LabelledRows(string type, params int[] labels)
    {
        var rows = new JsonArray([.. labels.Select((label, i) => new JsonArray(label, new JsonArray(i, 1)))]);
        return new JsonView(new JsonObject
        {
            ["columns"] = new JsonArray(
                new JsonObject { ["name"] = "Label", ["type"] = type },
                new JsonObject { ["name"] = "Features", ["type"] = "Vector<Single, 2>" }),
            ["rows"] = rows,
        });
    }

    private static string StockName(ITransformer transformer)
    {
        Type type = transformer.GetType();
        return type == typeof(SoftmaxTransformer) ? "MulticlassPredictionTransformer" : type.Name.Split('`')[0];
    }
}
