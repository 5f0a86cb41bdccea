using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.FlipReg.Training;

/// <summary>What a feature column's type says of the images in it.</summary>
internal static class ImageColumn
{
    /// <summary>Options that know the images' shape and how rows hold them, where the network takes images.</summary>
    /// <param name="options">The trainer's options; not changed.</param>
    /// <param name="column">The feature column.</param>
    /// <param name="parameter">The argument that has the column.</param>
    /// <exception cref="ArgumentOutOfRangeException">The shape is not known, or not that of the rows; the network does not suit it.</exception>
    public static TrainingOptions Resolve(TrainingOptions options, DataViewSchema.Column column, string parameter)
    {
        if (!options.Network.IsForImages)
            return options;
        var type = (VectorDataViewType)column.Type;
        var resolved = options.Copy();
        (resolved.ImageShape, resolved.ImageLayout) = options.ImageShape is { } given ? Given(given, type, column.Name, parameter) : Found(type, column.Name, parameter);
        try
        {
            resolved.BindNetwork(type.Size, 2);
        }
        catch (InvalidOperationException e)
        {
            throw ColumnRules.Bad($"Column '{column.Name}' must hold images that suit the network. {e.Message}", parameter);
        }

        return resolved;
    }

    /// <summary>Checks that a column whose type has three dimensions holds the images that a network takes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It holds others.</exception>
    public static void CheckSame(NetworkSpec network, DataViewSchema.Column column, string parameter)
    {
        var type = (VectorDataViewType)column.Type;
        if (network.Image is not { } image || type.Dimensions.Length != 3)
            return;
        if (!type.Dimensions.SequenceEqual(Dimensions(image, network.Layout ?? ImageLayout.ChannelsFirst)))
            throw ColumnRules.Bad($"Column '{column.Name}' must hold images of {InvariantText.List(Dimensions(image, network.Layout ?? ImageLayout.ChannelsFirst))}, in this order, as in training. Got {InvariantText.List(type.Dimensions)}. Apply the transforms of training.", parameter);
    }

    private static (ImageShape Shape, ImageLayout Layout) Given(ImageShape shape, VectorDataViewType type, string name, string parameter)
    {
        if (type.Size != shape.Values)
            throw ColumnRules.Bad($"Column '{name}' must have the {shape.Values} values of ImageShape, {shape}. Got {type.Size}. Correct ImageShape, or resize the images.", parameter);
        var dimensions = type.Dimensions;
        if (dimensions.Length != 3 || dimensions.SequenceEqual(Dimensions(shape, ImageLayout.ChannelsFirst)))
            return (shape, ImageLayout.ChannelsFirst);
        if (dimensions.SequenceEqual(Dimensions(shape, ImageLayout.ChannelsLast)))
            return (shape, ImageLayout.ChannelsLast);
        throw ColumnRules.Bad($"Column '{name}' must have the dimensions of ImageShape, {shape}, in the order (C, H, W) or (H, W, C). Got {InvariantText.List(dimensions)}. Correct ImageShape.", parameter);
    }

    /// <summary>Of a vector of three dimensions, the channels are the first or the last, whichever alone is 1, 3 or 4.</summary>
    private static (ImageShape Shape, ImageLayout Layout) Found(VectorDataViewType type, string name, string parameter)
    {
        var dimensions = type.Dimensions;
        if (dimensions.Length != 3)
            throw ColumnRules.Bad($"Column '{name}' must have the three dimensions of an image, or ImageShape must be given, where Network takes images. Got {type.Size} values in {dimensions.Length} dimensions. Set ImageShape = new ImageShape(channels, height, width).", parameter);
        var (first, last) = (dimensions[0] is 1 or 3 or 4, dimensions[2] is 1 or 3 or 4);
        if (first == last)
            throw ColumnRules.Bad($"Column '{name}' must have 1, 3 or 4 channels either first or last, where ImageShape is not given. Got {InvariantText.List(dimensions)}. Set ImageShape = new ImageShape(channels, height, width).", parameter);
        return first
            ? (new ImageShape(dimensions[0], dimensions[1], dimensions[2]), ImageLayout.ChannelsFirst)
            : (new ImageShape(dimensions[2], dimensions[0], dimensions[1]), ImageLayout.ChannelsLast);
    }

    private static int[] Dimensions(ImageShape shape, ImageLayout layout) => layout == ImageLayout.ChannelsFirst
        ? [shape.Channels, shape.Height, shape.Width]
        : [shape.Height, shape.Width, shape.Channels];
}
