namespace FlipReg.Tests.Networks.Images;

/// <summary>Small networks that have every kind of layer for images, in the places that matter.</summary>
internal static class ImageNetworks
{
    public static IEnumerable<(string Name, NetworkSpec Spec)> All =>
    [
        ("small CNN", NetworkSpec.SmallCnn([4, 6])),
        ("small CNN with dropout", NetworkSpec.SmallCnn([4], dropout: 0.3)),
        ("residual", NetworkSpec.CifarResNet(8)),
        ("bottleneck", NetworkSpec.CifarResNet(11)),
        ("pre-activation", NetworkSpec.WideResNet(10, 1, dropout: 0.2)),
        ("groups", new NetworkSpec { Layers = [new Conv2dSpec(8, 3, 2, 1, Bias: true), new ReluSpec(), new Conv2dSpec(8, 3, 1, 1, 8), new BatchNormSpec(), new Relu6Spec(), new Conv2dSpec(6, 1, Groups: 2), new AveragePoolSpec(2, 2), new FlattenSpec(), new LinearSpec(7), new ReluSpec()] }),
        ("uneven padding", new NetworkSpec { Layers = [new Conv2dSpec(5, 3, 2) { PaddingEnd = 1 }, new BatchNormSpec(), new ReluSpec(), new MaxPoolSpec(3, 2) { PaddingEnd = 1 }, new FlattenSpec(), new ReluSpec()] }),
        ("branches", new NetworkSpec
        {
            Layers =
            [
                new Conv2dSpec(8, 3, 1, 1), new BatchNormSpec(), new ReluSpec(),
                new BranchesSpec([[], [new Conv2dSpec(4, 1), new BatchNormSpec(), new ReluSpec()]], Split: true), new ChannelShuffleSpec(2),
                new BranchesSpec([[new Conv2dSpec(3, 3, 2, 1)], [new MaxPoolSpec(3, 2, 1)]]), new GlobalAveragePoolSpec(), new DropoutSpec(0.1),
            ],
        }),
        ("residual of activations", new NetworkSpec { Layers = [new ReluSpec(), new ResidualSpec([new ReluSpec(), new ReluSpec()]), new ReluSpec(), new ResidualSpec([new Conv2dSpec(3, 1)]), new DropoutSpec(0.2), new AveragePoolSpec(3, 2, 1), new FlattenSpec(), new BatchNormSpec()] }),
        ("mean image", new NetworkSpec { Layers = [new MeanImageSpec(), new MeanImageSpec(ReverseChannels: true), new ReluSpec(), new FlattenSpec()] }),
        ("no hidden layer but the flattening", new NetworkSpec { Layers = [new FlattenSpec()] }),
    ];
}
