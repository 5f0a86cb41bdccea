using FlipReg.Networks;
using static TorchSharp.torch;

namespace FlipReg.Tests.Networks.Images;

/// <summary>Convolutions give the sums that they stand for, whatever library libtorch leaves them to.</summary>
[TestClass]
public sealed class ConvolutionTests
{
    public static IEnumerable<object[]> Layers() =>
    [
        [new Conv2dSpec(64, 1), 64], [new Conv2dSpec(128, 1, Stride: 2), 64], [new Conv2dSpec(256, 1, Stride: 2), 128], [new Conv2dSpec(512, 1, Stride: 2), 256], [new Conv2dSpec(512, 1), 256],
        [new Conv2dSpec(96, 1, Stride: 3, Bias: true), 48], [new Conv2dSpec(64, 1, Groups: 4), 64], [new Conv2dSpec(64, 3, Padding: 1), 32], [new Conv2dSpec(256, 3, Stride: 2, Padding: 1), 128],
        [new Conv2dSpec(512, 3, Padding: 1), 256], [new Conv2dSpec(64, 7, Stride: 2, Padding: 3), 3], [new Conv2dSpec(96, 3, Padding: 1, Groups: 96), 96], [new Conv2dSpec(32, 3, Stride: 2) { PaddingEnd = 1 }, 32],
    ];

    [TestMethod]
    [DynamicData(nameof(Layers))]
    public void Values_and_gradients_are_those_of_float64(Conv2dSpec layer, int channels)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        foreach (var (rows, size) in from rows in new[] { 1, 2, 5, 20 } from size in new[] { 4, 7, 8, 14 } select (rows, size))
        {
            if (size < layer.Kernel)
                continue;
            var images = randn([rows, size, size, channels], generator: random).permute(0, 3, 1, 2).requires_grad_();
            var input = RowShape.Image(channels, size, size);
            Tensor[] tensors = [.. layer.Tensors(input).Select(t => (Tensor)new TorchSharp.Modules.Parameter(randn(t.Shape, generator: random).div(Math.Sqrt(channels))))];
            using var module = layer.Build(tensors, input, new LayerRandom());
            var values = module.forward(images);
            var (exact, weights) = (images.detach().to(float64).requires_grad_(), tensors.Select(t => t.detach().to(float64).requires_grad_()).ToList());
            var end = layer.PaddingEnd ?? layer.Padding;
            var padded = nn.functional.pad(exact, [layer.Padding, end, layer.Padding, end]);
            var expected = nn.functional.conv2d(padded, weights[0], layer.Bias ? weights[1] : null, [layer.Stride, layer.Stride], groups: layer.Groups);
            var name = FormattableString.Invariant($"{layer}, {rows} × {channels} × {size} × {size}");
            TestData.AreClose(expected.to(float32).contiguous().data<float>(), values.contiguous(), 1e-4, 1e-4, name);
            var gradient = randn(expected.shape, generator: random);
            values.backward([gradient]);
            expected.backward([gradient.to(float64)]);
            TestData.AreClose(exact.grad!.to(float32).contiguous().data<float>(), images.grad!.contiguous(), 1e-3, 1e-4, $"{name}, gradient of the images");
            TestData.AreClose(weights[0].grad!.to(float32).contiguous().data<float>(), tensors[0].grad!.contiguous(), 1e-2, 1e-4, $"{name}, gradient of the weights");
        }
    }
}
