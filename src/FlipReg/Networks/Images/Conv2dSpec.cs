using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using FlipReg.Networks;
using FlipReg.Networks.Images;
using FlipReg.Onnx;
using static System.FormattableString;

namespace FlipReg;

/// <summary>
/// A convolution over images, C × H × W to outputs × H' × W' with H' = ⌊(H + padding + padding end − kernel) / stride⌋ + 1: every pixel of every output channel is the sum
/// over a window of kernel × kernel pixels, times the channel's weights (outputs × C/groups × kernel × kernel), plus its bias.
/// </summary>
/// <param name="Outputs">Channels after the layer; 1 to 65,536.</param>
/// <param name="Kernel">Height and width of the window; 1 to 64.</param>
/// <param name="Stride">Pixels from one window to the next; 1 to 64. Default 1.</param>
/// <param name="Padding">Zeros around the image, in pixels; 0 to 64. Default 0.</param>
/// <param name="Groups">Groups of channels, each of which sees its own inputs only; 1 to 65,536, divides inputs and outputs. As many as inputs: a depthwise convolution. Default 1.</param>
/// <param name="Bias">Whether the bias is added: not before a batch normalization. Default false.</param>
public sealed record Conv2dSpec(
    [property: Range(1, 1 << 16)] int Outputs, [property: Range(1, 64)] int Kernel, [property: Range(1, 64)] int Stride = 1, [property: Range(0, 64)] int Padding = 0,
    [property: Range(1, 1 << 16)] int Groups = 1, bool Bias = false) : LayerSpec
{
    private const int MaximumChannels = 1 << 16;

    /// <summary>Zeros below and right of the image where they are not <see cref="Padding"/>, as TensorFlow's "SAME" has them; 0 to 64. Null: <see cref="Padding"/>. Default null.</summary>
    public int? PaddingEnd { get; init; }

    internal override bool IsForImages => true;

    [JsonIgnore]
    internal Window Window => new(Kernel, Stride, Padding, PaddingEnd ?? Padding);

    internal override RowShape OutputShape(RowShape input)
    {
        RequireImage(input);
        Require(input.Channels % Groups == 0, "Conv2dSpec.Groups", Invariant($"must divide the {input.Channels} channels before the layer"), Groups);
        return Window.Of(input, Outputs, nameof(Conv2dSpec));
    }

    // Normal with variance 2 / (inputs of the gradient of a value): He et al., "Delving Deep into Rectifiers", ICCV 2015, equation 14.
    internal override IEnumerable<TensorSpec> Tensors(RowShape input)
    {
        long inputs = input.Channels / Groups, window = (long)Kernel * Kernel;
        yield return new TensorSpec("weight", [Outputs, inputs, Kernel, Kernel], TensorRole.Parameter, Deviation: Math.Sqrt(2.0 / (Outputs / Groups * window)));
        if (Bias)
            yield return new TensorSpec("bias", [Outputs], TensorRole.Parameter, Value: 0);
    }

    internal override long MultiplyAdds(RowShape input)
    {
        var output = OutputShape(input);
        return LayerTree.Bounded((Int128)output.Values * (input.Channels / Groups) * Kernel * Kernel);
    }

    internal override Layer Build(IReadOnlyList<TorchSharp.torch.Tensor> tensors, RowShape input, LayerRandom random) => new Conv2dLayer(tensors[0], Bias ? tensors[1] : null, Window, Groups);

    internal override string Export(OnnxGraph graph, string input, RowShape shape, IReadOnlyList<OnnxTensor> tensors, string name) =>
        graph.Node("Conv", name, [input, .. tensors.Select(graph.Constant)], [.. Window.Attributes(), new OnnxAttribute("group", Groups)]);

    internal override string Describe(RowShape input) =>
        Invariant($"Conv {Kernel}×{Kernel}, {input.Channels} → {Outputs}{(Groups == 1 ? "" : Invariant($" in {Groups}"))}{(Stride == 1 ? "" : Invariant($", stride {Stride}"))}");

    private protected override void CheckValues()
    {
        Require(Outputs is >= 1 and <= MaximumChannels, "Conv2dSpec.Outputs", Invariant($"must be at least 1 and at most {MaximumChannels}"), Outputs);
        Require(Groups is >= 1 and <= MaximumChannels && Outputs % Groups == 0, "Conv2dSpec.Groups", Invariant($"must be at least 1 and divide the {Outputs} outputs"), Groups);
        Window.Check(nameof(Conv2dSpec));
    }
}
