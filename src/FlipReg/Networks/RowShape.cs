using static System.FormattableString;

namespace FlipReg.Networks;

/// <summary>What a layer gets, or gives, for one row: a list of values, or an image (channels, height, width).</summary>
internal readonly record struct RowShape
{
    private RowShape(int channels, int height, int width, bool isImage) => (Channels, Height, Width, IsImage) = (channels, height, width, isImage);

    /// <summary>Channels of an image; of a list the number of its values.</summary>
    public int Channels { get; }

    /// <summary>Rows of pixels; 1 of a list.</summary>
    public int Height { get; }

    /// <summary>Pixels of a row; 1 of a list.</summary>
    public int Width { get; }

    /// <summary>Whether it is an image.</summary>
    public bool IsImage { get; }

    /// <summary>Values in all.</summary>
    public int Values => Channels * Height * Width;

    /// <summary>A list of values.</summary>
    public static RowShape List(int values) => new(values, 1, 1, false);

    /// <summary>An image.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It has more values than an image may have, or none.</exception>
    public static RowShape Image(long channels, long height, long width)
    {
        if (channels < 1 || height < 1 || width < 1 || (Int128)channels * height * width > ImageShape.MaximumValues)
            throw new ArgumentOutOfRangeException("Layers", Invariant($"A layer must give images of 1 to {ImageShape.MaximumValues} values. Got {channels} × {height} × {width}. Use larger images, or fewer strides; or smaller images, or fewer channels."));
        return new RowShape((int)channels, (int)height, (int)width, true);
    }

    /// <summary>An input's shape.</summary>
    public static RowShape Of(ImageShape image) => Image(image.Channels, image.Height, image.Width);

    /// <summary>The shape as text, such as "3 × 32 × 32" or "128".</summary>
    public override string ToString() => IsImage ? Invariant($"{Channels} × {Height} × {Width}") : Invariant($"{Channels}");
}
