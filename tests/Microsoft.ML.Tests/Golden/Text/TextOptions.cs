using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Data;
using Microsoft.ML.Tests.Golden.Steps;

namespace Microsoft.ML.Tests.Golden.Text;

/// <summary>Reads TextLoader.Options from the notation of the recording; what is absent keeps its default.</summary>
internal static class TextOptions
{
    public static TextLoader.Options Read(JsonObject json)
    {
        var options = new TextLoader.Options();
        foreach ((string name, JsonNode? value) in json)
            Set(options, name, value!);
        return options;
    }

    private static void Set(TextLoader.Options options, string name, JsonNode value)
    {
        switch (name)
        {
            case "columns": options.Columns = [.. value.AsArray().Select(column => ReadColumn(column!))]; break;
            case "separators": options.Separators = [.. value.AsArray().Select(text => ((string)text!)[0])]; break;
            case "allowQuoting": options.AllowQuoting = (bool)value; break;
            case "hasHeader": options.HasHeader = (bool)value; break;
            case "trimWhitespace": options.TrimWhitespace = (bool)value; break;
            case "missingRealsAsNaNs": options.MissingRealsAsNaNs = (bool)value; break;
            case "inputSize": options.InputSize = (int)value; break;
            case "maxRows": options.MaxRows = (long)value; break;
            case "useThreads": options.UseThreads = (bool)value; break;
            case "readMultilines": Reflected.Set(options, "ReadMultilines", (bool)value); break;
            case "decimalMarker": Reflected.Set(options, "DecimalMarker", ((string)value!)[0]); break;
            case "escapeChar": Reflected.Set(options, "EscapeChar", ((string)value!)[0]); break;
            default: throw new InvalidDataException($"A recording names the unknown loader option '{name}'.");
        }
    }

    private static TextLoader.Column ReadColumn(JsonNode json)
    {
        KeyCount? keyCount = null;
        if (json["keyCount"] is { } count)
            keyCount = (ulong)count == 0 ? new KeyCount() : new KeyCount((ulong)count);
        return new TextLoader.Column(
            (string)json["name"]!,
            Enum.Parse<DataKind>((string)json["kind"]!),
            [.. json["source"]!.AsArray().Select(range => ReadRange(range!))],
            keyCount);
    }

    private static TextLoader.Range ReadRange(JsonNode json)
    {
        if (json.GetValueKind() == JsonValueKind.Number)
            return new TextLoader.Range((int)json);
        int min = (int)json["min"]!;
        if (json["max"] is { } max)
            return new TextLoader.Range(min, (int)max);
        TextLoader.Range range = (bool?)json["single"] == true ? new TextLoader.Range(min) : new TextLoader.Range(min, null);
        range.AutoEnd = (bool?)json["autoEnd"] ?? range.AutoEnd;
        range.ForceVector = (bool?)json["forceVector"] ?? range.ForceVector;
        if (json["variableEnd"] is { } variableEnd)
            Reflected.Set(range, "VariableEnd", (bool)variableEnd);
        if (json["allOther"] is { } allOther)
            Reflected.Set(range, "AllOther", (bool)allOther);
        return range;
    }
}
