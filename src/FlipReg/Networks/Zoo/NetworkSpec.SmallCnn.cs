using FlipReg.Networks.Zoo;
using static System.FormattableString;

namespace FlipReg;

/// <content>A small convolutional network.</content>
public sealed partial record NetworkSpec
{
    /// <summary>
    /// A small convolutional network for images of about 28 to 64 pixels: for every entry two 3×3 convolutions with normalization and ReLU, and a pooling to half the size; then the mean
    /// of each channel.
    /// </summary>
    /// <param name="channels">Channels of the stages, 1 to 6 of them, each 1 to 4,096; null means 32, 64, 128.</param>
    /// <param name="dropout">Dropout rate before the last layer, from 0 to below 1. Default 0: none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number of channels or the rate is out of range.</exception>
    public static NetworkSpec SmallCnn(IReadOnlyList<int>? channels = null, double dropout = 0)
    {
        channels ??= [32, 64, 128];
        if (channels.Count is < 1 or > 6 || channels.Any(c => c is < 1 or > 4096))
            throw new ArgumentOutOfRangeException(nameof(channels), Invariant($"channels must be 1 to 6 numbers of at least 1 and at most 4096. Got {InvariantText.List(channels)}."));
        var layers = new List<LayerSpec>();
        for (var i = 0; i < channels.Count; i++)
        {
            if (i > 0)
                layers.Add(new MaxPoolSpec(2, 2));
            layers.AddRange([.. Blocks.ConvNormRelu(Invariant($"conv{i}.0"), Invariant($"conv{i}.1"), channels[i], 3), .. Blocks.ConvNormRelu(Invariant($"conv{i}.3"), Invariant($"conv{i}.4"), channels[i], 3)]);
        }

        layers.Add(new GlobalAveragePoolSpec());
        if (dropout != 0)
            layers.Add(new DropoutSpec(dropout));
        var spec = new NetworkSpec { Layers = layers, OutputName = "fc" };
        spec.Check((Networks.RowShape?)null);
        return spec;
    }
}
