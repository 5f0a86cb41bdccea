using System.Text.Json.Nodes;
using static System.FormattableString;

namespace FlipReg.Sweeps.Store;

/// <summary>What a study is, as JSON: space, metric and direction.</summary>
internal static class StudyDocument
{
    public static string Write(StudySpec spec) => new JsonObject
    {
        ["metric"] = spec.Metric,
        ["higherIsBetter"] = spec.HigherIsBetter,
        ["reportsHigherIsBetter"] = spec.ReportsHigherIsBetter,
        ["space"] = SpaceDocument.Write(spec.Space),
    }.ToJsonString();

    /// <summary>In what two documents differ, in words.</summary>
    public static string Difference(string stored, string now)
    {
        var (before, after) = (JsonNode.Parse(stored)!.AsObject(), JsonNode.Parse(now)!.AsObject());
        if (SpaceDocument.Difference(before["space"]!.AsObject(), after["space"]!.AsObject()) is { } space)
            return Invariant($"Parameter {space}");
        return Invariant($"The metric was {Metric(before)} and is {Metric(after)}");
    }

    /// <summary>The metric of a stored study.</summary>
    public static string MetricOf(string stored) => (string)JsonNode.Parse(stored)!["metric"]!;

    private static string Metric(JsonObject document) => Invariant($"'{document["metric"]}' ({((bool)document["higherIsBetter"]! ? "higher" : "lower")} is better)");
}
