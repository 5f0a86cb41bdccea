using System.Globalization;
using FlipReg.Onnx;
using static System.FormattableString;
using static TorchSharp.torch;

namespace FlipReg.Networks.Images;

/// <summary>Layers one after another.</summary>
internal sealed class LayerSequence : nn.Module<Tensor, Tensor>
{
    private readonly IReadOnlyList<Layer> _layers;

    private LayerSequence(IReadOnlyList<Layer> layers)
        : base("sequence")
    {
        _layers = layers;
        for (var i = 0; i < layers.Count; i++)
            register_module(i.ToString(CultureInfo.InvariantCulture), layers[i]);
    }

    /// <summary>Whether what it gives is nobody's else: neither its input, nor what its last layer needs for its own gradient.</summary>
    public bool GivesFreeOutput => _layers.Count > 0 && !_layers[^1].NeedsOwnOutput;

    /// <summary>Builds the layers of a list from their tensors.</summary>
    public static LayerSequence Of(IReadOnlyList<LayerSpec> specs, RowShape input, IReadOnlyList<Tensor> tensors, LayerRandom random)
    {
        var layers = new List<Layer>();
        var first = 0;
        foreach (var (_, spec, shape) in LayerTree.Walk(specs, input))
        {
            var count = spec.Tensors(shape).Count();
            layers.Add(spec.Build([.. tensors.Skip(first).Take(count)], shape, random));
            first += count;
        }

        Link(layers);
        return new LayerSequence(layers);
    }

    /// <summary>Lets activations overwrite what the layer before them is done with.</summary>
    public static void Link(IReadOnlyList<Layer> layers)
    {
        for (var i = 1; i < layers.Count; i++)
            layers[i].MayOverwriteInput = !layers[i - 1].NeedsOwnOutput;
    }

    /// <summary>Applies layers, and gives back what lies between them: with a graph, what it needs of that stays.</summary>
    public static Tensor Run(IEnumerable<Layer> layers, Tensor input)
    {
        var value = input;
        foreach (var layer in layers)
        {
            var next = layer.forward(value);
            if (!ReferenceEquals(next, value) && !ReferenceEquals(value, input))
                value.Dispose();
            value = next;
        }

        return value;
    }

    /// <summary>Adds the layers of a list to a graph.</summary>
    public static string Export(OnnxGraph graph, IReadOnlyList<LayerSpec> specs, string input, RowShape shape, IReadOnlyList<OnnxTensor> tensors, string name)
    {
        var (value, first) = (input, 0);
        foreach (var (i, spec, own) in LayerTree.Walk(specs, shape))
        {
            var count = spec.Tensors(own).Count();
            value = spec.Export(graph, value, own, [.. tensors.Skip(first).Take(count)], Invariant($"{name}.{i}"));
            first += count;
        }

        return value;
    }

    public override Tensor forward(Tensor input) => Run(_layers, input);
}

/// <summary>The sum of two sequences.</summary>
internal sealed class ResidualLayer : Layer
{
    private readonly LayerSequence _body;
    private readonly LayerSequence? _shortcut;

    public ResidualLayer(LayerSequence body, LayerSequence? shortcut)
        : base("residual")
    {
        (_body, _shortcut) = (body, shortcut);
        register_module("body", body);
        if (shortcut is not null)
            register_module("shortcut", shortcut);
    }

    public override bool NeedsOwnOutput => false;

    public override Tensor forward(Tensor input)
    {
        var body = _body.forward(input);
        var shortcut = _shortcut?.forward(input) ?? input;
        var sum = _body.GivesFreeOutput ? body.Plus_(shortcut) : body.Plus(shortcut);
        if (!ReferenceEquals(sum, body))
            body.Dispose();
        if (!ReferenceEquals(shortcut, input))
            shortcut.Dispose();
        return sum;
    }
}

/// <summary>Sequences side by side.</summary>
internal sealed class BranchesLayer : Layer
{
    private readonly IReadOnlyList<LayerSequence> _branches;
    private readonly bool _split;

    public BranchesLayer(IReadOnlyList<LayerSequence> branches, bool split)
        : base("branches")
    {
        (_branches, _split) = (branches, split);
        for (var i = 0; i < branches.Count; i++)
            register_module(Invariant($"branch{i}"), branches[i]);
    }

    public override bool NeedsOwnOutput => false;

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var channels = input.shape[1] / _branches.Count;
        return cat([.. _branches.Select((branch, i) => branch.forward(_split ? input.narrow(1, i * channels, channels) : input))], 1).MoveToOuterDisposeScope();
    }
}
