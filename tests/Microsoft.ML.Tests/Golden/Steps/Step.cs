using System.Reflection;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Tests.Golden.Steps;

/// <summary>Marks a method <c>(MLContext, JsonObject) → IEstimator&lt;ITransformer&gt;</c> that makes one step of a pipeline.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class StepAttribute(string op) : Attribute
{
    public string Op { get; } = op;
}

/// <summary>Marks a method <c>(MLContext, IDataView, JsonObject) → IDataView</c> that does one operation of <c>Data</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OperationAttribute(string op) : Attribute
{
    public string Op { get; } = op;
}

/// <summary>The steps and operations that this project knows, and help with their arguments.</summary>
internal static class StepTable
{
    private static readonly Dictionary<string, Func<MLContext, JsonObject, IEstimator<ITransformer>>> _steps =
        Find<StepAttribute, Func<MLContext, JsonObject, IEstimator<ITransformer>>>(attribute => attribute.Op);

    private static readonly Dictionary<string, Func<MLContext, IDataView, JsonObject, IDataView>> _operations =
        Find<OperationAttribute, Func<MLContext, IDataView, JsonObject, IDataView>>(attribute => attribute.Op);

    public static IEstimator<ITransformer> Build(MLContext ml, JsonObject step) =>
        _steps.TryGetValue((string)step["op"]!, out var build)
            ? build(ml, step)
            : throw new NotInSubsetException($"step '{step["op"]}'");

    public static IDataView Apply(MLContext ml, IDataView view, JsonObject operation) =>
        _operations.TryGetValue((string)operation["op"]!, out var apply)
            ? apply(ml, view, operation)
            : throw new NotInSubsetException($"operation '{operation["op"]}'");

    public static string Output(this JsonObject step) => (string)step["output"]!;

    public static string? Input(this JsonObject step) => (string?)step["input"];

    public static string[] Strings(this JsonObject step, string name) =>
        [.. step[name]!.AsArray().Select(item => (string)item!)];

    public static T Enum<T>(this JsonObject step, string name, T absent) where T : struct, Enum =>
        (string?)step[name] is not { } text ? absent
        : System.Enum.TryParse(text, out T value) ? value
        : throw new NotInSubsetException($"{typeof(T).Name}.{text}");

    private static Dictionary<string, TDelegate> Find<TAttribute, TDelegate>(Func<TAttribute, string> name)
        where TAttribute : Attribute
        where TDelegate : Delegate =>
        (from type in typeof(StepTable).Assembly.GetTypes()
         from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
         let attribute = method.GetCustomAttribute<TAttribute>()
         where attribute is not null
         select (Key: name(attribute), Value: method.CreateDelegate<TDelegate>()))
        .ToDictionary(found => found.Key, found => found.Value);
}
