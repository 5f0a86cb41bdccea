using static TorchSharp.torch;

namespace FlipReg.Images;

/// <summary>
/// The changes of TrivialAugment on batches. The host knows which images get which change: each change is computed for its images alone, and put back.
/// </summary>
internal static class ImageChanges
{
    private static readonly float[] _luma = [0.299f, 0.587f, 0.114f];

    /// <summary>Changes images, n × C × H × W numbers from 0 to 255, in place.</summary>
    public static Tensor Apply(Tensor images, AugmentationDraws draws)
    {
        var shape = new ImageShape((int)images.shape[1], (int)images.shape[2], (int)images.shape[3]);
        foreach (var group in Enumerable.Range(0, draws.Change.Length).GroupBy(i => Kind(draws.Change[i])).OrderBy(group => group.Key))
        {
            if (group.Key == ImageChange.None)
                continue;
            var rows = group.ToArray();
            var ids = tensor(Array.ConvertAll(rows, row => (long)row)).to(images.device);
            var chosen = images.index_select(0, ids);
            var changed = group.Key == ImageChange.Rotate
                ? AffineSampler.Sample(chosen, [.. rows.SelectMany(row => AffineSampler.Map(draws.Change[row], draws.Strength[row], shape))])
                : Change(group.Key, chosen, Array.ConvertAll(rows, row => draws.Strength[row]));
            images.index_copy_(0, ids, changed);
        }

        return images;
    }

    /// <summary>All that move pixels are computed together.</summary>
    private static ImageChange Kind(ImageChange change) => change is >= ImageChange.ShearX and <= ImageChange.Rotate ? ImageChange.Rotate : change;

    private static Tensor Change(ImageChange change, Tensor images, float[] strengths) => change switch
    {
        ImageChange.Brightness => Blend(images, images.mul(Keep(0.0)), strengths),
        ImageChange.Color => Blend(images, Grey(images), strengths),
        ImageChange.Contrast => Blend(images, Grey(images).mean([1, 2, 3], keepdim: true), strengths),
        ImageChange.Sharpness => Blend(images, Smooth(images), strengths),
        ImageChange.Posterize => Posterize(images, strengths),
        ImageChange.Solarize => where(images.lt(PerImage(images, Array.ConvertAll(strengths, s => 256 * (1 - s)))), images, images.neg().Plus(255)),
        _ => AutoContrast(images),
    };

    /// <summary>Away from, or towards, an image without the property: factors from 0.1 to 1.9.</summary>
    private static Tensor Blend(Tensor images, Tensor without, float[] strengths)
    {
        var factor = PerImage(images, Array.ConvertAll(strengths, s => 1 + (0.9f * s)));
        return without.Plus(images.sub(without).mul_(factor)).clamp_(Keep(0.0), Keep(255.0));
    }

    private static Tensor Grey(Tensor images) => images.shape[1] == 1 ? images : images.mul(tensor(_luma).view(1, 3, 1, 1).to(images.device)).sum([1], keepdim: true);

    /// <summary>Each pixel's mean with its eight neighbours, itself counted five times; pixels at the sides stay.</summary>
    private static Tensor Smooth(Tensor images)
    {
        var (height, width) = (images.shape[2] - 2, images.shape[3] - 2);
        var smooth = images.clone();
        if (height < 1 || width < 1)
            return smooth;
        var sum = images.narrow(2, 1, height).narrow(3, 1, width).mul(Keep(4.0));
        for (var y = 0; y < 3; y++)
        {
            for (var x = 0; x < 3; x++)
                sum.Plus_(images.narrow(2, y, height).narrow(3, x, width));
        }

        smooth.narrow(2, 1, height).narrow(3, 1, width).copy_(sum.mul_(Keep(1.0 / 13)));
        return smooth;
    }

    /// <summary>Fewer levels: 8 to 4 bits of a value.</summary>
    private static Tensor Posterize(Tensor images, float[] strengths)
    {
        var levels = Array.ConvertAll(strengths, s => (float)(1 << (int)Math.Round(4 * s)));
        return images.mul(PerImage(images, Array.ConvertAll(levels, level => 1 / level))).floor_().mul_(PerImage(images, levels));
    }

    /// <summary>Each channel stretched from 0 to 255; one of a single value stays.</summary>
    private static Tensor AutoContrast(Tensor images)
    {
        var lowest = images.amin([2, 3], keepdim: true);
        var range = images.amax([2, 3], keepdim: true).sub(lowest);
        var stretched = images.sub(lowest).mul_(range.clamp(Keep(1e-3)).reciprocal_().mul_(Keep(255.0)));
        return where(range.gt(Keep(0.0)), stretched, images);
    }

    private static Tensor PerImage(Tensor images, float[] values) => tensor(values).view(-1, 1, 1, 1).to(images.device);
}
