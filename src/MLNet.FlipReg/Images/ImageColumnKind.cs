using FlipReg;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNet.FlipReg.Training;

namespace MLNet.FlipReg.Images;

/// <summary>How a column holds images.</summary>
internal enum ImageColumnKind
{
    /// <summary>Paths of files: text.</summary>
    Paths,

    /// <summary>Contents of files: vectors of Byte of any size.</summary>
    Contents,

    /// <summary>Decoded images: MLImage.</summary>
    Images,

    /// <summary>Pixels: vectors of Byte, C·H·W values.</summary>
    Bytes,

    /// <summary>Pixels: vectors of Single, C·H·W values from 0 to 255.</summary>
    Numbers,
}

/// <summary>The rules of columns with images.</summary>
internal static class ImageColumnKinds
{
    /// <summary>How a column holds images.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="name">Its name.</param>
    /// <param name="shape">What the network takes.</param>
    /// <param name="parameter">The argument that has the column.</param>
    /// <exception cref="ArgumentOutOfRangeException">It holds none.</exception>
    public static ImageColumnKind Of(DataViewType type, string name, ImageShape shape, string parameter)
    {
        if (type is TextDataViewType)
            return ImageColumnKind.Paths;
        if (type.RawType == typeof(MLImage))
            return ImageColumnKind.Images;
        if (type is not VectorDataViewType vector || vector.ItemType is KeyDataViewType || (vector.ItemType.RawType != typeof(byte) && vector.ItemType.RawType != typeof(float)))
            throw Bad(name, type.ToString(), parameter);
        var isByte = vector.ItemType.RawType == typeof(byte);
        if (!vector.IsKnownSize)
            return isByte ? ImageColumnKind.Contents : throw Bad(name, type.ToString(), parameter);
        if (vector.Size != shape.Values)
            throw ColumnRules.Bad($"Column '{name}' must hold the {shape.Values} values of {shape} pixels (Images.Shape) where its vectors have a known size. Got {vector.Size}. Correct the shape; contents of files are vectors of unknown size.", parameter);
        if (vector.Dimensions is [var first, var second, var third] && (first, second, third) != (shape.Channels, shape.Height, shape.Width))
            throw ColumnRules.Bad($"Column '{name}' must have the dimensions {shape} (channels, height, width). Got {InvariantText.List(vector.Dimensions)}. Use ExtractPixels without interleavePixelColors, or correct Images.Shape.", parameter);
        return isByte ? ImageColumnKind.Bytes : ImageColumnKind.Numbers;
    }

    /// <summary>Checks a column by what a pipeline knows of it before there are data.</summary>
    public static void Check(ColumnShape? column, string name, IEnumerable<string> present, string parameter)
    {
        if (column is not { } images)
            throw ColumnRules.MissingFeatures(name, present, parameter);
        var isVector = !images.IsKey && images.IsVector && (images.ItemType == typeof(byte) || (images.ItemType == typeof(float) && images.IsKnownSize));
        if (!isVector && (images.IsVector || (images.ItemType != typeof(ReadOnlyMemory<char>) && images.ItemType != typeof(MLImage))))
            throw Bad(name, images.TypeText, parameter);
    }

    /// <summary>The type of such a column.</summary>
    public static DataViewType TypeOf(ImageColumnKind kind, ImageShape shape) => kind switch
    {
        ImageColumnKind.Paths => TextDataViewType.Instance,
        ImageColumnKind.Contents => new VectorDataViewType(NumberDataViewType.Byte),
        ImageColumnKind.Images => new ImageDataViewType(),
        ImageColumnKind.Bytes => new VectorDataViewType(NumberDataViewType.Byte, shape.Values),
        _ => new VectorDataViewType(NumberDataViewType.Single, shape.Values),
    };

    private static ArgumentOutOfRangeException Bad(string name, string? type, string parameter) =>
        ColumnRules.Bad($"Column '{name}' must hold images, as Images is given: paths (text), contents of files (vectors of Byte of unknown size), MLImage, or pixels (vectors of Byte or Single of known size). Got {type}. Name another column in FeatureColumnName, or leave Images null.", parameter);
}
