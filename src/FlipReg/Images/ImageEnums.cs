namespace FlipReg;

/// <summary>How an image comes to the size that the network takes.</summary>
public enum ImageResize
{
    /// <summary>The image is scaled, its aspect kept, until it covers the target; what sticks out at two sides is cut off.</summary>
    CenterCrop,

    /// <summary>The image is scaled, its aspect kept, until it fits into the target; the rest at two sides gets the background colour.</summary>
    Fit,

    /// <summary>The image is scaled to the target, its aspect not kept.</summary>
    Fill,
}

/// <summary>What becomes of a row whose image cannot be read: a file that is missing, damaged, truncated, too large or of another format.</summary>
public enum UnreadableImages
{
    /// <summary>An error that names the image, the rule and the remedy.</summary>
    Error,

    /// <summary>
    /// In training the row is left out; the rows left out are counted in one warning, which names the first ones. In scoring such a row gets scores that
    /// are not numbers, and no label.
    /// </summary>
    Skip,
}

/// <summary>A colour, 0 to 255 each.</summary>
/// <param name="Red">Red.</param>
/// <param name="Green">Green.</param>
/// <param name="Blue">Blue.</param>
public readonly record struct PixelColor(byte Red, byte Green, byte Blue)
{
    /// <summary>White.</summary>
    public static PixelColor White => new(255, 255, 255);

    /// <summary>Black.</summary>
    public static PixelColor Black => default;
}
