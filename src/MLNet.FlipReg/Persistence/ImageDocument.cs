using FlipReg;
using MLNet.FlipReg.Images;
using static System.FormattableString;

namespace MLNet.FlipReg.Persistence;

/// <summary>What a model's document says of the images that it reads. Their normalization is the model's encoding.</summary>
internal sealed record ImageDocument
{
    /// <summary>Channels, rows and columns.</summary>
    public required IReadOnlyList<int> Shape { get; init; }

    public required ImageResize Resize { get; init; }

    /// <summary>Red, green, blue.</summary>
    public required IReadOnlyList<int> Background { get; init; }

    public required long MaximumPixels { get; init; }

    public required UnreadableImages Unreadable { get; init; }

    /// <summary>How the feature column held them.</summary>
    public required ImageColumnKind Column { get; init; }

    /// <summary>A model's document; null where it reads no images.</summary>
    public static ImageDocument? Of(ImageInput? images) => images is not { Options: var options, Kind: var kind } ? null : new ImageDocument
    {
        Shape = [options.Shape.Channels, options.Shape.Height, options.Shape.Width],
        Resize = options.Resize,
        Background = [options.Background.Red, options.Background.Green, options.Background.Blue],
        MaximumPixels = options.MaximumPixels,
        Unreadable = options.Unreadable,
        Column = kind,
    };

    /// <summary>What was written.</summary>
    /// <param name="width">Features of the network.</param>
    /// <exception cref="FormatException">A value is out of its range.</exception>
    public ImageInput ToInput(int width)
    {
        if (Shape.Count != 3 || Shape.Any(size => size < 1) || (Int128)Shape[0] * Shape[1] * Shape[2] != width || Background.Count != 3 || Background.Any(value => value is < 0 or > 255)
            || !Enum.IsDefined(Resize) || !Enum.IsDefined(Unreadable) || !Enum.IsDefined(Column))
            throw Altered(Invariant($"images of {width} values with a background and ways to read them"));
        var options = new ImageOptions
        {
            Shape = new ImageShape(Shape[0], Shape[1], Shape[2]),
            Resize = Resize,
            Background = new PixelColor((byte)Background[0], (byte)Background[1], (byte)Background[2]),
            MaximumPixels = MaximumPixels,
            Unreadable = Unreadable,
        };
        return options.Errors().FirstOrDefault() is { } error ? throw Altered(error.ToString()) : new ImageInput(options, Column);
    }

    private static FormatException Altered(string what) => new(InvariantText.OfFile($"Model.json must describe {what}. The file is altered."));
}
