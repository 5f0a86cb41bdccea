using FlipReg.Networks.Zoo;
using static System.FormattableString;

namespace FlipReg;

/// <content>Networks for small machines, and the zoo by name.</content>
public sealed partial record NetworkSpec
{
    private static readonly Dictionary<string, Func<NetworkSpec>> _named = new(StringComparer.Ordinal)
    {
        ["small_cnn"] = () => SmallCnn(),
        ["cifar_resnet20"] = () => CifarResNet(20),
        ["cifar_resnet29"] = () => CifarResNet(29),
        ["cifar_resnet56"] = () => CifarResNet(56),
        ["cifar_resnet110"] = () => CifarResNet(110),
        ["wrn_40_2"] = () => WideResNet(40, 2),
        ["resnext29_2x64d"] = () => ResNeXt29(2, 64),
        ["resnext29_32x4d"] = () => ResNeXt29(32, 4),
        ["resnet10"] = () => ResNet(10),
        ["resnet18"] = () => ResNet(18),
        ["resnet34"] = () => ResNet(34),
        ["resnet50"] = () => ResNet(50),
        ["resnet101"] = () => ResNet(101),
        ["shufflenet_v2_x1_0"] = ShuffleNetV2,
        ["mobilenet_v2"] = () => MobileNetV2(),
    };

    /// <summary>The names that <see cref="ByName"/> knows.</summary>
    public static IReadOnlyCollection<string> Names => _named.Keys;

    /// <summary>A network by its usual name, such as "resnet18" or "wrn_40_2": TorchVision's names where it has the network. <see cref="Names"/> has all.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException">There is no network of that name.</exception>
    public static NetworkSpec ByName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _named.TryGetValue(name, out var make)
            ? make()
            : throw new ArgumentException($"name must be one of {string.Join(", ", _named.Keys)}. Got '{name}'.", nameof(name));
    }

    /// <summary>
    /// MobileNetV2 (Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018), as TorchVision has it: its weights fit by name.
    /// </summary>
    /// <param name="smallImages">Whether images have about 32 pixels in height and width: the first two strides are left out. Default false: images of about 224.</param>
    public static NetworkSpec MobileNetV2(bool smallImages = false)
    {
        // Expansion, channels, blocks and first stride: the paper's table 2.
        (int Expansion, int Channels, int Blocks, int Stride)[] stages =
            [(1, 16, 1, 1), (6, 24, 2, smallImages ? 1 : 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];
        var layers = new List<LayerSpec>(ConvNormRelu6("features.0", 32, 3, smallImages ? 1 : 2));
        var (channels, number) = (32, 1);
        foreach (var (expansion, outputs, blocks, first) in stages)
        {
            for (var block = 0; block < blocks; block++, number++)
            {
                var (name, stride, width) = (Invariant($"features.{number}"), block == 0 ? first : 1, channels * expansion);
                var isResidual = stride == 1 && channels == outputs;
                // Names inside of a residual go on from its own.
                var prefix = isResidual ? "conv" : $"{name}.conv";
                var expanding = expansion == 1 ? 0 : 1;
                LayerSpec[] body =
                [
                    .. expanding == 0 ? [] : ConvNormRelu6($"{prefix}.0", width, 1),
                    .. ConvNormRelu6(Invariant($"{prefix}.{expanding}"), width, 3, stride, width),
                    Blocks.Conv(Invariant($"{prefix}.{expanding + 1}"), outputs, 1), Blocks.Norm(Invariant($"{prefix}.{expanding + 2}")),
                ];
                layers.AddRange(isResidual ? [new ResidualSpec(body) { Name = name }] : body);
                channels = outputs;
            }
        }

        layers.AddRange(ConvNormRelu6("features.18", 1280, 1));
        layers.Add(new GlobalAveragePoolSpec());
        layers.Add(new DropoutSpec(0.2));
        return new NetworkSpec { Layers = layers, OutputName = "classifier.1" };
    }

    /// <summary>
    /// ShuffleNet V2 of width 1 (Ma et al., "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design", ECCV 2018), as TorchVision has it: its weights fit by name.
    /// Images of about 224 pixels.
    /// </summary>
    public static NetworkSpec ShuffleNetV2()
    {
        var layers = new List<LayerSpec>(Blocks.ConvNormRelu("conv1.0", "conv1.1", 24, 3, 2)) { new MaxPoolSpec(3, 2, 1) };
        var channels = 24;
        foreach (var (stage, outputs, blocks) in new[] { (2, 116, 4), (3, 232, 8), (4, 464, 4) })
        {
            var half = outputs / 2;
            for (var block = 0; block < blocks; block++)
            {
                var stride = block == 0 ? 2 : 1;
                LayerSpec[] second =
                [
                    .. Blocks.ConvNormRelu("branch2.0", "branch2.1", half, 1),
                    Blocks.Conv("branch2.3", half, 3, stride, half), Blocks.Norm("branch2.4"),
                    .. Blocks.ConvNormRelu("branch2.5", "branch2.6", half, 1),
                ];
                LayerSpec[] first = stride == 1 ? [] :
                [
                    Blocks.Conv("branch1.0", channels, 3, stride, channels), Blocks.Norm("branch1.1"),
                    .. Blocks.ConvNormRelu("branch1.2", "branch1.3", half, 1),
                ];
                layers.AddRange([new BranchesSpec([first, second], Split: stride == 1) { Name = Invariant($"stage{stage}.{block}") }, new ChannelShuffleSpec(2)]);
                channels = outputs;
            }
        }

        layers.AddRange(Blocks.ConvNormRelu("conv5.0", "conv5.1", 1024, 1));
        return Complete(layers);
    }

    private static LayerSpec[] ConvNormRelu6(string name, int outputs, int kernel, int stride = 1, int groups = 1) =>
        [Blocks.Conv($"{name}.0", outputs, kernel, stride, groups), Blocks.Norm($"{name}.1"), new Relu6Spec()];
}
