using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Tests.Golden.Text;

/// <summary>Replays kind <c>text</c>: a file and TextLoader.Options.</summary>
internal static class TextCases
{
    private static readonly MethodInfo _loadTyped =
        typeof(TextCases).GetMethod(nameof(LoadTyped), BindingFlags.Static | BindingFlags.NonPublic)!;

    [Replays("text")]
    public static JsonObject Replay(GoldenCase golden)
    {
        JsonObject json = golden.Json;
        using var files = new TempFiles();
        File.WriteAllText(files.DataFile, (string)json["text"]!, new UTF8Encoding((bool?)json["bom"] ?? false));

        var ml = new MLContext(1);
        var warnings = new JsonArray();
        ml.Log += (_, log) =>
        {
            if (log.Kind < ChannelMessageKind.Warning)
                return;
            lock (warnings)
                warnings.Add(Describe(log, files));
        };

        var steps = new StepRunner();
        IDataView? view = null;
        if (steps.Try("Load", () => view = Load(ml, files.DataFile, json)))
            ViewCases.DumpView(steps, view!, json);
        if (warnings.Count > 0)
            steps.Result["warnings"] = warnings;
        return steps.Result;
    }

    private static JsonObject Describe(LoggingEventArgs log, TempFiles files) => new()
    {
        ["kind"] = log.Kind.ToString(),
        ["source"] = log.Source,
        ["rawMessage"] = files.HideIn(log.RawMessage),
    };

    private static IDataView Load(MLContext ml, string path, JsonObject json)
    {
        TextLoader.Options options = TextOptions.Read(json["options"]!.AsObject());
        if ((string?)json["type"] is { } name)
        {
            Type type = TypedRows.All.Single(type => type.Name == name);
            return (IDataView)_loadTyped.MakeGenericMethod(type)
                .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [ml, path, options], null)!;
        }

        return (bool?)json["noSample"] == true
            ? ml.Data.CreateTextLoader(options).Load(new MultiFileSource(path))
            : ml.Data.LoadFromTextFile(path, options);
    }

    private static IDataView LoadTyped<T>(MLContext ml, string path, TextLoader.Options options) =>
        ml.Data.LoadFromTextFile<T>(path, options);
}
