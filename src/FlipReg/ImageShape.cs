using System.Text.Json.Serialization;
using static System.FormattableString;

namespace FlipReg;

/// <summary>
/// The shape of an image as a network takes it. Its C·H·W values lie channel by channel, each row by row: (C, H, W), as PyTorch and ONNX models have them.
/// </summary>
[JsonConverter(typeof(ImageShapeJson))]
public sealed record ImageShape
{
    /// <summary>Values that an image may have at most.</summary>
    internal const int MaximumValues = 1 << 28;

    /// <param name="channels">Channels, C: 1 for grey, 3 for red, green and blue; at least 1.</param>
    /// <param name="height">Rows of pixels, H; at least 1.</param>
    /// <param name="width">Pixels of a row, W; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is below 1, or the image has more than 268,435,456 values.</exception>
    public ImageShape(int channels, int height, int width)
    {
        (Channels, Height, Width) = (Positive(channels, nameof(channels)), Positive(height, nameof(height)), Positive(width, nameof(width)));
        if ((Int128)channels * height * width > MaximumValues)
            throw new ArgumentOutOfRangeException(nameof(width), Invariant($"An image must have at most {MaximumValues} values. Got {channels} × {height} × {width}. Scale the images down."));
    }

    /// <summary>Channels, C.</summary>
    public int Channels { get; }

    /// <summary>Rows of pixels, H.</summary>
    public int Height { get; }

    /// <summary>Pixels of a row, W.</summary>
    public int Width { get; }

    /// <summary>Values of an image: C·H·W.</summary>
    internal int Values => Channels * Height * Width;

    /// <summary>The shape as text, such as "3 × 224 × 224".</summary>
    public override string ToString() => Invariant($"{Channels} × {Height} × {Width}");

    private static int Positive(int value, string name) =>
        value >= 1 ? value : throw new ArgumentOutOfRangeException(name, Invariant($"An image's {name} must be at least 1. Got {value}."));
}
