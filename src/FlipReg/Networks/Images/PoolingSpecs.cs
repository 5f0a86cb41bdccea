using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using FlipReg.Networks;
using FlipReg.Networks.Images;
using FlipReg.Onnx;
using static System.FormattableString;

namespace FlipReg;

/// <summary>The largest value of each window of each channel.</summary>
/// <param name="Kernel">Height and width of the window; 1 to 64.</param>
/// <param name="Stride">Pixels from one window to the next; 1 to 64.</param>
/// <param name="Padding">Pixels around the image that never are the largest; 0 to half the window. Default 0.</param>
public sealed record MaxPoolSpec([property: Range(1, 64)] int Kernel, [property: Range(1, 64)] int Stride, [property: Range(0, 32)] int Padding = 0) : LayerSpec
{
    /// <summary>Pixels below and right of the image; 0 to half the window. Null: <see cref="Padding"/>. Default null.</summary>
    public int? PaddingEnd { get; init; }

    internal override bool IsForImages => true;

    [JsonIgnore]
    internal Window Window => new(Kernel, Stride, Padding, PaddingEnd ?? Padding);

    internal override RowShape OutputShape(RowShape input) => Window.Of(RequireImage(input), input.Channels, nameof(MaxPoolSpec));

    internal override Layer Build(IReadOnlyList<TorchSharp.torch.Tensor> tensors, RowShape input, LayerRandom random) => new MaxPoolLayer(Window);

    internal override string Export(OnnxGraph graph, string input, RowShape shape, IReadOnlyList<OnnxTensor> tensors, string name) => graph.Node("MaxPool", name, [input], [.. Window.Attributes()]);

    internal override string Describe(RowShape input) => Invariant($"Max pooling {Kernel}×{Kernel}, stride {Stride}");

    private protected override void CheckValues()
    {
        Window.Check(nameof(MaxPoolSpec));
        Require(Padding <= Kernel / 2, "MaxPoolSpec.Padding", Invariant($"must be at most half of the window of {Kernel}"), Padding);
        Require(Window.End <= Kernel / 2, "MaxPoolSpec.PaddingEnd", Invariant($"must be at most half of the window of {Kernel}"), Window.End);
    }
}

/// <summary>The mean of each window of each channel. Zeros around the image count.</summary>
/// <param name="Kernel">Height and width of the window; 1 to 64.</param>
/// <param name="Stride">Pixels from one window to the next; 1 to 64.</param>
/// <param name="Padding">Zeros around the image, in pixels; 0 to half the window. Default 0.</param>
public sealed record AveragePoolSpec([property: Range(1, 64)] int Kernel, [property: Range(1, 64)] int Stride, [property: Range(0, 32)] int Padding = 0) : LayerSpec
{
    internal override bool IsForImages => true;

    [JsonIgnore]
    internal Window Window => new(Kernel, Stride, Padding, Padding);

    internal override RowShape OutputShape(RowShape input) => Window.Of(RequireImage(input), input.Channels, nameof(AveragePoolSpec));

    internal override Layer Build(IReadOnlyList<TorchSharp.torch.Tensor> tensors, RowShape input, LayerRandom random) => new AveragePoolLayer(Window);

    internal override string Export(OnnxGraph graph, string input, RowShape shape, IReadOnlyList<OnnxTensor> tensors, string name) =>
        graph.Node("AveragePool", name, [input], [.. Window.Attributes(), new OnnxAttribute("count_include_pad", 1)]);

    internal override string Describe(RowShape input) => Invariant($"Average pooling {Kernel}×{Kernel}, stride {Stride}");

    private protected override void CheckValues()
    {
        Window.Check(nameof(AveragePoolSpec));
        Require(Padding <= Kernel / 2, "AveragePoolSpec.Padding", Invariant($"must be at most half of the window of {Kernel}"), Padding);
    }
}

/// <summary>The mean of each channel: images C × H × W to lists of C values.</summary>
public sealed record GlobalAveragePoolSpec : LayerSpec
{
    internal override bool IsForImages => true;

    internal override RowShape OutputShape(RowShape input) => RowShape.List(RequireImage(input).Channels);

    internal override Layer Build(IReadOnlyList<TorchSharp.torch.Tensor> tensors, RowShape input, LayerRandom random) => new GlobalAveragePoolLayer();

    internal override string Export(OnnxGraph graph, string input, RowShape shape, IReadOnlyList<OnnxTensor> tensors, string name) =>
        graph.Node("Flatten", name, [graph.Node("GlobalAveragePool", $"{name}.pool", [input])], new OnnxAttribute("axis", 1));

    internal override string Describe(RowShape input) => "Global average pooling";
}

/// <summary>Images C × H × W as lists of their values, in the order (C, H, W).</summary>
public sealed record FlattenSpec : LayerSpec
{
    internal override bool IsForImages => true;

    internal override RowShape OutputShape(RowShape input) => RowShape.List(RequireImage(input).Values);

    internal override Layer Build(IReadOnlyList<TorchSharp.torch.Tensor> tensors, RowShape input, LayerRandom random) => new FlattenLayer();

    internal override string Export(OnnxGraph graph, string input, RowShape shape, IReadOnlyList<OnnxTensor> tensors, string name) =>
        graph.Node("Flatten", name, [input], new OnnxAttribute("axis", 1));

    internal override string Describe(RowShape input) => "Flatten";
}
