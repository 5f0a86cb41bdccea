using FlipReg;

namespace MLNet.FlipReg.Images;

/// <summary>One axis of a resize: outputs First to First + Count − 1 show the source's stretch from Start on, Step of its pixels each.</summary>
internal readonly record struct ImageAxis(int First, int Count, double Start, double Step);

/// <summary>
/// Where an image lies in the result, in the image's own directions: those of the result may be turned (<see cref="ImageOrientation"/>).
/// </summary>
/// <param name="Width">Columns of the result before it is turned.</param>
/// <param name="Height">Rows of the result before it is turned.</param>
/// <param name="X">The columns.</param>
/// <param name="Y">The rows.</param>
internal readonly record struct ImageFrame(int Width, int Height, ImageAxis X, ImageAxis Y)
{
    /// <summary>Places an image.</summary>
    /// <param name="width">Its columns, at least 1.</param>
    /// <param name="height">Its rows, at least 1.</param>
    /// <param name="turned">Whether its rows become the result's columns.</param>
    /// <param name="shape">The result.</param>
    /// <param name="resize">The rule.</param>
    public static ImageFrame Of(int width, int height, bool turned, ImageShape shape, ImageResize resize)
    {
        var (outWidth, outHeight) = turned ? (shape.Height, shape.Width) : (shape.Width, shape.Height);
        var (stepX, stepY) = ((double)width / outWidth, (double)height / outHeight);
        if (resize == ImageResize.Fill)
            return new(outWidth, outHeight, new(0, outWidth, 0, stepX), new(0, outHeight, 0, stepY));
        if (resize == ImageResize.CenterCrop)
        {
            var step = Math.Min(stepX, stepY);
            return new(outWidth, outHeight, new(0, outWidth, (width - (outWidth * step)) / 2, step), new(0, outHeight, (height - (outHeight * step)) / 2, step));
        }

        var larger = Math.Max(stepX, stepY);
        return new(outWidth, outHeight, Inside(width, outWidth, larger), Inside(height, outHeight, larger));
    }

    /// <summary>The same for a source that the decoder has scaled down already.</summary>
    public ImageFrame Scaled(double x, double y) => this with { X = X with { Start = X.Start * x, Step = X.Step * x }, Y = Y with { Start = Y.Start * y, Step = Y.Step * y } };

    private static ImageAxis Inside(int size, int outSize, double step)
    {
        var count = Math.Clamp((int)Math.Round(size / step, MidpointRounding.AwayFromZero), 1, outSize);
        return new((outSize - count) / 2, count, 0, (double)size / count);
    }
}

/// <summary>EXIF's orientations 1 to 8: where the pixel at column x and row y of a stored image is in the image as it is to be seen.</summary>
internal static class ImageOrientation
{
    /// <summary>Whether rows become columns.</summary>
    public static bool IsTurned(int orientation) => orientation >= 5;

    /// <summary>In the result, row by row: the index of the stored pixel (0, 0), and how far the next column and the next row are.</summary>
    /// <param name="orientation">1 to 8.</param>
    /// <param name="width">Stored columns.</param>
    /// <param name="height">Stored rows.</param>
    public static (int Origin, int Column, int Row) Strides(int orientation, int width, int height) => orientation switch
    {
        2 => (width - 1, -1, width),
        3 => ((width * height) - 1, -1, -width),
        4 => (width * (height - 1), 1, -width),
        5 => (0, height, 1),
        6 => (height - 1, height, -1),
        7 => ((width * height) - 1, -height, -1),
        8 => (height * (width - 1), -height, 1),
        _ => (0, 1, width),
    };
}
