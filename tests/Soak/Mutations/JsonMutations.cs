using System.Text;
using System.Text.Json.Nodes;
using static System.FormattableString;

namespace Soak.Mutations;

/// <summary>Faults of a JSON document: lying numbers, huge and odd values, what is missing, doubled or unknown, and text that is no JSON.</summary>
internal static class JsonMutations
{
    /// <summary>Stands in the tree for text that no tree can hold.</summary>
    private const string Raw = "@raw@";

    private static readonly string[] _tokens =
    [
        "0", "-1", "1", "-0.0", "1e400", "-1e400", "NaN", "Infinity", "01", "0.5", "2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808",
        "1048576", "1048577", "1000000000", "true", "false", "null", "\"\"", "\"NaN\"", "\"\\ud800\"", "\"\\u0000\"", "[]", "{}", "[null]", "[[]]", "{\"a\":{}}", "//", "",
    ];

    public static Mutant Apply(Random random, byte[] json)
    {
        if (random.Next(6) == 0)
            return ByteMutations.Apply(random, json);
        var root = JsonNode.Parse(json)!;
        var nodes = Descendants(root).ToList();
        var node = nodes[random.Next(nodes.Count)];
        var path = node.GetPath();
        var raw = _tokens[random.Next(_tokens.Length)];
        string fault;
        switch (random.Next(9))
        {
            case 0 or 1 or 2:
                fault = $"{path} is {(raw.Length == 0 ? "nothing" : raw)}";
                break;
            case 3:
                raw = Text(random);
                fault = $"{path} is a text of {raw.Length} characters";
                break;
            case 4:
                raw = Nested(random);
                fault = $"{path} is {raw.Length} characters of nesting";
                break;
            case 5:
                raw = Many(random, node.ToJsonString());
                fault = $"{path} is a list of {raw.Length} characters";
                break;
            case 6 when node.Parent is JsonObject parent:
                parent.Remove(node.GetPropertyName());
                return new(Bytes(root, ""), $"{path} missing");
            case 7 when node.Parent is JsonObject parent:
                var name = random.Next(3) == 0 ? node.GetPropertyName().ToUpperInvariant() : Text(random)[1..^1];
                parent[name] = Raw;
                return new(Bytes(root, raw), $"an unknown field beside {path}");
            case 8 when node.Parent is JsonObject parent:
                // Twice: the second one by text.
                var same = node.GetPropertyName();
                parent[same] = Raw;
                return new(Bytes(root, Invariant($"{raw},\"{same}\":{node.ToJsonString()}")), $"{path} twice, once as {raw}");
            case 7 or 8:
                var other = nodes[random.Next(nodes.Count)];
                raw = other.ToJsonString();
                fault = $"{path} is a copy of {other.GetPath()}";
                break;
            default:
                Claim(random, root);
                return new(Bytes(root, ""), "classes, network and names claim another size");
        }

        Replace(node);
        return new(Bytes(root, raw), fault);
    }

    /// <summary>Every node below the root.</summary>
    private static IEnumerable<JsonNode> Descendants(JsonNode node)
    {
        var children = node switch
        {
            JsonObject o => o.Select(p => p.Value),
            JsonArray a => a,
            _ => [],
        };
        return children.Where(child => child is not null).SelectMany(child => Descendants(child!).Prepend(child!));
    }

    private static void Replace(JsonNode node)
    {
        if (node.Parent is JsonObject o)
            o[node.GetPropertyName()] = Raw;
        else if (node.Parent is JsonArray a)
            a[node.GetElementIndex()] = Raw;
    }

    private static string Text(Random random) => random.Next(4) switch
    {
        0 => Invariant($"\"{new string('x', 1 << random.Next(22))}\""),
        1 => "\"" + string.Concat(Enumerable.Repeat("\\u0007\\n", 1 + random.Next(100))) + "\"",
        2 => "\"" + string.Concat(Enumerable.Repeat("\\ud83d\\ude00", 1 + random.Next(1000))) + "\"",
        _ => "\"../../escaped, {0} %n System.Diagnostics.Process\"",
    };

    private static string Nested(Random random)
    {
        var depth = 1 << random.Next(16);
        return random.Next(2) == 0
            ? string.Concat(Enumerable.Repeat("[", depth)) + string.Concat(Enumerable.Repeat("]", depth))
            : string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);
    }

    /// <summary>A value again and again, up to some 16 MB.</summary>
    private static string Many(Random random, string value)
    {
        var count = Math.Max(1, Math.Min(1 << random.Next(21), (16 << 20) / (value.Length + 1)));
        return "[" + string.Join(',', Enumerable.Repeat(value, count)) + "]";
    }

    /// <summary>Where the document says how large the model is, it says something else everywhere.</summary>
    private static void Claim(Random random, JsonNode root)
    {
        var size = 2 + random.Next(1 << random.Next(21));
        if (root["network"]?["layers"] is not JsonArray layers)
            return;
        root["classes"] = size;
        layers[^1]!["outputs"] = size;
        if (random.Next(2) == 0 && root["classNames"] is JsonObject names)
            names["values"] = new JsonArray([.. Enumerable.Range(0, size).Select(i => JsonValue.Create(Invariant($"{i}")))]);
        else
            root["classNames"] = null;
        while (random.Next(2) == 0)
            layers.Insert(random.Next(layers.Count), JsonNode.Parse(random.Next(2) == 0 ? """{"layer":"relu"}""" : """{"layer":"linear","outputs":1048576}"""));
    }

    private static byte[] Bytes(JsonNode root, string raw) => Encoding.UTF8.GetBytes(root.ToJsonString().Replace($"\"{Raw}\"", raw, StringComparison.Ordinal));
}
