using System.Text;
using FlipReg.Networks;
using static System.FormattableString;

namespace FlipReg;

/// <content>The network as a table.</content>
public sealed partial record NetworkSpec
{
    /// <summary>A table of the layers, those inside of others indented: what a row is behind each, its parameters and the multiply-adds of a row.</summary>
    /// <exception cref="InvalidOperationException">The network is not bound to data.</exception>
    public string Summary()
    {
        var text = new StringBuilder();
        Line(text, "layer", "output", "parameters", "multiply-adds");
        AddLayers(text, Layers, InputShape, "");
        if (Members is { } members)
            Line(text, "members, averaged", "", Invariant($"{members:N0}"), "");
        Line(text, "all", "", Invariant($"{ParameterCount:N0}"), Invariant($"{MultiplyAdds():N0}"));
        return text.ToString();
    }

    private static void AddLayers(StringBuilder text, IReadOnlyList<LayerSpec> layers, RowShape input, string indent)
    {
        foreach (var (_, layer, shape) in LayerTree.Walk(layers, input))
        {
            var isLeaf = layer.Inner.All(inner => inner.Count == 0);
            var count = layer.Tensors(shape).Where(t => t.Role == TensorRole.Parameter).Sum(t => t.Count);
            Line(text, indent + layer.Describe(shape), layer.OutputShape(shape).ToString(), isLeaf ? Invariant($"{count:N0}") : "", isLeaf ? Invariant($"{layer.MultiplyAdds(shape):N0}") : "");
            for (var i = 0; i < layer.Inner.Count; i++)
            {
                if (layer.Inner.Count > 1 && layer.Inner[i].Count > 0)
                    Line(text, Invariant($"{indent}  {layer.NameOfInner(i)}:"), "", "", "");
                AddLayers(text, layer.Inner[i], layer.InputOfInner(shape), indent + "    ");
            }
        }
    }

    private static void Line(StringBuilder text, string layer, string output, string parameters, string multiplyAdds) =>
        text.Append(Invariant($"{layer,-44}{output,16}{parameters,14}{multiplyAdds,18}").TrimEnd()).Append('\n');
}
