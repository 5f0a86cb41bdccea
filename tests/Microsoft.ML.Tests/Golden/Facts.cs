using System.Text.Json.Nodes;

namespace Microsoft.ML.Tests.Golden;

/// <summary>What a scenario found, by fact name. An exception thrown while a fact is established becomes the fact.</summary>
internal sealed class Facts(JsonObject expected)
{
    private readonly JsonObject _found = [];

    public object? this[string name]
    {
        set => _found[name] = Dump.Any(value);
    }

    public void Add(string name, Func<object?> fact) => _found[name] = ExceptionFacts.ValueOrException(fact);

    public void Add(string name, Action action) => Add(name, () =>
    {
        action();
        return "no exception";
    });

    /// <summary>The facts found, and those expected ones that need not match (README of the recording).</summary>
    public JsonObject ToJson()
    {
        foreach ((string name, JsonNode? value) in expected)
        {
            if (IsInformative(name) && !_found.ContainsKey(name))
                _found[name] = value?.DeepClone();
        }

        return _found;
    }

    private static bool IsInformative(string name) =>
        name.StartsWith("informative_", StringComparison.Ordinal) || name is "distinctTraces" or "modelType";
}
