using System.Text.Json;
using static System.FormattableString;

namespace Serving;

/// <summary>Reads and checks request bodies.</summary>
internal sealed class RequestReader(ServedModel model, ServingOptions options)
{
    private static readonly JsonDocumentOptions _strict = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    /// <summary>One row: {"features": [numbers]}.</summary>
    public async Task<float[]> ReadRowAsync(HttpRequest request)
    {
        using var document = await ParseAsync(request);
        return Features(Member(document.RootElement, "features"), "features");
    }

    /// <summary>Several rows: {"rows": [[numbers], …]}.</summary>
    public async Task<List<float[]>> ReadRowsAsync(HttpRequest request)
    {
        using var document = await ParseAsync(request);
        var rows = Member(document.RootElement, "rows");
        if (rows.ValueKind != JsonValueKind.Array)
            throw Bad("rows", "must be a list of rows, each a list of numbers", rows);
        var count = rows.GetArrayLength();
        if (count == 0)
            throw new RequestProblem(400, "rows", "must hold at least one row", "0 rows", "Send at least one row.");
        if (count > options.MaximumRows)
            throw new RequestProblem(400, "rows", Invariant($"must hold at most {options.MaximumRows} rows"), Invariant($"{count} rows"), "Send them in several requests.");
        var result = new List<float[]>(count);
        foreach (var row in rows.EnumerateArray())
            result.Add(Features(row, Invariant($"rows[{result.Count}]")));
        return result;
    }

    private static JsonElement Member(JsonElement body, string name)
    {
        if (body.ValueKind != JsonValueKind.Object)
            throw Bad("body", $"must be an object with the field '{name}'", body);
        JsonElement? found = null;
        foreach (var property in body.EnumerateObject())
        {
            if (property.Name != name)
                throw new RequestProblem(400, property.Name, $"is not a field of this request; there is '{name}' alone", null, "Leave it out.");
            found = property.Value;
        }

        return found ?? throw new RequestProblem(400, name, "must be given", "an object without it", $"Add \"{name}\" to the body.");
    }

    private static RequestProblem Bad(string field, string rule, JsonElement value) =>
        new(400, field, rule, value.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? $"a JSON {value.ValueKind}" : value.GetRawText(), "See the example in the README.");

    private async Task<JsonDocument> ParseAsync(HttpRequest request)
    {
        if (!request.HasJsonContentType())
            throw new RequestProblem(415, "Content-Type", "must be application/json", request.ContentType ?? "none", "Set the header.");
        try
        {
            return await JsonDocument.ParseAsync(request.Body, _strict, request.HttpContext.RequestAborted);
        }
        catch (JsonException e)
        {
            throw new RequestProblem(400, "body", "must be one JSON value with every field once", e.Message, "Numbers that are not finite cannot be written in JSON: leave such rows out.");
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw new RequestProblem(413, "body", Invariant($"must have at most {options.MaximumBodyBytes} bytes"), "more", "Send fewer rows in a request.");
        }
    }

    private float[] Features(JsonElement row, string field)
    {
        if (row.ValueKind != JsonValueKind.Array)
            throw Bad(field, Invariant($"must be a list of {model.FeatureCount} numbers"), row);
        if (row.GetArrayLength() != model.FeatureCount)
            throw new RequestProblem(400, field, Invariant($"must hold {model.FeatureCount} numbers, one for each feature"), Invariant($"{row.GetArrayLength()} values"), "Send the features of training, in their order.");
        var features = new float[model.FeatureCount];
        var i = 0;
        foreach (var element in row.EnumerateArray())
        {
            // What is too large for a Single is read as infinity.
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetSingle(out features[i]) || !float.IsFinite(features[i]))
                throw Bad(Invariant($"{field}[{i}]"), "must be a finite number that fits a Single", element);
            i++;
        }

        return features;
    }
}
