using FlipReg.Networks.Zoo;
using static System.FormattableString;

namespace FlipReg;

/// <content>Residual networks.</content>
public sealed partial record NetworkSpec
{
    /// <summary>
    /// A residual network for photographs (He et al., "Deep Residual Learning for Image Recognition", CVPR 2016), with the stride of bottleneck blocks in the 3×3 convolution,
    /// as TorchVision has it: its weights fit by name.
    /// </summary>
    /// <param name="depth">10, 18 or 34 (basic blocks), 50 or 101 (bottleneck blocks).</param>
    /// <param name="smallImages">Whether images have about 32 pixels in height and width: a 3×3 convolution without stride and without pooling comes first. Default false: images of about 224.</param>
    /// <param name="preActivation">Whether normalization and activation come before each convolution (He et al., "Identity Mappings in Deep Residual Networks", ECCV 2016). Default false.</param>
    /// <exception cref="ArgumentOutOfRangeException">The depth is another one.</exception>
    public static NetworkSpec ResNet(int depth, bool smallImages = false, bool preActivation = false)
    {
        int[] blocks = depth switch
        {
            10 => [1, 1, 1, 1],
            18 => [2, 2, 2, 2],
            34 or 50 => [3, 4, 6, 3],
            101 => [3, 4, 23, 3],
            _ => throw new ArgumentOutOfRangeException(nameof(depth), Invariant($"depth must be 10, 18, 34, 50 or 101. Got {depth}.")),
        };
        var expansion = depth < 50 ? 1 : 4;
        var layers = new List<LayerSpec> { Blocks.Conv("conv1", 64, smallImages ? 3 : 7, smallImages ? 1 : 2) };
        if (!preActivation)
            layers.AddRange([Blocks.Norm("bn1"), new ReluSpec()]);
        if (!smallImages)
            layers.Add(new MaxPoolSpec(3, 2, 1));
        var channels = 64;
        for (var stage = 0; stage < blocks.Length; stage++)
        {
            var width = 64 << stage;
            for (var block = 0; block < blocks[stage]; block++)
            {
                var (name, stride, outputs) = (Invariant($"layer{stage + 1}.{block}"), block == 0 && stage > 0 ? 2 : 1, width * expansion);
                layers.AddRange((preActivation, expansion) switch
                {
                    (false, 1) => Blocks.Basic(name, channels, outputs, stride),
                    (false, _) => Blocks.Bottleneck(name, channels, width, outputs, stride),
                    (true, 1) => Blocks.PreActivation(name, channels, (outputs, 3, stride), (outputs, 3, 1)),
                    _ => Blocks.PreActivation(name, channels, (width, 1, 1), (width, 3, stride), (outputs, 1, 1)),
                });
                channels = outputs;
            }
        }

        if (preActivation)
            layers.AddRange([Blocks.Norm("bn"), new ReluSpec()]);
        return Complete(layers);
    }

    /// <summary>
    /// A residual network for images of 32×32 pixels (He et al., CVPR 2016, section 4.2): three stages of 16, 32 and 64 channels, with projections where they change. Depth 6n + 2 gives
    /// n basic blocks a stage, such as 20, 56 and 110; depth 9n + 2 that is not one of these n bottleneck blocks with four times the channels, such as 29.
    /// </summary>
    /// <param name="depth">Layers with weights: 6n + 2 or 9n + 2, from 8 to 302. What is both, such as 20 or 110, has basic blocks.</param>
    /// <exception cref="ArgumentOutOfRangeException">The depth is another one.</exception>
    public static NetworkSpec CifarResNet(int depth)
    {
        var basic = (depth - 2) % 6 == 0;
        if (depth is < 8 or > 302 || !(basic || (depth - 2) % 9 == 0))
            throw new ArgumentOutOfRangeException(nameof(depth), Invariant($"depth must be 6n + 2 or 9n + 2, from 8 to 302, such as 20, 29, 56 or 110. Got {depth}."));
        var layers = new List<LayerSpec>(Blocks.ConvNormRelu("conv1", "bn1", 16, 3));
        AddStages(layers, (depth - 2) / (basic ? 6 : 9), 3, 16, (name, channels, width, stride) =>
            basic ? (Blocks.Basic(name, channels, width, stride), width) : (Blocks.Bottleneck(name, channels, width, 4 * width, stride), 4 * width));
        return Complete(layers);
    }

    /// <summary>
    /// A wide residual network for images of 32×32 pixels (Zagoruyko and Komodakis, "Wide Residual Networks", BMVC 2016): WRN-40-2 is depth 40 and widening 2.
    /// </summary>
    /// <param name="depth">Layers with weights, 6n + 4, from 10 to 100.</param>
    /// <param name="widening">Times the channels of 16, 32 and 64; 1 to 20.</param>
    /// <param name="dropout">Dropout between a block's convolutions, from 0 to below 1. Default 0: none.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public static NetworkSpec WideResNet(int depth, int widening, double dropout = 0)
    {
        if (depth is < 10 or > 100 || (depth - 4) % 6 != 0)
            throw new ArgumentOutOfRangeException(nameof(depth), Invariant($"depth must be 6n + 4, from 10 to 100, such as 16, 28 or 40. Got {depth}."));
        if (widening is < 1 or > 20)
            throw new ArgumentOutOfRangeException(nameof(widening), Invariant($"widening must be at least 1 and at most 20. Got {widening}."));
        var layers = new List<LayerSpec> { Blocks.Conv("conv1", 16, 3) };
        AddStages(layers, (depth - 4) / 6, 3, 16 * widening, (name, channels, width, stride) =>
            (WithDropout(Blocks.PreActivation(name, channels, (width, 3, stride), (width, 3, 1)), dropout), width), inputs: 16);
        layers.AddRange([Blocks.Norm("bn1"), new ReluSpec()]);
        return Complete(layers);
    }

    /// <summary>
    /// ResNeXt-29 for images of 32×32 pixels (Xie et al., "Aggregated Residual Transformations for Deep Neural Networks", CVPR 2017) in its small form: three stages, bottleneck blocks
    /// that give twice their width. Cardinality 2 with width 64 is ResNeXt29-2x64d, 32 with 4 ResNeXt29-32x4d.
    /// </summary>
    /// <param name="cardinality">Groups of the 3×3 convolutions; 1 to 64.</param>
    /// <param name="width">Channels of a group in the first stage; 1 to 128.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public static NetworkSpec ResNeXt29(int cardinality, int width)
    {
        if (cardinality is < 1 or > 64)
            throw new ArgumentOutOfRangeException(nameof(cardinality), Invariant($"cardinality must be at least 1 and at most 64. Got {cardinality}."));
        if (width is < 1 or > 128)
            throw new ArgumentOutOfRangeException(nameof(width), Invariant($"width must be at least 1 and at most 128. Got {width}."));
        var layers = new List<LayerSpec>(Blocks.ConvNormRelu("conv1", "bn1", 64, 1));
        AddStages(layers, 3, 3, cardinality * width, (name, channels, group, stride) => (Blocks.Bottleneck(name, channels, group, 2 * group, stride, cardinality), 2 * group), inputs: 64);
        return Complete(layers);
    }

    /// <summary>Adds stages of blocks, each twice as wide as the one before it; all but the first start with a stride of 2.</summary>
    private static void AddStages(List<LayerSpec> layers, int blocks, int stages, int width, Func<string, int, int, int, (IReadOnlyList<LayerSpec> Layers, int Outputs)> block, int? inputs = null)
    {
        var channels = inputs ?? width;
        for (var stage = 0; stage < stages; stage++)
        {
            for (var i = 0; i < blocks; i++)
            {
                var (own, outputs) = block(Invariant($"layer{stage + 1}.{i}"), channels, width << stage, i == 0 && stage > 0 ? 2 : 1);
                layers.AddRange(own);
                channels = outputs;
            }
        }
    }

    private static IReadOnlyList<LayerSpec> WithDropout(IReadOnlyList<LayerSpec> block, double rate) => rate == 0
        ? block
        : [.. block.Select(layer => layer is ResidualSpec residual ? residual with { Body = [.. residual.Body.SkipLast(1), new DropoutSpec(rate), residual.Body[^1]] } : layer)];

    private static NetworkSpec Complete(List<LayerSpec> layers, string outputName = "fc")
    {
        layers.Add(new GlobalAveragePoolSpec());
        var spec = new NetworkSpec { Layers = layers, OutputName = outputName };
        spec.Check((Networks.RowShape?)null);
        return spec;
    }
}
