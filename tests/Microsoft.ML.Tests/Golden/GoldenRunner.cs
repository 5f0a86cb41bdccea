using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Tests.Golden;

/// <summary>Marks a method that replays a kind of case and returns what it saw, in the notation of <c>expect</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ReplaysAttribute(string kind) : Attribute
{
    public string Kind { get; } = kind;
}

/// <summary>Marks a method that does what a scenario says. The key is "file/id".</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ScenarioAttribute(string id) : Attribute
{
    public string Id { get; } = id;
}

/// <summary>Something a case needs is not there: a kind, a step, or a method that the stand-in does not have.</summary>
internal sealed class NotInSubsetException(string what) : Exception($"Not in the subset: {what}.");

/// <summary>Finds the code for a case, runs it and compares.</summary>
internal static class GoldenRunner
{
    private static readonly Dictionary<string, Func<GoldenCase, JsonObject>> _kinds =
        Methods<ReplaysAttribute>().ToDictionary(
            found => found.Attribute.Kind,
            found => found.Method.CreateDelegate<Func<GoldenCase, JsonObject>>());

    private static readonly Dictionary<string, Action<Facts>> _scenarios =
        Methods<ScenarioAttribute>().ToDictionary(
            found => found.Attribute.Id,
            found => found.Method.CreateDelegate<Action<Facts>>());

    private static readonly ConcurrentDictionary<string, IReadOnlyList<string>> _differences = new();

    /// <summary>The differences between what is expected and what happened; empty if the case agrees.</summary>
    public static IReadOnlyList<string> Differences(GoldenCase golden) =>
        _differences.GetOrAdd(golden.Id, _ => Replay(golden));

    private static IReadOnlyList<string> Replay(GoldenCase golden)
    {
        try
        {
            JsonObject actual = _kinds.TryGetValue(golden.Kind, out Func<GoldenCase, JsonObject>? replay)
                ? replay(golden)
                : throw new NotInSubsetException($"kind '{golden.Kind}'");
            return JsonComparer.Compare(golden.Expect, actual);
        }
        catch (NotInSubsetException missing)
        {
            return [missing.Message];
        }
    }

    [Replays("scenario")]
    public static JsonObject Scenario(GoldenCase golden)
    {
        if (!_scenarios.TryGetValue(golden.Id, out Action<Facts>? scenario))
            throw new NotInSubsetException($"scenario '{golden.Id}'");
        var facts = new Facts(golden.Expect);
        scenario(facts);
        return facts.ToJson();
    }

    private static IEnumerable<(T Attribute, MethodInfo Method)> Methods<T>() where T : Attribute =>
        from type in typeof(GoldenRunner).Assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
        let attribute = method.GetCustomAttribute<T>()
        where attribute is not null
        select (attribute, method);
}
