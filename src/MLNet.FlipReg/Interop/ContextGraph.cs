using System.Runtime.CompilerServices;
using FlipReg.Onnx;
using Microsoft.ML.Model.OnnxConverter;
using static System.FormattableString;

namespace MLNet.FlipReg.Interop;

/// <summary>The graph that ML.NET's converter is building for a chain.</summary>
internal sealed class ContextGraph(OnnxContext context) : OnnxGraph
{
    private static readonly ConditionalWeakTable<OnnxContext, Dictionary<string, OnnxTensor>> _postponed = [];

    /// <summary>
    /// Has the tensors of this library's layers left out of a graph, a placeholder for each, until it is written: the graph holds all values in memory.
    /// </summary>
    /// <returns>The tensors by their names in the graph, to which those of later layers are added.</returns>
    public static IReadOnlyDictionary<string, OnnxTensor> PostponeTensors(OnnxContext context)
    {
        var tensors = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
        _postponed.Add(context, tensors);
        return tensors;
    }

    /// <summary>Whether a graph is made by our own export, which looks at each transform itself.</summary>
    public static bool IsOwn(OnnxContext context) => _postponed.TryGetValue(context, out _);

    public override string Constant(OnnxTensor tensor)
    {
        if (!_postponed.TryGetValue(context, out var postponed))
            return context.AddInitializer(tensor.ToArray(), tensor.Shape, Unused(tensor.Name));
        var name = context.AddInitializer([0], [1], Unused(tensor.Name));
        postponed.Add(name, tensor);
        return name;
    }

    public override string Constant(string name, IReadOnlyList<long> values, IReadOnlyList<long> shape) => context.AddInitializer(values, shape, Unused(name));

    public override string Node(string operation, string name, IReadOnlyList<string> inputs, params IReadOnlyList<OnnxAttribute> attributes)
    {
        var output = context.AddIntermediateVariable(null, Unused(name), skip: true);
        AddNode(operation, output, inputs, attributes);
        return output;
    }

    /// <summary>Adds an operator whose output is a variable that the context has named already.</summary>
    public void AddNode(string operation, string output, IReadOnlyList<string> inputs, params IReadOnlyList<OnnxAttribute> attributes)
    {
        // The domain must be given: null becomes ai.onnx.ml.
        var node = context.CreateNode(operation, inputs, [output], context.GetNodeName(operation), "");
        foreach (var attribute in attributes)
        {
            if (attribute.Integers is { } integers)
                node.AddAttribute(attribute.Name, integers);
            else if (attribute.Integer is { } integer)
                node.AddAttribute(attribute.Name, integer);
            else
                node.AddAttribute(attribute.Name, (double)attribute.Real!.Value);
        }
    }

    /// <summary>The context takes each name for that of a column: one that is a column already would lose its variable.</summary>
    private string Unused(string name)
    {
        var unused = Invariant($"flipreg.{name}");
        for (var i = 1; context.ContainsColumn(unused) || context.IsVariableDefined(unused); i++)
            unused = Invariant($"flipreg.{name}_{i}");
        return unused;
    }
}
