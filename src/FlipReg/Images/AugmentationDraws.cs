using FlipReg.Runtime;

namespace FlipReg.Images;

/// <summary>What TrivialAugment may do to an image.</summary>
internal enum ImageChange
{
    None,
    ShearX,
    ShearY,
    ShiftX,
    ShiftY,
    Rotate,
    Brightness,
    Color,
    Contrast,
    Sharpness,
    Posterize,
    Solarize,
    AutoContrast,
}

/// <summary>
/// What is drawn for the images of some consecutive steps. Each step draws from a generator of its own, which follows from the stream, the epoch and the
/// step: so a step's draws do not depend on the device, nor on where a fit was stopped.
/// </summary>
internal sealed class AugmentationDraws
{
    private readonly ImageAugmentation _options;
    private readonly ImageShape _shape;

    /// <summary>Draws.</summary>
    /// <param name="options">What is asked for.</param>
    /// <param name="shape">The shape of an image.</param>
    /// <param name="rows">Images.</param>
    public AugmentationDraws(ImageAugmentation options, ImageShape shape, int rows)
    {
        (_options, _shape) = (options, shape);
        (Top, Left, Flip, Crop) = (new long[rows], new long[rows], new bool[rows], new CropBox[rows]);
        (Change, Strength) = (new ImageChange[rows], new float[rows]);
        (CutTop, CutLeft) = (new long[rows], new long[rows]);
        (Partner, Share) = (new long[rows], new float[rows]);
        Box = new (int, int, int, int)[rows];
    }

    /// <summary>A part of an image, as shares of its sides: from Top and Left on, Height and Width.</summary>
    public readonly record struct CropBox(float Top, float Left, float Height, float Width);

    /// <summary>First row, of the padded image, of what is cut out.</summary>
    public long[] Top { get; }

    /// <summary>First column, of the padded image, of what is cut out.</summary>
    public long[] Left { get; }

    /// <summary>Whether the image is mirrored.</summary>
    public bool[] Flip { get; }

    /// <summary>What is cut out and enlarged.</summary>
    public CropBox[] Crop { get; }

    /// <summary>What TrivialAugment does.</summary>
    public ImageChange[] Change { get; }

    /// <summary>How strongly: −1 to 1, or 0 to 1 where a change has no direction.</summary>
    public float[] Strength { get; }

    /// <summary>First row of the square that is blanked; may lie outside.</summary>
    public long[] CutTop { get; }

    /// <summary>First column of that square.</summary>
    public long[] CutLeft { get; }

    /// <summary>The image, among these, that is mixed in: one of the same step.</summary>
    public long[] Partner { get; }

    /// <summary>What the image's own label counts.</summary>
    public float[] Share { get; }

    /// <summary>The part that comes from the partner as it is: top, left, bottom, right.</summary>
    public (int Top, int Left, int Bottom, int Right)[] Box { get; }

    /// <summary>Whether a step's images are blended (mixup), by its first row.</summary>
    public bool IsBlended(int row) => Box[row] == default;

    /// <summary>Draws for one step.</summary>
    /// <param name="stream">The stream of the fit's seed.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="step">The step in it.</param>
    /// <param name="first">Its first row among these.</param>
    /// <param name="count">Its rows.</param>
    public void Draw(ulong stream, int epoch, int step, int first, int count)
    {
        var random = Seeds.Random(stream, ((ulong)epoch << 32) + (ulong)step);
        for (var row = first; row < first + count; row++)
        {
            if (_options.CropPadding > 0)
                (Top[row], Left[row]) = (random.Next((2 * _options.CropPadding) + 1), random.Next((2 * _options.CropPadding) + 1));
            if (_options.ResizedCropArea is { } area)
                Crop[row] = DrawCrop(random, area);
            if (_options.HorizontalFlip > 0)
                Flip[row] = random.NextDouble() < _options.HorizontalFlip;
            if (_options.TrivialAugment)
                (Change[row], Strength[row]) = DrawChange(random);
            if (_options.Cutout > 0)
                (CutTop[row], CutLeft[row]) = (random.Next(_shape.Height) - (_options.Cutout / 2), random.Next(_shape.Width) - (_options.Cutout / 2));
        }

        if (_options.MixesLabels)
            DrawMix(random, first, count);
    }

    /// <summary>A part of the wanted area and aspect that fits into the image; where ten tries find none, the whole image.</summary>
    private static CropBox DrawCrop(Random random, double smallest)
    {
        for (var i = 0; i < 10; i++)
        {
            var area = smallest + ((1 - smallest) * random.NextDouble());
            var aspect = Math.Exp(((2 * random.NextDouble()) - 1) * Math.Log(4.0 / 3));
            var (width, height) = (Math.Sqrt(area * aspect), Math.Sqrt(area / aspect));
            if (width <= 1 && height <= 1)
                return new((float)((1 - height) * random.NextDouble()), (float)((1 - width) * random.NextDouble()), (float)height, (float)width);
        }

        return new(0, 0, 1, 1);
    }

    private static (ImageChange Change, float Strength) DrawChange(Random random)
    {
        var change = (ImageChange)random.Next((int)ImageChange.AutoContrast + 1);
        var strength = random.NextDouble();
        return (change, (float)(change < ImageChange.Posterize && random.Next(2) == 0 ? -strength : strength));
    }

    private void DrawMix(Random random, int first, int count)
    {
        var partners = Partner.AsSpan(first, count);
        for (var i = 0; i < count; i++)
            partners[i] = first + i;
        random.Shuffle(partners);
        var cut = _options.CutMix > 0 && (_options.Mixup == 0 || random.Next(2) == 0);
        var share = Beta(random, cut ? _options.CutMix : _options.Mixup);
        var box = cut ? DrawBox(random, 1 - share) : default;
        if (cut)
            share = 1 - ((double)(box.Bottom - box.Top) * (box.Right - box.Left) / ((double)_shape.Height * _shape.Width));
        Share.AsSpan(first, count).Fill((float)share);
        Box.AsSpan(first, count).Fill(box);
    }

    /// <summary>A box of a share of the image's area around a point of it, cut off at its sides.</summary>
    private (int Top, int Left, int Bottom, int Right) DrawBox(Random random, double area)
    {
        var side = Math.Sqrt(area);
        var (y, x) = (random.Next(_shape.Height), random.Next(_shape.Width));
        var (height, width) = ((int)(_shape.Height * side), (int)(_shape.Width * side));
        return (Math.Max(0, y - (height / 2)), Math.Max(0, x - (width / 2)), Math.Min(_shape.Height, y + ((height + 1) / 2)), Math.Min(_shape.Width, x + ((width + 1) / 2)));
    }

    private static double Beta(Random random, double alpha)
    {
        var (x, y) = (Gamma(random, alpha), Gamma(random, alpha));
        // Of a tiny α both may underflow; then nearly all of the distribution is at its ends.
        return x + y > 0 ? x / (x + y) : random.Next(2);
    }

    /// <summary>A draw from Gamma(shape, 1) (Marsaglia and Tsang, ACM TOMS 26, 2000).</summary>
    private static double Gamma(Random random, double shape)
    {
        if (shape < 1)
            return Gamma(random, shape + 1) * Math.Pow(random.NextDouble(), 1 / shape);
        var d = shape - (1.0 / 3);
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            var root = 1 + (c * normal);
            if (root > 0 && Math.Log(1 - random.NextDouble()) < (normal * normal / 2) + d - (d * root * root * root) + (3 * d * Math.Log(root)))
                return d * root * root * root;
        }
    }
}
