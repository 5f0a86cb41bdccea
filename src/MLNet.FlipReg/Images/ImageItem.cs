namespace MLNet.FlipReg.Images;

/// <summary>A row's image, taken from its column and not yet decoded: that may happen later, on any thread.</summary>
internal abstract class ImageItem
{
    /// <summary>Decodes the image.</summary>
    /// <param name="worker">What decodes, of the calling thread.</param>
    /// <param name="target">Receives the planes, C·H·W bytes.</param>
    /// <exception cref="UnreadableImageException">It cannot be read.</exception>
    public abstract void Decode(ImageWorker worker, Span<byte> target);

    /// <summary>A file by its path.</summary>
    public sealed class OfPath(string path, long row) : ImageItem
    {
        public string Path => path;

        public override void Decode(ImageWorker worker, Span<byte> target)
        {
            if (path.Length == 0)
                throw new UnreadableImageException($"The image of row {row} must be a path. Got an empty text. Fill it in, or leave the row out.");
            worker.Decoder.Decode(path, worker.File.Read(path), target);
        }
    }

    /// <summary>A file by its content.</summary>
    public sealed class OfContent(byte[] content, long row) : ImageItem
    {
        public override void Decode(ImageWorker worker, Span<byte> target) => worker.Decoder.Decode(FormattableString.Invariant($"row {row}"), content, target);
    }

    /// <summary>Pixels as they are.</summary>
    public sealed class OfPixels(byte[] pixels) : ImageItem
    {
        public override void Decode(ImageWorker worker, Span<byte> target) => pixels.CopyTo(target);
    }

    /// <summary>A decoded image: red, green, blue and alpha, premultiplied.</summary>
    public sealed class OfImage(byte[] pixels, int width, int height) : ImageItem
    {
        public override unsafe void Decode(ImageWorker worker, Span<byte> target)
        {
            var rules = worker.Rules;
            fixed (byte* first = pixels)
                worker.Resampler.Resize(first, width, height, ImageFrame.Of(width, height, turned: false, rules.Shape, rules.Resize), 1, rules, target);
        }
    }

    /// <summary>No image.</summary>
    public sealed class None(FormattableString problem) : ImageItem
    {
        public override void Decode(ImageWorker worker, Span<byte> target) => throw new UnreadableImageException(problem);
    }
}

/// <summary>What one thread decodes with.</summary>
internal sealed class ImageWorker(ImageRules rules) : IDisposable
{
    public ImageRules Rules => rules;

    public ImageDecoder Decoder { get; } = new(rules);

    public ImageFile File { get; } = new();

    public ImageResampler Resampler { get; } = new();

    public void Dispose() => Decoder.Dispose();
}
