using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Tests.Golden;

/// <summary>
/// Compares results as JSON, exactly. Only the storage of vectors is free: a sparse one
/// (<c>{length, indices, values}</c>) equals the dense array of the same values.
/// </summary>
internal static class JsonComparer
{
    private const int MaxDifferences = 20;

    /// <summary>One line a difference, starting with the path of the value.</summary>
    public static IReadOnlyList<string> Compare(JsonObject expected, JsonObject actual)
    {
        var differences = new List<string>();
        Compare("", expected, actual, differences);
        return differences;
    }

    private static void Compare(string path, JsonNode? expected, JsonNode? actual, List<string> differences)
    {
        if (differences.Count >= MaxDifferences)
            return;
        switch (expected, actual)
        {
            case (JsonObject left, JsonArray right) when IsSparse(left):
                CompareArrays(path, Densify(left, right), right, differences);
                break;
            case (JsonObject left, JsonObject right):
                CompareObjects(path, left, right, differences);
                break;
            case (JsonArray left, JsonArray right):
                CompareArrays(path, left, right, differences);
                break;
            default:
                if (!SameScalar(expected, actual))
                    differences.Add($"{path}: expected {Text(expected)}, got {Text(actual)}");
                break;
        }
    }

    private static void CompareObjects(string path, JsonObject expected, JsonObject actual, List<string> differences)
    {
        foreach ((string name, JsonNode? value) in expected)
        {
            string inner = path.Length == 0 ? name : $"{path}.{name}";
            if (actual.TryGetPropertyValue(name, out JsonNode? found))
                Compare(inner, value, found, differences);
            else
                differences.Add($"{inner}: expected {Text(value)}, got nothing");
        }

        foreach ((string name, JsonNode? value) in actual)
        {
            if (!expected.ContainsKey(name))
                differences.Add($"{(path.Length == 0 ? name : $"{path}.{name}")}: expected nothing, got {Text(value)}");
        }
    }

    private static void CompareArrays(string path, JsonArray expected, JsonArray actual, List<string> differences)
    {
        if (expected.Count != actual.Count)
        {
            differences.Add($"{path}: expected {expected.Count} items, got {actual.Count}: {Text(expected)} / {Text(actual)}");
            return;
        }

        for (int i = 0; i < expected.Count; i++)
            Compare($"{path}[{i}]", expected[i], actual[i], differences);
    }

    private static bool IsSparse(JsonObject json) =>
        json.Count == 3 && json.ContainsKey("length") && json.ContainsKey("indices") && json.ContainsKey("values");

    private static JsonArray Densify(JsonObject sparse, JsonArray like)
    {
        // The default of the item type is told by what the other side holds.
        JsonNode filler = like.Concat(sparse["values"]!.AsArray()).FirstOrDefault()?.GetValueKind() switch
        {
            JsonValueKind.String when !like.Any(item => item?.GetValueKind() == JsonValueKind.Number) => "",
            JsonValueKind.True or JsonValueKind.False => false,
            _ => 0,
        };
        var dense = new JsonArray();
        for (int i = 0; i < (int)sparse["length"]!; i++)
            dense.Add(filler.DeepClone());
        foreach ((JsonNode? index, JsonNode? value) in sparse["indices"]!.AsArray().Zip(sparse["values"]!.AsArray()))
            dense[(int)index!] = value?.DeepClone();
        return dense;
    }

    private static bool SameScalar(JsonNode? expected, JsonNode? actual)
    {
        if (expected is null || actual is null)
            return expected is null && actual is null;
        if (expected.GetValueKind() != actual.GetValueKind())
            return false;
        return expected.GetValueKind() switch
        {
            JsonValueKind.Number => Number(expected) == Number(actual),
            JsonValueKind.String => (string)expected! == (string)actual!,
            JsonValueKind.Object or JsonValueKind.Array => false,
            _ => true,
        };
    }

    private static double Number(JsonNode node) => double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture);

    private static string Text(JsonNode? node)
    {
        string text = node?.ToJsonString() ?? "null";
        return text.Length <= 400 ? text : text[..400] + "…";
    }
}
