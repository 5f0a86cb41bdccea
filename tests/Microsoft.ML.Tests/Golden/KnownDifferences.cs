using System.Text.Json;

namespace Microsoft.ML.Tests.Golden;

/// <summary>
/// The cases in which the stand-in is known to differ from the real ML.NET, each with its reason.
/// A key is a case id, or for scenarios "case id#fact". The real packages have no such excuse: for them only
/// the entries of what this runner itself replaces (see <see cref="RunnerPrefix"/>) count.
/// </summary>
internal static class KnownDifferences
{
    public const string FileName = "known-differences.json";

    /// <summary>Starts the reason of a difference that lies in this runner, such as its own trainer.</summary>
    public const string RunnerPrefix = "Runner: ";

    /// <summary>The reasons by key.</summary>
    public static IReadOnlyDictionary<string, string> Reasons { get; } = Read();

    /// <summary>The reason for a whole case, or null.</summary>
    public static string? ForCase(string id) => Reasons.GetValueOrDefault(id);

    /// <summary>The facts of a scenario that are listed on their own.</summary>
    public static IReadOnlySet<string> FactsOf(string id) =>
        Reasons.Keys.Where(key => key.StartsWith(id + "#", StringComparison.Ordinal))
            .Select(key => key[(id.Length + 1)..])
            .ToHashSet();

    private static bool IsStandIn => typeof(MLContext).Assembly == typeof(IDataView).Assembly;

    private static Dictionary<string, string> Read()
    {
        string text = File.ReadAllText(Path.Combine(GoldenCase.Folder, FileName));
        return JsonSerializer.Deserialize<Dictionary<string, string>>(text)!
            .Where(entry => IsStandIn || entry.Value.StartsWith(RunnerPrefix, StringComparison.Ordinal))
            .ToDictionary();
    }
}
