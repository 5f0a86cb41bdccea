using FlipReg.Networks;
using FlipReg.Networks.Images;
using FlipReg.Onnx;

namespace FlipReg;

/// <summary>
/// Subtracts a mean image, which comes with pretrained weights and is not trained; until then it is 0. Some networks that were trained so take blue, green and red in this order.
/// </summary>
/// <param name="ReverseChannels">Whether the channels are turned around first, from red, green, blue. Default false.</param>
public sealed record MeanImageSpec(bool ReverseChannels = false) : LayerSpec
{
    internal override bool IsForImages => true;

    internal override RowShape OutputShape(RowShape input) => RequireImage(input);

    // The layer's name is the tensor's.
    internal override IEnumerable<TensorSpec> Tensors(RowShape input) => [new TensorSpec("mean", [1, input.Channels, input.Height, input.Width], TensorRole.Buffer, Value: 0) { ImportName = "" }];

    internal override long MultiplyAdds(RowShape input) => 0;

    internal override Layer Build(IReadOnlyList<TorchSharp.torch.Tensor> tensors, RowShape input, LayerRandom random) => new MeanImageLayer(tensors[0], ReverseChannels);

    internal override string Export(OnnxGraph graph, string input, RowShape shape, IReadOnlyList<OnnxTensor> tensors, string name)
    {
        var turned = ReverseChannels
            ? graph.Node("Gather", $"{name}.turned", [input, graph.Constant($"{name}.channels", [.. Enumerable.Range(0, shape.Channels).Select(c => (long)(shape.Channels - 1 - c))], [shape.Channels])], new OnnxAttribute("axis", 1))
            : input;
        return graph.Node("Sub", name, [turned, graph.Constant(tensors[0])]);
    }

    internal override string Describe(RowShape input) => "Mean image";
}
