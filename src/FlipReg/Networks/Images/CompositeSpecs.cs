using System.ComponentModel.DataAnnotations;
using FlipReg.Networks;
using FlipReg.Networks.Images;
using FlipReg.Onnx;
using static System.FormattableString;

namespace FlipReg;

/// <summary>min(max(x, 0), 6) (Krizhevsky 2010).</summary>
public sealed record Relu6Spec : LayerSpec
{
    internal override Layer Build(IReadOnlyList<TorchSharp.torch.Tensor> tensors, RowShape input, LayerRandom random) => new Relu6Layer();

    // Clip has its bounds in other places from opset 11 on.
    internal override string Export(OnnxGraph graph, string input, RowShape shape, IReadOnlyList<OnnxTensor> tensors, string name) =>
        graph.Node("Min", name, [graph.Node("Relu", $"{name}.relu", [input]), graph.Constant(new OnnxTensor("six", [1], [6f]))]);

    internal override string Describe(RowShape input) => "ReLU6";
}

/// <summary>
/// Channels in another order: those of G groups one after another become one of each group, again and again (Zhang et al., "ShuffleNet", CVPR 2018).
/// </summary>
/// <param name="Groups">Groups, G; 2 to 65,536, divides the channels.</param>
public sealed record ChannelShuffleSpec([property: Range(2, 1 << 16)] int Groups) : LayerSpec
{
    internal override bool IsForImages => true;

    internal override RowShape OutputShape(RowShape input)
    {
        Require(RequireImage(input).Channels % Groups == 0, "ChannelShuffleSpec.Groups", Invariant($"must divide the {input.Channels} channels before the layer"), Groups);
        return input;
    }

    internal override Layer Build(IReadOnlyList<TorchSharp.torch.Tensor> tensors, RowShape input, LayerRandom random) => new ChannelShuffleLayer(Groups);

    internal override string Export(OnnxGraph graph, string input, RowShape shape, IReadOnlyList<OnnxTensor> tensors, string name)
    {
        var grouped = graph.Node("Reshape", $"{name}.grouped", [input, graph.Constant($"{name}.groups", [-1, Groups, shape.Channels / Groups, shape.Height, shape.Width], [5])]);
        var turned = graph.Node("Transpose", $"{name}.turned", [grouped], new OnnxAttribute("perm", [0, 2, 1, 3, 4]));
        return graph.Node("Reshape", name, [turned, graph.Constant($"{name}.shape", [-1, shape.Channels, shape.Height, shape.Width], [4])]);
    }

    internal override string Describe(RowShape input) => Invariant($"Channel shuffle {Groups}");

    private protected override void CheckValues() => Require(Groups is >= 2 and <= 1 << 16, "ChannelShuffleSpec.Groups", "must be at least 2 and at most 65536", Groups);
}

/// <summary>
/// The sum of what two lists of layers make of a row (He et al., "Deep Residual Learning for Image Recognition", CVPR 2016); an activation behind it is a layer of its own.
/// </summary>
/// <param name="Body">Layers of the residual; at least one.</param>
/// <param name="Shortcut">Layers beside it, such as a projection where the shape changes. Null: the row itself. Default null.</param>
public sealed record ResidualSpec(IReadOnlyList<LayerSpec> Body, IReadOnlyList<LayerSpec>? Shortcut = null) : LayerSpec
{
    internal override IReadOnlyList<IReadOnlyList<LayerSpec>> Inner => [Body, Shortcut ?? []];

    internal override string NameOfInner(int list) => list == 0 ? "body" : "shortcut";

    internal override bool IsForImages => LayerTree.All(Body).Any(layer => layer.IsForImages);

    internal override RowShape OutputShape(RowShape input)
    {
        var (body, shortcut) = (LayerTree.OutputShape(Body, input), LayerTree.OutputShape(Shortcut ?? [], input));
        Require(body == shortcut, "ResidualSpec.Shortcut", Invariant($"must give what Body gives, {body}"), shortcut);
        return body;
    }

    internal override long MultiplyAdds(RowShape input) => LayerTree.Bounded((Int128)LayerTree.MultiplyAdds(Body, input) + LayerTree.MultiplyAdds(Shortcut ?? [], input));

    internal override long RowValues(RowShape input) => LayerTree.Bounded((Int128)LayerTree.RowValues(Body, input) + LayerTree.RowValues(Shortcut ?? [], input));

    internal override IEnumerable<TensorSpec> Tensors(RowShape input) => LayerTree.Tensors(Body, input, "body").Concat(LayerTree.Tensors(Shortcut ?? [], input, "shortcut"));

    internal override Layer Build(IReadOnlyList<TorchSharp.torch.Tensor> tensors, RowShape input, LayerRandom random)
    {
        var first = LayerTree.Tensors(Body, input).Count();
        return new ResidualLayer(LayerSequence.Of(Body, input, [.. tensors.Take(first)], random), Shortcut is { Count: > 0 } ? LayerSequence.Of(Shortcut, input, [.. tensors.Skip(first)], random) : null);
    }

    internal override string Export(OnnxGraph graph, string input, RowShape shape, IReadOnlyList<OnnxTensor> tensors, string name)
    {
        var first = LayerTree.Tensors(Body, shape).Count();
        var body = LayerSequence.Export(graph, Body, input, shape, [.. tensors.Take(first)], $"{name}.body");
        var shortcut = LayerSequence.Export(graph, Shortcut ?? [], input, shape, [.. tensors.Skip(first)], $"{name}.shortcut");
        return graph.Node("Add", name, [body, shortcut]);
    }

    internal override string Describe(RowShape input) => Shortcut is { Count: > 0 } ? "Residual, projected" : "Residual";

    /// <summary>Two layers are equal when the layers inside of them are, one by one.</summary>
    public bool Equals(ResidualSpec? other) => other is not null && Name == other.Name && LayerTree.AreEqual(Inner, other.Inner);

    /// <inheritdoc/>
    public override int GetHashCode() => Body.Aggregate(Body.Count, HashCode.Combine);

    private protected override void CheckValues()
    {
        Require(Body is { Count: > 0 } && Body.All(layer => layer is not null), "ResidualSpec.Body", "must be at least 1 layer, none of them null", Body?.Count ?? 0);
        Require(Shortcut?.All(layer => layer is not null) != false, "ResidualSpec.Shortcut", "must hold layers that are not null", "null");
    }
}

/// <summary>
/// Several lists of layers side by side, whose output channels stand one list's after another's: Inception's blocks, or, with the channels split among them, ShuffleNet's.
/// </summary>
/// <param name="Branches">2 to 64 lists. An empty one hands on what it gets.</param>
/// <param name="Split">Whether each list gets its equal share of the channels, one after another. Default false: each gets all.</param>
public sealed record BranchesSpec(IReadOnlyList<IReadOnlyList<LayerSpec>> Branches, bool Split = false) : LayerSpec
{
    internal override IReadOnlyList<IReadOnlyList<LayerSpec>> Inner => Branches;

    internal override string NameOfInner(int list) => Invariant($"branch{list}");

    internal override RowShape InputOfInner(RowShape input) => Own(input);

    internal override bool IsForImages => true;

    internal override RowShape OutputShape(RowShape input)
    {
        var own = Own(input);
        var outputs = Branches.Select(branch => LayerTree.OutputShape(branch, own)).ToList();
        foreach (var output in outputs)
            Require(output.IsImage && (output.Height, output.Width) == (outputs[0].Height, outputs[0].Width), "BranchesSpec.Branches", Invariant($"must give images of one size, that of the first, {outputs[0]}"), output);
        return RowShape.Image(outputs.Sum(output => (long)output.Channels), outputs[0].Height, outputs[0].Width);
    }

    internal override long MultiplyAdds(RowShape input) => LayerTree.Bounded(Branches.Aggregate((Int128)0, (sum, branch) => sum + LayerTree.MultiplyAdds(branch, Own(input))));

    internal override long RowValues(RowShape input) => LayerTree.Bounded(Branches.Aggregate((Int128)OutputShape(input).Values, (sum, branch) => sum + LayerTree.RowValues(branch, Own(input))));

    internal override IEnumerable<TensorSpec> Tensors(RowShape input) => Branches.SelectMany((branch, i) => LayerTree.Tensors(branch, Own(input), Invariant($"branch{i}")));

    internal override Layer Build(IReadOnlyList<TorchSharp.torch.Tensor> tensors, RowShape input, LayerRandom random) =>
        new BranchesLayer([.. Divide(tensors, input).Select((own, i) => LayerSequence.Of(Branches[i], Own(input), own, random))], Split);

    internal override string Export(OnnxGraph graph, string input, RowShape shape, IReadOnlyList<OnnxTensor> tensors, string name)
    {
        var own = Own(shape);
        var outputs = Divide(tensors, shape).Select((values, i) =>
        {
            var part = Invariant($"{name}.branch{i}");
            var channels = Split ? graph.Node("Gather", $"{part}.input", [input, graph.Constant($"{part}.channels", [.. Enumerable.Range(i * own.Channels, own.Channels).Select(c => (long)c)], [own.Channels])], new OnnxAttribute("axis", 1)) : input;
            return LayerSequence.Export(graph, Branches[i], channels, own, values, part);
        }).ToList();
        return graph.Node("Concat", name, outputs, new OnnxAttribute("axis", 1));
    }

    internal override string Describe(RowShape input) => Invariant($"{(Split ? "Split into" : "Branches")} {Branches.Count}");

    /// <summary>Two layers are equal when the layers inside of them are, one by one.</summary>
    public bool Equals(BranchesSpec? other) => other is not null && Name == other.Name && Split == other.Split && LayerTree.AreEqual(Branches, other.Branches);

    /// <inheritdoc/>
    public override int GetHashCode() => Branches.SelectMany(branch => branch).Aggregate(Branches.Count, HashCode.Combine);

    private protected override void CheckValues()
    {
        Require(Branches is { Count: >= 2 and <= 64 }, "BranchesSpec.Branches", "must be at least 2 and at most 64 lists", Branches?.Count ?? 0);
        Require(Branches!.All(branch => branch is not null && branch.All(layer => layer is not null)), "BranchesSpec.Branches", "must hold layers that are not null", "null");
    }

    /// <summary>What each list gets.</summary>
    private RowShape Own(RowShape input)
    {
        RequireImage(input);
        if (!Split)
            return input;
        Require(input.Channels % Branches.Count == 0, "BranchesSpec.Branches", Invariant($"must divide the {input.Channels} channels before the layer"), Branches.Count);
        return RowShape.Image(input.Channels / Branches.Count, input.Height, input.Width);
    }

    private IEnumerable<IReadOnlyList<T>> Divide<T>(IReadOnlyList<T> tensors, RowShape input)
    {
        var first = 0;
        foreach (var branch in Branches)
        {
            var count = LayerTree.Tensors(branch, Own(input)).Count();
            yield return [.. tensors.Skip(first).Take(count)];
            first += count;
        }
    }
}
