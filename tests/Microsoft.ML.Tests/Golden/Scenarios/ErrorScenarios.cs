using System.Text.Json.Nodes;
using Microsoft.ML.Data;
using Microsoft.ML.Tests.Golden.Training;

namespace Microsoft.ML.Tests.Golden.Scenarios;

/// <summary>SchemaShape, null arguments and empty chains.</summary>
internal static class ErrorScenarios
{
    private static readonly MLContext _ml = new(1);

    [Scenario("errors-code/schema-shape")]
    public static void Shapes(Facts facts)
    {
        SchemaShape input = ShapeProbe.ShapeOf(ColorModel.View(_ml).Schema);
        var mapLabel = _ml.Transforms.Conversion.MapValueToKey("Label");
        var concatenate = _ml.Transforms.Concatenate("Features", "X1", "X2");
        var normalize = concatenate.Append(_ml.Transforms.NormalizeMinMax("Features"));
        facts["input"] = Describe(input);
        facts.Add("afterMapValueToKey", () => Describe(mapLabel.GetOutputSchema(input)));
        facts.Add("afterConcatenate", () => Describe(concatenate.GetOutputSchema(input)));
        facts.Add("afterNormalize", () => Describe(normalize.GetOutputSchema(input)));
        facts.Add("afterAll", () => Describe(ColorModel.Chain(_ml).GetOutputSchema(input)));
        facts.Add("missingInChain", () => mapLabel.Append(_ml.Transforms.CopyColumns("Z", "nope")).GetOutputSchema(input));
        facts.Add("trainerOnTextLabel", () => concatenate.Append(new SoftmaxTrainer(_ml)).GetOutputSchema(input));
        facts.Add("mapKeyToValueOnText", () => _ml.Transforms.Conversion.MapKeyToValue("Label").GetOutputSchema(input));
        facts.Add("null", () => mapLabel.GetOutputSchema(null));
    }

    [Scenario("errors-code/shape-of-view")]
    public static void ShapeOfView(Facts facts)
    {
        var view = new JsonView(JsonNode.Parse("""
            {"columns": [
                {"name": "A", "type": "Single"},
                {"name": "V", "type": "Vector<Single, 2>", "annotations": {"SlotNames": {"type": "Vector<String, 2>", "value": ["p", "q"]}}},
                {"name": "W", "type": "Vector<Single>"},
                {"name": "K", "type": "Key<UInt32, 0-1>", "annotations": {"KeyValues": {"type": "Vector<String, 2>", "value": ["a", "b"]}}},
                {"name": "KB", "type": "Key<Byte, 0-1>"},
                {"name": "A", "type": "String"}],
             "rows": []}
            """)!);
        facts["shape"] = ShapeProbe.ShapeOf(view.Schema).Select(column =>
            $"{column.Name}:{column.Kind}:{column.ItemType}:{column.IsKey}:"
            + string.Join(",", column.Annotations.Select(kind => $"{kind.Name}/{kind.Kind}/{kind.ItemType}")));
    }

    [Scenario("errors-code/null-arguments")]
    public static void NullArguments(Facts facts)
    {
        IDataView view = _ml.Data.LoadFromEnumerable(AB.Rows);
        var copy = _ml.Transforms.CopyColumns("Z", "A");
        facts.Add("fitNull", () => copy.Fit(null));
        facts.Add("transformNull", () => copy.Fit(view).Transform(null));
        facts.Add("mapValueToKeyNullOutput", () => _ml.Transforms.Conversion.MapValueToKey((string)null!, "A"));
        facts.Add("concatenateNullOutput", () => _ml.Transforms.Concatenate(null, "A"));
        facts.Add("concatenateNullInputs", () => _ml.Transforms.Concatenate("F", null));
        facts.Add("concatenateNullElement", () => _ml.Transforms.Concatenate("F", "A", null));
        facts.Add("normalizeNull", () => _ml.Transforms.NormalizeMinMax((string)null!, "A"));
        facts.Add("copyNull", () => _ml.Transforms.CopyColumns(null, "A"));
        facts.Add("loadTextFileNullPath", () => _ml.Data.LoadFromTextFile(null, new TextLoader.Options()));
        facts.Add("loadTextFileMissing", () => _ml.Data.LoadFromTextFile(
            "does-not-exist.csv", new TextLoader.Options { Columns = [new TextLoader.Column("A", DataKind.Single, 0)] }));
        facts.Add("takeRowsNull", () => _ml.Data.TakeRows(null, 1));
        facts.Add("evaluateNull", () => _ml.MulticlassClassification.Evaluate(null));
        facts.Add("appendNull", () => new EstimatorChain<ITransformer>().Append<ITransformer>(null));
        facts.Add("trainerNullLabel", () => new SoftmaxTrainer(_ml, null!));
    }

    [Scenario("errors-code/empty-chain")]
    public static void EmptyChain(Facts facts)
    {
        IDataView view = _ml.Data.LoadFromEnumerable(AB.Rows);
        facts.Add("fit", () =>
        {
            TransformerChain<ITransformer> empty = new EstimatorChain<ITransformer>().Fit(view);
            string last = empty.LastTransformer is null ? "null" : "set";
            return $"LastTransformer {last}, same view {ReferenceEquals(empty.Transform(view), view)}, count {empty.Count()}";
        });
        var chain = _ml.Transforms.CopyColumns("Z", "A").Append(_ml.Transforms.CopyColumns("Y", "Z"));
        facts.Add("transformerCount", () => chain.Fit(view).Count());
        facts.Add("lastEstimator", () => chain.LastEstimator.GetType().Name);
        facts.Add("isRowToRow", () => ((ITransformer)chain.Fit(view)).IsRowToRowMapper);
    }

    private static JsonArray Describe(SchemaShape shape) =>
        [.. shape.Select(column => (JsonNode)new JsonObject
        {
            ["name"] = column.Name,
            ["kind"] = column.Kind.ToString(),
            ["itemType"] = column.ItemType.ToString(),
            ["isKey"] = column.IsKey,
            ["annotations"] = new JsonArray([.. column.Annotations.Select(kind =>
                (JsonNode)$"{kind.Name}:{kind.Kind}:{kind.ItemType}{(kind.IsKey ? ":key" : "")}")]),
        })];
}
