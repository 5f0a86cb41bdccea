using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using FlipReg.Training;
using static System.FormattableString;

namespace FlipReg;

/// <summary>
/// How a trainer reads the images in its feature column, and what it does with them in training. The column holds paths of files (text), contents of
/// files (vectors of Byte of unknown size), images (<c>MLImage</c>), or pixels, C·H·W values from 0 to 255 (vectors of Byte or Single of known size).
/// </summary>
public sealed record ImageOptions
{
    /// <summary>What the network takes: 1 channel (grey) or 3 (red, green, blue), rows, columns. Images are brought to that size. Default 3 × 224 × 224.</summary>
    [Required]
    public ImageShape Shape { get; init; } = new(3, 224, 224);

    /// <summary>How images come to that size. Default <see cref="ImageResize.CenterCrop"/>.</summary>
    public ImageResize Resize { get; init; } = ImageResize.CenterCrop;

    /// <summary>What transparent parts lie over, and what surrounds an image with <see cref="ImageResize.Fit"/>. Default white.</summary>
    public PixelColor Background { get; init; } = PixelColor.White;

    /// <summary>
    /// Pixels that an image may have by its header, before it is scaled; 1 to 2³⁰. A larger one is refused before it is decoded. Decoding takes 4 bytes for
    /// each, on each thread. Default 100,000,000.
    /// </summary>
    [Range(1, 1 << 30)]
    public long MaximumPixels { get; init; } = 100_000_000;

    /// <summary>
    /// What is subtracted from each channel, as a share of 255 (0 to 1; one value a channel), such as <see cref="ImageNetMean"/>. Null: the mean of the training
    /// images. Default null.
    /// </summary>
    public IReadOnlyList<double>? Mean { get; init; }

    /// <summary>What each channel is divided by then, as a share of 255; above 0, one value a channel. Null: the standard deviation of the training images. Default null.</summary>
    public IReadOnlyList<double>? StandardDeviation { get; init; }

    /// <summary>What becomes of a row whose image cannot be read. Default <see cref="UnreadableImages.Error"/>.</summary>
    public UnreadableImages Unreadable { get; init; } = UnreadableImages.Error;

    /// <summary>How training images are varied from epoch to epoch, or null: not at all. Scoring never varies them. Default null.</summary>
    public ImageAugmentation? Augmentation { get; init; }

    /// <summary>
    /// MiB of decoded images (a byte a value) that a fit holds in memory; more are held in a file that is mapped into memory. At least 1. Null: half of the machine's memory.
    /// Default null.
    /// </summary>
    [JsonIgnore]
    [Range(1, int.MaxValue)]
    public int? MemoryMegabytes { get; init; }

    /// <summary>
    /// Folder for decoded images, made where it is missing, or null. A fit on paths finds there what an earlier one decoded of the same files (path, size, time
    /// of the last change) by the same options, and need not decode it again. Null: decoded images are kept for the fit alone, and where they do not fit
    /// into <see cref="MemoryMegabytes"/>, in the system's folder for temporary files. Default null.
    /// </summary>
    [JsonIgnore]
    public string? CacheDirectory { get; init; }

    /// <summary>Threads that decode, 1 to 1024. Null: as many as there are processors. The result does not depend on it. Default null.</summary>
    [JsonIgnore]
    [Range(1, 1024)]
    public int? DecodingThreads { get; init; }

    /// <summary>Means of the channels of ImageNet, which published weights were trained with.</summary>
    public static IReadOnlyList<double> ImageNetMean { get; } = [0.485, 0.456, 0.406];

    /// <summary>Standard deviations of the channels of ImageNet.</summary>
    public static IReadOnlyList<double> ImageNetStandardDeviation { get; } = [0.229, 0.224, 0.225];

    /// <summary>Broken rules.</summary>
    internal IEnumerable<OptionError> Errors()
    {
        foreach (var error in OptionRules.ErrorsOf(this))
            yield return error;
        if (Shape is null)
            yield break;
        if (Shape.Channels is not (1 or 3))
            yield return new(nameof(Shape), "must have 1 channel (grey) or 3 (colour)", Shape, "Give new ImageShape(3, height, width).");
        if (Mean is not null && (Mean.Count != Shape.Channels || !Mean.All(value => value is >= 0 and <= 1)))
            yield return new(nameof(Mean), Invariant($"must hold {Shape.Channels} values from 0 to 1, one a channel"), InvariantText.List(Mean), "Divide values from 0 to 255 by 255, or leave it null.");
        if (StandardDeviation is not null && (StandardDeviation.Count != Shape.Channels || !StandardDeviation.All(value => value is > 0 and <= 1)))
            yield return new(nameof(StandardDeviation), Invariant($"must hold {Shape.Channels} values above 0 and at most 1, one a channel"), InvariantText.List(StandardDeviation), "Divide values from 0 to 255 by 255, or leave it null.");
        if (CacheDirectory?.Length == 0)
            yield return new(nameof(CacheDirectory), "must name a folder or be null", "an empty text", "Use null for none.");
        foreach (var error in Augmentation?.Errors(Shape) ?? [])
            yield return error with { Name = $"{nameof(Augmentation)}.{error.Name}" };
    }
}
