using static System.FormattableString;

namespace FlipReg.Networks;

/// <summary>Lists of layers, one after another, as the network's own and those inside of layers are.</summary>
internal static class LayerTree
{
    /// <summary>Layers inside of layers inside of … at most.</summary>
    internal const int MaximumDepth = 4;

    /// <summary>All layers, those inside of others too.</summary>
    public static IEnumerable<LayerSpec> All(IEnumerable<LayerSpec> layers) => layers.SelectMany(layer => layer.Inner.SelectMany(All).Prepend(layer));

    /// <summary>The shape after some layers.</summary>
    public static RowShape OutputShape(IEnumerable<LayerSpec> layers, RowShape input) => layers.Aggregate(input, (shape, layer) => layer.OutputShape(shape));

    /// <summary>The layers with their numbers and what each gets.</summary>
    public static IEnumerable<(int Index, LayerSpec Layer, RowShape Input)> Walk(IReadOnlyList<LayerSpec> layers, RowShape input)
    {
        for (var i = 0; i < layers.Count; i++)
        {
            yield return (i, layers[i], input);
            input = layers[i].OutputShape(input);
        }
    }

    /// <summary>All tensors of a list of layers with the names they are saved under: index of the layer, dot, name in the layer.</summary>
    public static IEnumerable<(int Index, TensorSpec Tensor)> Tensors(IReadOnlyList<LayerSpec> layers, RowShape input)
    {
        foreach (var (i, layer, shape) in Walk(layers, input))
        {
            foreach (var tensor in layer.Tensors(shape))
            {
                var import = tensor.ImportName ?? tensor.Name;
                yield return (i, tensor with { Name = Invariant($"{i}.{tensor.Name}"), ImportName = Join(layer.Name ?? Invariant($"{i}"), import) });
            }
        }
    }

    /// <summary>The tensors of a list inside of a layer.</summary>
    /// <param name="layers">The list.</param>
    /// <param name="input">What it gets.</param>
    /// <param name="name">The list's name in the layer.</param>
    public static IEnumerable<TensorSpec> Tensors(IReadOnlyList<LayerSpec> layers, RowShape input, string name) => Tensors(layers, input).Select(t => t.Tensor with
    {
        Name = $"{name}.{t.Tensor.Name}",
        ImportName = layers[t.Index].Name is null ? $"{name}.{t.Tensor.ImportName}" : t.Tensor.ImportName,
    });

    private static string Join(string name, string part) => name.Length == 0 ? part : part.Length == 0 ? name : $"{name}.{part}";

    /// <summary>Multiply-adds of some layers for one row, those inside of others too; not above 2^60.</summary>
    public static long MultiplyAdds(IReadOnlyList<LayerSpec> layers, RowShape input) =>
        Bounded(Walk(layers, input).Aggregate((Int128)0, (sum, step) => sum + step.Layer.MultiplyAdds(step.Input)));

    /// <summary>Values that some layers give for one row, those inside of others too; not above 2^60.</summary>
    public static long RowValues(IReadOnlyList<LayerSpec> layers, RowShape input) =>
        Bounded(Walk(layers, input).Aggregate((Int128)0, (sum, step) => sum + step.Layer.RowValues(step.Input)));

    /// <summary>A count that cannot overflow when a thousand of them are added.</summary>
    public static long Bounded(Int128 count) => (long)Int128.Min(count, 1L << 60);

    /// <summary>How deep layers lie inside of layers: 1 where none does.</summary>
    public static int Depth(IEnumerable<LayerSpec> layers) => 1 + layers.Select(layer => layer.Inner.Select(Depth).DefaultIfEmpty(0).Max()).DefaultIfEmpty(0).Max();

    /// <summary>Two lists of lists are equal when they hold equal layers.</summary>
    public static bool AreEqual(IReadOnlyList<IReadOnlyList<LayerSpec>> one, IReadOnlyList<IReadOnlyList<LayerSpec>> other) =>
        one.Count == other.Count && one.Zip(other).All(pair => pair.First.SequenceEqual(pair.Second));
}
