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

    /// <summary>How rows hold their image, as the feature column's type says.</summary>
    internal ImageLayout ImageLayout { get; set; } = ImageLayout.ChannelsFirst;

    /// <summary>The complete network for rows of some width.</summary>
    /// <exception cref="InvalidOperationException">The network takes images, and their shape is not known or not that of the rows.</exception>
    internal NetworkSpec BindNetwork(int width, int classes)
    {
        if (!Network.IsForImages)
            return Network.Bind(width, classes, Members, SharesWeights);
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
        if (Members > 1 && Networks.LayerTree.All(Network.Layers.SelectMany(layer => layer.Inner).SelectMany(inner => inner)).Any(layer => layer is LinearSpec))
            yield return new(nameof(Network), $"must have its linear layers in its own list where {nameof(Members)} is above 1", "one inside of another layer", $"Set {nameof(Members)} to 1.");
    }
}
