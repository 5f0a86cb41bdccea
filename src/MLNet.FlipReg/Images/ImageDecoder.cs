using System.Runtime.InteropServices;
using SkiaSharp;
using static System.FormattableString;

namespace MLNet.FlipReg.Images;

/// <summary>What an image's header says.</summary>
/// <param name="Format">Its format's name.</param>
/// <param name="Width">Stored columns.</param>
/// <param name="Height">Stored rows.</param>
/// <param name="Frames">Frames of an animation; 1 for a still image.</param>
/// <param name="Orientation">EXIF's orientation, 1 to 8.</param>
internal readonly record struct ImageHeader(string Format, int Width, int Height, int Frames, int Orientation);

/// <summary>
/// Decodes images by SkiaSharp's codec: what the header says is checked before any pixel is decoded. A truncated or damaged image is an error; of an
/// animation the first frame is taken; the EXIF orientation is applied; colour profiles are not. For one thread at a time.
/// </summary>
internal sealed unsafe class ImageDecoder(ImageRules rules) : IDisposable
{
    /// <summary>Bytes of a buffer that is kept for the next image, at most.</summary>
    private const nuint KeptBytes = 16 << 20;

    private readonly ImageResampler _resampler = new();
    private byte* _pixels;
    private nuint _capacity;

    /// <summary>What the latest image's header said.</summary>
    public ImageHeader Header { get; private set; }

    /// <summary>Decodes an image.</summary>
    /// <param name="name">Its name in messages.</param>
    /// <param name="file">The content of its file.</param>
    /// <param name="target">Receives its planes, C·H·W bytes.</param>
    /// <exception cref="UnreadableImageException">The content is not an image that can be read whole.</exception>
    public void Decode(string name, ReadOnlySpan<byte> file, Span<byte> target)
    {
        if (!ImageFormats.IsRead(file[..Math.Min(file.Length, ImageFormats.Looked)], out var format))
            throw new UnreadableImageException($"Image '{name}' must be {ImageFormats.Known}. Got {format}. Convert it, or leave it out.");
        fixed (byte* content = file)
        {
            using var data = SKData.Create((nint)content, file.Length);
            using var codec = SKCodec.Create(data) ?? throw Damaged(name, format, "a header that cannot be read");
            Decode(name, format, codec, target);
        }
    }

    public void Dispose()
    {
        NativeMemory.Free(_pixels);
        _pixels = null;
        _capacity = 0;
    }

    private void Decode(string name, string format, SKCodec codec, Span<byte> target)
    {
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if (width < 1 || height < 1)
            throw Damaged(name, format, Invariant($"a size of {width} × {height} pixels"));
        if ((long)width * height > rules.MaximumPixels)
            throw new UnreadableImageException($"Image '{name}' must have at most {rules.MaximumPixels:N0} pixels (MaximumPixels). Got {width} × {height} by its header ({format}). Scale it down, leave it out, or raise the limit.");
        var orientation = (int)codec.EncodedOrigin is >= 1 and <= 8 and var origin ? origin : 1;
        Header = new ImageHeader(format, width, height, Math.Max(1, codec.FrameCount), orientation);
        var frame = ImageFrame.Of(width, height, ImageOrientation.IsTurned(orientation), rules.Shape, rules.Resize);
        var size = format == "JPEG" ? Scaled(codec, frame) : codec.Info.Size;
        var info = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Premul);
        Reserve((nuint)info.BytesSize64, name, info);
        var result = codec.GetPixels(info, (nint)_pixels, info.RowBytes, SKCodecOptions.Default);
        if (result == SKCodecResult.IncompleteInput)
            throw new UnreadableImageException($"Image '{name}' must be whole. Got a truncated {format}, {width} × {height} by its header. Fetch it anew, or leave it out.");
        if (result != SKCodecResult.Success)
            throw Damaged(name, format, $"content that cannot be decoded ({result})");
        _resampler.Resize(_pixels, size.Width, size.Height, frame.Scaled((double)size.Width / width, (double)size.Height / height), orientation, rules, target);
        if (_capacity > KeptBytes)
            Dispose();
    }

    /// <summary>The smallest size that the codec can decode to directly and that does not have to be enlarged afterwards.</summary>
    private static SKSizeI Scaled(SKCodec codec, in ImageFrame frame)
    {
        var largest = Math.Min(1, 1 / Math.Min(frame.X.Step, frame.Y.Step));
        foreach (var scale in (ReadOnlySpan<float>)[0.125f, 0.25f, 0.375f, 0.5f, 0.625f, 0.75f, 0.875f])
        {
            if (scale >= largest)
                return codec.GetScaledDimensions(scale);
        }

        return codec.Info.Size;
    }

    private void Reserve(nuint bytes, string name, SKImageInfo info)
    {
        if (bytes <= _capacity)
            return;
        Dispose();
        try
        {
            _pixels = (byte*)NativeMemory.Alloc(bytes);
            _capacity = bytes;
        }
        catch (OutOfMemoryException e)
        {
            throw new UnreadableImageException($"There must be memory for the pixels of image '{name}'. Got none for {info.Width} × {info.Height}. Scale it down, or lower MaximumPixels.", e);
        }
    }

    private static UnreadableImageException Damaged(string name, string format, string what) => new($"Image '{name}' must be a whole {format}. Got {what}. Fetch it anew, or leave it out.");
}
