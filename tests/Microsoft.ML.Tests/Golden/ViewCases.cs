using System.Text.Json.Nodes;

namespace Microsoft.ML.Tests.Golden;

/// <summary>What the kinds that end in a view have in common.</summary>
internal static class ViewCases
{
    /// <summary>Schema and rows of the result, each step on its own: reading annotations can throw, reading rows too.</summary>
    public static void DumpView(StepRunner steps, IDataView view, JsonObject json)
    {
        IReadOnlySet<string>? show = json["show"]?.AsArray().Select(name => (string)name!).ToHashSet();
        steps.Try("Schema", () => steps.Result["schema"] = Dump.Schema(view.Schema, show));
        if ((bool?)json["schemaOnly"] != true)
            steps.Try("Rows", () => steps.Result["rows"] = Dump.Rows(view, show));
    }
}
