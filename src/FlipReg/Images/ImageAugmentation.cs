using System.ComponentModel.DataAnnotations;
using FlipReg.Training;
using static System.FormattableString;

namespace FlipReg;

/// <summary>
/// How training images are varied: drawn anew for every image in every epoch, from the fit's seed and the step alone, and computed for whole batches on the
/// device, in the order of the properties. Everything is off by default.
/// </summary>
public sealed record ImageAugmentation
{
    /// <summary>Padding and flips, as for small images of things (He et al., CVPR 2016, section 4.2): 4 pixels and one half.</summary>
    public static ImageAugmentation Light => new() { CropPadding = 4, HorizontalFlip = 0.5 };

    /// <summary>
    /// Pixels that an image is padded with (black) on each side before a part of its own size is cut out of it: it moves by up to that many pixels. 0 to 256.
    /// Not together with <see cref="ResizedCropArea"/>. Default 0.
    /// </summary>
    [Range(0, 256)]
    public int CropPadding { get; init; }

    /// <summary>
    /// Smallest share of the image's area that is cut out and enlarged to its size, at an aspect from 3/4 to 4/3 of its own (Szegedy et al., CVPR 2015, section 6);
    /// the share is drawn from there to 1. Above 0, at most 1; 0.08 is usual for photographs. Null: no such crop. Default null.
    /// </summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public double? ResizedCropArea { get; init; }

    /// <summary>Probability that an image is mirrored, left to right; 0 to 1. Not for what has a direction, such as writing. Default 0.</summary>
    [Range(0, 1)]
    public double HorizontalFlip { get; init; }

    /// <summary>
    /// One change for every image, drawn with its strength (Müller and Hutter, "TrivialAugment", ICCV 2021): none, shear or shift along x or y, rotate, brightness, colour,
    /// contrast, sharpness, posterize, solarize, or auto-contrast. Of the paper's list, equalize is left out. Default false.
    /// </summary>
    public bool TrivialAugment { get; init; }

    /// <summary>
    /// Side, in pixels, of a square that is blanked (mean colour) around a point of the image (DeVries and Taylor, "Cutout", 2017); parts may lie outside. At least 0, at most twice the larger
    /// side. Default 0: none.
    /// </summary>
    [Range(0, 1 << 16)]
    public int Cutout { get; init; }

    /// <summary>
    /// Parameter α of mixup (Zhang et al., ICLR 2018): a step's images are blended with another's of the same step, λ from Beta(α, α), and labels count with λ and 1 − λ. At
    /// least 0; 0.2 to 1 is usual. Only with methods whose loss takes mixed labels: CrossEntropy. Default 0: none.
    /// </summary>
    [Range(0, 100)]
    public double Mixup { get; init; }

    /// <summary>
    /// Parameter α of CutMix (Yun et al., ICCV 2019): a box of another image of the step, of a share 1 − λ, is put in, and labels count with the shares. At least 0; 1 is usual.
    /// With <see cref="Mixup"/>, too, each step takes one of the two, drawn. Only with methods whose loss takes mixed labels: CrossEntropy. Default 0: none.
    /// </summary>
    [Range(0, 100)]
    public double CutMix { get; init; }

    /// <summary>Whether labels are mixed.</summary>
    internal bool MixesLabels => Mixup > 0 || CutMix > 0;

    /// <summary>Broken rules.</summary>
    internal IEnumerable<OptionError> Errors(ImageShape shape)
    {
        foreach (var error in OptionRules.ErrorsOf(this))
            yield return error;
        if (CropPadding > 0 && ResizedCropArea is not null)
            yield return new(nameof(CropPadding), $"must be 0 where {nameof(ResizedCropArea)} is given", CropPadding, "Leave one of the two out.");
        if (Cutout > 2 * Math.Max(shape.Height, shape.Width))
            yield return new(nameof(Cutout), Invariant($"must be at most twice the larger side ({Math.Max(shape.Height, shape.Width)})"), Cutout, "Half of the side is usual.");
    }
}
