namespace FlipReg.Onnx;

/// <summary>The members of an ensemble as operators of one graph, valid from opset 9 to 17.</summary>
internal static class EnsembleExport
{
    /// <summary>Adds a linear layer in groups: N×inputs to N×outputs.</summary>
    public static string Linear(OnnxGraph graph, string input, OnnxTensor weight, OnnxTensor bias, int groups, string name)
    {
        var (outputs, inputs) = (weight.Shape[0] / groups, weight.Shape[1]);
        var weights = graph.Constant(weight with { Shape = [groups, outputs, inputs] });
        var biases = graph.Constant(bias with { Shape = [groups, 1, outputs] });
        var members = Divide(graph, input, groups, inputs, name);
        var values = members.Select((own, g) => graph.Node("Gemm", $"{name}.gemm",
            [own, Pick(graph, weights, g, 0, $"{name}.weight"), Pick(graph, biases, g, 0, $"{name}.bias")], new OnnxAttribute("transB", 1))).ToList();
        return graph.Node("Concat", name, values, new OnnxAttribute("axis", 1));
    }

    /// <summary>Adds one linear layer for each group of inputs: N×inputs to N×outputs.</summary>
    public static string SharedLinear(OnnxGraph graph, string input, OnnxTensor weight, OnnxTensor bias, int groups, string name)
    {
        var (outputs, inputs) = (weight.Shape[0], weight.Shape[1]);
        var rows = graph.Node("Reshape", $"{name}.rows", [input, graph.Constant($"{name}.rows_shape", [-1, inputs], [2])]);
        var products = graph.Node("Gemm", $"{name}.gemm", [rows, graph.Constant(weight), graph.Constant(bias)], new OnnxAttribute("transB", 1));
        return graph.Node("Reshape", name, [products, graph.Constant($"{name}.shape", [-1, groups * outputs], [2])]);
    }

    /// <summary>Adds the logarithm of the members' mean probabilities: N×(members · K) to N×K.</summary>
    public static string Logits(OnnxGraph graph, string input, int members, long classes, string name)
    {
        var probabilities = Divide(graph, input, members, classes, name)
            .Select(own => graph.Node("Softmax", $"{name}.probabilities", [own], new OnnxAttribute("axis", 1))).ToList();
        return graph.Node("Log", name, [graph.Node("Mean", $"{name}.mean", probabilities)]);
    }

    private static List<string> Divide(OnnxGraph graph, string input, int groups, long width, string name)
    {
        var divided = graph.Node("Reshape", $"{name}.divided", [input, graph.Constant($"{name}.shape", [-1, groups, width], [3])]);
        return [.. Enumerable.Range(0, groups).Select(g => Pick(graph, divided, g, 1, $"{name}.member"))];
    }

    // ML.NET's context takes no scalar: the index is a list of one, and the dimension that it leaves is flattened away.
    private static string Pick(OnnxGraph graph, string values, int index, int axis, string name)
    {
        var picked = graph.Node("Gather", name, [values, graph.Constant($"{name}.index", index, [1])], new OnnxAttribute("axis", axis));
        return graph.Node("Flatten", $"{name}.flat", [picked], new OnnxAttribute("axis", axis == 1 ? 1 : 2));
    }
}
