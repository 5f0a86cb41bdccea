using System.Text.Json.Nodes;
using Microsoft.ML.Tests.Golden;
using Microsoft.ML.Tests.Golden.Steps;

namespace Microsoft.ML.Tests;

/// <summary>Every transform of the recordings, saved and loaded again, gives the same schema and the same rows.</summary>
[TestClass]
public sealed class SavedTransformsTests
{
    public static IEnumerable<object[]> Cases =>
        from golden in GoldenCase.All.Values
        where golden.Kind == "pipeline" && !golden.Expect.ContainsKey("exception") && golden.Json["pipeline"] is not null
        where KnownDifferences.ForCase(golden.Id) is null
        where !Steps(golden).Any(step => ((string)step["op"]!).EndsWith("MaximumEntropy", StringComparison.Ordinal))
        select new object[] { golden.Id };

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Loaded_transform_does_what_the_saved_one_did(string id)
    {
        GoldenCase golden = GoldenCase.All[id];
        var ml = new MLContext(1);
        var data = new JsonView(golden.Json["data"]!);
        IDataView view = golden.Json["transformData"] is { } other ? new JsonView(other) : data;
        var steps = Steps(golden).Select(step => StepTable.Build(ml, step)).ToList();
        IEstimator<ITransformer> estimator = steps.Skip(1).Aggregate(steps[0], (start, step) => start.Append(step));
        ITransformer fitted = estimator.Fit(data);

        using var stream = new MemoryStream();
        ml.Model.Save(fitted, data.Schema, stream);
        stream.Position = 0;
        ITransformer loaded = new MLContext(2).Model.Load(stream, out DataViewSchema schema);

        AssertSame(Dump.SchemaAndRows(fitted.Transform(view)), Dump.SchemaAndRows(loaded.Transform(view)));
        Assert.AreEqual(Dump.Schema(data.Schema).ToJsonString(), Dump.Schema(schema).ToJsonString());
    }

    private static IEnumerable<JsonObject> Steps(GoldenCase golden) => golden.Json["pipeline"]!.AsArray().Select(step => step!.AsObject());

    private static void AssertSame(JsonObject expected, JsonObject actual)
    {
        IReadOnlyList<string> differences = JsonComparer.Compare(expected, actual);
        Assert.AreEqual(0, differences.Count, string.Join("\n", differences));
    }
}
