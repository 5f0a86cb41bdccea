using System.Text.Json.Nodes;
using Microsoft.ML.Data;

namespace Microsoft.ML.Tests.Golden;

/// <summary>
/// Replays kind <c>split</c>. Which rows land where is the library's own affair: the recording asks only that the
/// parts are disjoint, complete, in order and keep groups together.
/// </summary>
internal static class SplitCases
{
    private const int GroupCount = 7;

    [Replays("split")]
    public static JsonObject Replay(GoldenCase golden)
    {
        JsonObject json = golden.Json;
        int count = (int)json["rows"]!;
        var ml = new MLContext((int?)json["seed"]);
        IDataView data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(id => new GroupRow(id)).ToArray());

        var parts = new List<DataOperationsCatalog.TrainTestData>();
        try
        {
            parts.AddRange(Split(ml, data, json));
        }
        catch (Exception exception)
        {
            return new JsonObject { ["exception"] = ExceptionFacts.Describe(exception) };
        }

        var result = new JsonObject
        {
            // Not required to match; but no helper column may stay visible, and the whole schema shows that.
            ["schemaColumns"] = SchemaColumns(parts[0].TrainSet),
            ["required"] = Required(golden, parts, count),
            ["again"] = new JsonObject { ["sameWhenTrainSetIsReadTwice"] = Ids(parts[0].TrainSet).SequenceEqual(Ids(parts[0].TrainSet)) },
        };
        if (!HasAskedSize(json, parts[0], count))
            result["testFraction"] = $"{Ids(parts[0].TestSet).Length} of {count} rows are in the test set";
        foreach (string informative in (string[])["test", "testFolds"])
        {
            if (golden.Expect[informative] is { } value)
                result[informative] = value.DeepClone();
        }

        return result;
    }

    private static IEnumerable<DataOperationsCatalog.TrainTestData> Split(MLContext ml, IDataView data, JsonObject json)
    {
        string? key = (string?)json["samplingKeyColumnName"];
        int? seed = (int?)json["splitSeed"];
        return (string)json["split"]! == "TrainTestSplit"
            ? [ml.Data.TrainTestSplit(data, (double)json["testFraction"]!, key, seed)]
            : ml.Data.CrossValidationSplit(data, (int)json["numberOfFolds"]!, key, seed);
    }

    private static JsonObject Required(GoldenCase golden, List<DataOperationsCatalog.TrainTestData> parts, int count)
    {
        var folds = parts.Select(part => (Train: Ids(part.TrainSet), Test: Ids(part.TestSet))).ToList();
        var required = new JsonObject
        {
            ["trainAndTestDisjoint"] = folds.All(fold => !fold.Train.Intersect(fold.Test).Any()),
            ["trainAndTestCoverAll"] = folds.All(fold => fold.Train.Concat(fold.Test).Order().SequenceEqual(Enumerable.Range(0, count))),
            ["originalOrderKept"] = folds.All(fold => IsOrdered(fold.Train) && IsOrdered(fold.Test)),
        };
        if ((string)golden.Json["split"]! == "CrossValidationSplit")
        {
            required["testFoldsPartitionTheRows"] =
                folds.SelectMany(fold => fold.Test).Order().SequenceEqual(Enumerable.Range(0, count));
        }

        if (golden.Json["samplingKeyColumnName"] is not null)
        {
            required["noGroupOnBothSides"] =
                folds.All(fold => !fold.Train.Select(GroupRow.GroupOf).Intersect(fold.Test.Select(GroupRow.GroupOf)).Any());
        }

        return required;
    }

    /// <summary>Rows (not groups) are drawn one by one: their number lies within five standard deviations.</summary>
    private static bool HasAskedSize(JsonObject json, DataOperationsCatalog.TrainTestData part, int count)
    {
        if (json["samplingKeyColumnName"] is not null)
            return true;
        double fraction = (double?)json["testFraction"] ?? 1.0 / (int)json["numberOfFolds"]!;
        double deviation = Math.Sqrt(count * fraction * (1 - fraction));
        return Math.Abs(Ids(part.TestSet).Length - count * fraction) <= 5 * deviation;
    }

    private static bool IsOrdered(int[] ids) => ids.SequenceEqual(ids.Order());

    private static int[] Ids(IDataView view) => [.. view.GetColumn<int>("Id")];

    private static JsonArray SchemaColumns(IDataView view) =>
        [.. view.Schema.Where(column => !column.IsHidden).Select(column => (JsonNode)$"{column.Name}:{column.Type}")];

    private sealed class GroupRow(int id)
    {
        public int Id { get; set; } = id;

        public string GroupText { get; set; } = $"g{GroupOf(id)}";

        public int GroupInt { get; set; } = GroupOf(id);

        [KeyType(GroupCount)]
        public uint GroupKey { get; set; } = (uint)GroupOf(id) + 1;

        public float GroupSingle { get; set; } = GroupOf(id);

        public static int GroupOf(int id) => id * id % GroupCount;
    }
}
