using System.Text.Json.Nodes;

namespace Microsoft.ML.Tests.Golden;

/// <summary>One recorded case: its inputs, and what the real ML.NET 5.0.0 gave for them.</summary>
public sealed class GoldenCase
{
    private GoldenCase(string file, JsonObject json)
    {
        File = file;
        Json = json;
    }

    public string File { get; }

    public JsonObject Json { get; }

    public string Id => $"{File}/{(string)Json["id"]!}";

    public string Kind => (string)Json["kind"]!;

    public JsonObject Expect => Json["expect"]!.AsObject();

    /// <summary>All cases of the folder, by id.</summary>
    public static IReadOnlyDictionary<string, GoldenCase> All { get; } = ReadAll();

    public override string ToString() => Id;

    private static Dictionary<string, GoldenCase> ReadAll() =>
        Directory.GetFiles(Folder, "*.json")
            .Where(path => Path.GetFileName(path) != KnownDifferences.FileName)
            .Order(StringComparer.Ordinal)
            .SelectMany(ReadFile)
            .ToDictionary(golden => golden.Id);

    internal static string Folder => Path.Combine(AppContext.BaseDirectory, "Golden", "mlnet");

    private static IEnumerable<GoldenCase> ReadFile(string path) =>
        JsonNode.Parse(System.IO.File.ReadAllText(path))!["cases"]!.AsArray()
            .Select(json => new GoldenCase(Path.GetFileNameWithoutExtension(path), json!.AsObject()));
}
