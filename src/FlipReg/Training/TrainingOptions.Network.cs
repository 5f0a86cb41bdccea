using FlipReg.Training;
using static System.FormattableString;

namespace FlipReg;

/// <content>What a network for images needs to know.</content>
public abstract partial class TrainingOptions
{
    /// <summary>
    /// The shape of the images in the feature column, for networks that take images; others take their values as a list. Null: taken from the column's type, a vector of three
    /// dimensions (C, H, W), or (H, W, C), where one of the two ends alone can be the channels: 1, 3 or 4. Default null.
    /// </summary>
    /// <remarks>
    /// Rows are read in the order (C, H, W), unless the column's type has the three dimensions (H, W, C) of this shape. Images are encoded by
    /// <see cref="InputEncoding"/> <c>Auto</c> and <c>Standard</c> as standard scores, channel by channel.
    /// </remarks>
    public ImageShape? ImageShape { get; set; }

    /// <summary>
    /// What the layers for images compute with while training. <see cref="Precision.BFloat16"/> halves the memory of activations, and is faster where the processor or the GPU has
    /// it (Intel since 2021, AMD since Zen 4, NVIDIA since Ampere); weights, gradients, running statistics, the last layer and all scoring stay Single. Needs a network that takes images.
    /// Default <see cref="Precision.Float32"/>.
    /// </summary>
    public Precision Precision { get; set; } = Precision.Float32;

    /// <summary>How rows hold their image, as the feature column's type says.</summary>
    internal ImageLayout ImageLayout { get; set; } = ImageLayout.ChannelsFirst;

    /// <summary>The complete network for rows of some width.</summary>
    /// <exception cref="InvalidOperationException">The network takes images, and their shape is not known or not that of the rows.</exception>
    /// <param name="width">Values of a row.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="categories">For each of a row's last values that are categories, how many there are.</param>
    internal NetworkSpec BindNetwork(int width, int classes, IReadOnlyList<int>? categories = null)
    {
        if (!Network.IsForImages)
            return Network.WithCategories(width, categories ?? []).Bind(width, classes, Members, SharesWeights);
        if (ImageShape is not { } image)
            throw new InvalidOperationException(Invariant($"{nameof(ImageShape)} must be given where Network takes images. Got rows of {width} values and null. Set {nameof(ImageShape)} = new ImageShape(channels, height, width)."));
        if (image.Values != width)
            throw new InvalidOperationException(Invariant($"{nameof(ImageShape)} must be that of the rows. Got {image}, which is {image.Values} values, and rows of {width}. Correct it."));
        try
        {
            return Network.Bind(image, classes, ImageLayout, Members, SharesWeights);
        }
        catch (ArgumentException e)
        {
            throw new InvalidOperationException(Invariant($"Network must suit the images, {image}. {e.Message}"), e);
        }
    }

    /// <summary>The channel of each slot of a row, where the network takes images; else null.</summary>
    internal Func<int, int>? ChannelOfSlot()
    {
        if (!Network.IsForImages || ImageShape is not { } image)
            return null;
        var pixels = image.Height * image.Width;
        return ImageLayout == ImageLayout.ChannelsLast ? slot => slot % image.Channels : slot => slot / pixels;
    }

    /// <summary>Rules between the options of this part.</summary>
    private IEnumerable<OptionError> CheckNetwork()
    {
        if (Precision != Precision.Float32 && !Network.IsForImages)
            yield return new(nameof(Precision), $"must be {nameof(Precision.Float32)} where Network takes lists of values", Precision, "Leave it out: such networks gain nothing.");
        if (Members > 1 && Networks.LayerTree.All(Network.Layers.SelectMany(layer => layer.Inner).SelectMany(inner => inner)).Any(layer => layer is LinearSpec))
            yield return new(nameof(Network), $"must have its linear layers in its own list where {nameof(Members)} is above 1", "one inside of another layer", $"Set {nameof(Members)} to 1.");
    }
}

/// <summary>Numbers that a network computes with.</summary>
public enum Precision
{
    /// <summary>Single: 24 bits of precision.</summary>
    Float32,

    /// <summary>Brain floating point: the range of Single in 16 bits, 8 of them precision.</summary>
    BFloat16,
}
