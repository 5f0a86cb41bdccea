using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using static System.FormattableString;

namespace FlipReg.Sweeps;

/// <summary>Spaces and points as JSON, as the store keeps them.</summary>
internal static class SpaceDocument
{
    /// <summary>The space, in an order that does not depend on how it was put together.</summary>
    public static JsonObject Write(SweepSpace space)
    {
        var document = new JsonObject();
        foreach (var parameter in space.Parameters.OrderBy(p => p.Name, StringComparer.Ordinal))
        {
            var node = new JsonObject { ["kind"] = parameter.Kind.ToString() };
            if (parameter.Values.Count == 0)
                (node["minimum"], node["maximum"], node["log"]) = (parameter.Minimum, parameter.Maximum, parameter.Log);
            else
                node["values"] = new JsonArray([.. parameter.Values.Select(Write)]);
            node["first"] = Write(parameter.Initial);
            if (parameter.Levels is { } levels)
                node["levels"] = levels;
            if (parameter.Parent is { } parent)
                (node["parent"], node["parentValues"]) = (parent, new JsonArray([.. parameter.ParentValues.Select(Write)]));
            node["text"] = parameter.ToString();
            document[parameter.Name] = node;
        }

        return document;
    }

    /// <summary>The first ways in which a space differs from a stored one, in words; null where they are the same.</summary>
    public static string? Difference(JsonObject stored, JsonObject now)
    {
        var differences = new List<string>();
        foreach (var name in stored.Select(p => p.Key).Union(now.Select(p => p.Key)))
        {
            var (before, after) = (stored[name], now[name]);
            if (before is null)
                differences.Add(Invariant($"'{name}' is new"));
            else if (after is null)
                differences.Add(Invariant($"'{name}' is gone"));
            else if (!JsonNode.DeepEquals(before, after))
                differences.Add(Invariant($"'{name}' was {before["text"]} and is {after["text"]}"));
        }

        return differences.Count == 0 ? null : string.Join("; ", differences.Take(5));
    }

    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    public static string Write(SweepPoint point)
    {
        var document = new JsonObject();
        foreach (var (name, value) in point)
            document[name] = Write(value);
        return document.ToJsonString();
    }

    /// <summary>A stored point of a space. Values that the space does not know are kept as the JSON has them.</summary>
    public static SweepPoint ReadPoint(string json, SweepSpace space)
    {
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        var known = space.Parameters.ToDictionary(p => p.Name, StringComparer.Ordinal);
        using var document = JsonDocument.Parse(json);
        foreach (var property in document.RootElement.EnumerateObject())
        {
            object value = property.Value.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                JsonValueKind.String => property.Value.GetString()!,
                _ when property.Value.TryGetInt64(out var whole) => whole,
                _ => property.Value.GetDouble(),
            };
            values[property.Name] = known.TryGetValue(property.Name, out var parameter) ? parameter.Convert(value) : value;
        }

        return new(values);
    }

    private static JsonNode Write(object value) => value switch
    {
        bool truth => truth,
        long whole => whole,
        double number => number,
        _ => (string)value,
    };
}
