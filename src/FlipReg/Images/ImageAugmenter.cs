using static TorchSharp.torch;

namespace FlipReg.Images;

/// <summary>Varies whole batches of images on their device, as <see cref="AugmentationDraws"/> says. Waits for nothing; tensors come in the caller's dispose scope.</summary>
internal sealed class ImageAugmenter(ImageAugmentation options, ImageShape shape, ulong stream)
{
    /// <summary>What is drawn for a block of steps.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="firstStep">The first step of the block.</param>
    /// <param name="rows">Rows of the block.</param>
    /// <param name="batchSize">Rows of a step; the last one may have fewer.</param>
    public AugmentationDraws Draw(int epoch, int firstStep, int rows, int batchSize)
    {
        var draws = new AugmentationDraws(options, shape, rows);
        for (var (step, first) = (firstStep, 0); first < rows; step++, first += batchSize)
            draws.Draw(stream, epoch, step, first, Math.Min(batchSize, rows - first));
        return draws;
    }

    /// <summary>Crops, mirrors and changes images: n × C × H × W bytes to bytes, or numbers from 0 to 255.</summary>
    public Tensor Vary(Tensor images, AugmentationDraws draws)
    {
        if (options.ResizedCropArea is not null)
            images = AffineSampler.Sample(images.to(float32), AffineSampler.Crops(draws.Crop, draws.Flip));
        else if (options.CropPadding > 0 || options.HorizontalFlip > 0)
            images = CropAndFlip(images, draws);
        return options.TrivialAugment ? ImageChanges.Apply(images.to(float32), draws) : images;
    }

    /// <summary>Blanks squares of normalized images, n × C·H·W, and mixes pairs of them, in place where it can.</summary>
    public Tensor BlankAndMix(Tensor rows, AugmentationDraws draws)
    {
        var images = rows.view(rows.shape[0], shape.Channels, shape.Height, shape.Width);
        if (options.Cutout > 0)
            images.masked_fill_(Inside(draws.CutTop, Array.ConvertAll(draws.CutTop, top => top + options.Cutout), shape.Height, 2, images.device)
                .logical_and(Inside(draws.CutLeft, Array.ConvertAll(draws.CutLeft, left => left + options.Cutout), shape.Width, 3, images.device)), Keep(0.0));
        return options.MixesLabels ? Mix(images, draws).view(rows.shape[0], -1) : rows;
    }

    /// <summary>The second labels of mixed images; null where none are mixed.</summary>
    public LabelMix? Labels(Tensor labels, AugmentationDraws draws) => options.MixesLabels
        ? new LabelMix(labels.index_select(0, tensor(draws.Partner).to(labels.device)), tensor(draws.Share).view(-1, 1).to(labels.device))
        : null;

    /// <summary>Moves images inside their padding and mirrors some, pixel by pixel: rows are picked, then columns.</summary>
    private Tensor CropAndFlip(Tensor images, AugmentationDraws draws)
    {
        var (padding, device, n) = (options.CropPadding, images.device, images.shape[0]);
        var padded = images;
        if (padding > 0)
        {
            padded = zeros([n, shape.Channels, shape.Height + (2 * padding), shape.Width + (2 * padding)], dtype: images.dtype, device: device);
            padded.narrow(2, padding, shape.Height).narrow(3, padding, shape.Width).copy_(images);
        }

        var rows = tensor(draws.Top).view(-1, 1).to(device).Plus(Numbers(shape.Height, device));
        // A mirrored image counts its columns down from its last one.
        var start = tensor(Enumerable.Range(0, (int)n).Select(i => draws.Left[i] + (draws.Flip[i] ? shape.Width - 1 : 0)).ToArray()).view(-1, 1).to(device);
        var direction = tensor(Array.ConvertAll(draws.Flip, flip => flip ? -1L : 1L)).view(-1, 1).to(device);
        var columns = start.Plus(direction.mul(Numbers(shape.Width, device)));
        return padded.gather(2, rows.view(n, 1, -1, 1).expand(n, shape.Channels, shape.Height, padded.shape[3]))
            .gather(3, columns.view(n, 1, 1, -1).expand(n, shape.Channels, shape.Height, shape.Width));
    }

    private Tensor Mix(Tensor images, AugmentationDraws draws)
    {
        var device = images.device;
        var partners = images.index_select(0, tensor(draws.Partner).to(device));
        var result = images;
        if (options.Mixup > 0)
        {
            // Of a step with boxes, 1: its images stay outside of them.
            var share = Enumerable.Range(0, draws.Share.Length).Select(i => draws.IsBlended(i) ? draws.Share[i] : 1f).ToArray();
            var own = tensor(share).view(-1, 1, 1, 1).to(device);
            var other = tensor(Array.ConvertAll(share, s => 1 - s)).view(-1, 1, 1, 1).to(device);
            result = images.mul(own).addcmul_(partners, other, Keep(1.0));
        }

        if (options.CutMix == 0)
            return result;
        var inBox = Inside(Side(box => box.Top), Side(box => box.Bottom), shape.Height, 2, device).logical_and(Inside(Side(box => box.Left), Side(box => box.Right), shape.Width, 3, device));
        return where(inBox, partners, result);

        long[] Side(Func<(int Top, int Left, int Bottom, int Right), int> side) => Array.ConvertAll(draws.Box, box => (long)side(box));
    }

    /// <summary>For each image which positions of an axis lie from a first one on and before an end: n × 1 × size × 1, or n × 1 × 1 × size.</summary>
    private static Tensor Inside(long[] first, long[] end, int size, int axis, Device device)
    {
        var numbers = Numbers(size, device);
        var inside = numbers.ge(tensor(first).view(-1, 1).to(device)).logical_and(numbers.lt(tensor(end).view(-1, 1).to(device)));
        return axis == 2 ? inside.view(first.Length, 1, size, 1) : inside.view(first.Length, 1, 1, size);
    }

    private static Tensor Numbers(int count, Device device) => tensor(Enumerable.Range(0, count).Select(i => (long)i).ToArray()).to(device);
}
