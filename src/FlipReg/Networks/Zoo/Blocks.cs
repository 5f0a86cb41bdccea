namespace FlipReg.Networks.Zoo;

/// <summary>The parts that the networks of the zoo are made of. Names are those of PyTorch's modules.</summary>
internal static class Blocks
{
    /// <summary>Padding that keeps an image's size at stride 1.</summary>
    public static int Same(int kernel) => kernel / 2;

    public static Conv2dSpec Conv(string name, int outputs, int kernel, int stride = 1, int groups = 1) => new(outputs, kernel, stride, Same(kernel), groups) { Name = name };

    public static BatchNormSpec Norm(string name) => new() { Name = name };

    /// <summary>Convolution, normalization, ReLU.</summary>
    public static LayerSpec[] ConvNormRelu(string conv, string norm, int outputs, int kernel, int stride = 1, int groups = 1) =>
        [Conv(conv, outputs, kernel, stride, groups), Norm(norm), new ReluSpec()];

    /// <summary>A 1×1 convolution with normalization, where a block changes the shape; else null.</summary>
    public static LayerSpec[]? Projection(string name, int inputs, int outputs, int stride) => inputs == outputs && stride == 1
        ? null
        : [Conv($"{name}.0", outputs, 1, stride), Norm($"{name}.1")];

    /// <summary>The basic block of residual networks: two 3×3 convolutions. An activation follows.</summary>
    public static LayerSpec[] Basic(string name, int inputs, int outputs, int stride) =>
    [
        new ResidualSpec([.. ConvNormRelu("conv1", "bn1", outputs, 3, stride), Conv("conv2", outputs, 3), Norm("bn2")], Projection("downsample", inputs, outputs, stride)) { Name = name },
        new ReluSpec(),
    ];

    /// <summary>The bottleneck block: 1×1, 3×3 (which has the stride, and the groups of ResNeXt), 1×1. An activation follows.</summary>
    public static LayerSpec[] Bottleneck(string name, int inputs, int width, int outputs, int stride, int groups = 1) =>
    [
        new ResidualSpec(
            [.. ConvNormRelu("conv1", "bn1", width, 1), .. ConvNormRelu("conv2", "bn2", width, 3, stride, groups), Conv("conv3", outputs, 1), Norm("bn3")],
            Projection("downsample", inputs, outputs, stride)) { Name = name },
        new ReluSpec(),
    ];

    /// <summary>
    /// A block with normalization and activation before each convolution (He et al., "Identity Mappings in Deep Residual Networks", ECCV 2016). Where it changes the shape, the
    /// first activation is in front of both ways, and the projection is a convolution alone.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <param name="inputs">Channels before it.</param>
    /// <param name="convolutions">Outputs, kernel and stride of each convolution.</param>
    public static LayerSpec[] PreActivation(string name, int inputs, params IReadOnlyList<(int Outputs, int Kernel, int Stride)> convolutions)
    {
        var body = new List<LayerSpec>();
        for (var i = 0; i < convolutions.Count; i++)
        {
            var (width, kernel, steps) = convolutions[i];
            body.AddRange([Norm(FormattableString.Invariant($"bn{i + 1}")), new ReluSpec(), Conv(FormattableString.Invariant($"conv{i + 1}"), width, kernel, steps)]);
        }

        var (outputs, stride) = (convolutions[^1].Outputs, convolutions.Aggregate(1, (product, c) => product * c.Stride));
        if (inputs == outputs && stride == 1)
            return [new ResidualSpec(body) { Name = name }];
        return [body[0] with { Name = $"{name}.bn1" }, body[1], new ResidualSpec([.. body.Skip(2)], [Conv("shortcut.0", outputs, 1, stride)]) { Name = name }];
    }
}
