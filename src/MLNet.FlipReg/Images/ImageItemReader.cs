using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.FlipReg.Images;

/// <summary>Takes the images out of the rows of a column, one by one.</summary>
internal static class ImageItemReader
{
    /// <summary>A function that takes the current row's image. Its argument is the row's number, for messages.</summary>
    /// <param name="row">The rows.</param>
    /// <param name="column">The column.</param>
    /// <param name="kind">How it holds images.</param>
    /// <param name="shape">What the network takes.</param>
    public static Func<long, ImageItem> Of(DataViewRow row, DataViewSchema.Column column, ImageColumnKind kind, ImageShape shape) => kind switch
    {
        ImageColumnKind.Paths => Paths(row.GetGetter<ReadOnlyMemory<char>>(column)),
        ImageColumnKind.Contents => Contents(row.GetGetter<VBuffer<byte>>(column)),
        ImageColumnKind.Images => Images(row.GetGetter<MLImage>(column), column.Name),
        ImageColumnKind.Bytes => Bytes(row.GetGetter<VBuffer<byte>>(column), column.Name, shape),
        _ => Numbers(row.GetGetter<VBuffer<float>>(column), column.Name, shape),
    };

    /// <summary>A decoded image, copied. ML.NET decodes to premultiplied pixels, blue first.</summary>
    public static ImageItem OfImage(MLImage image)
    {
        var pixels = image.Pixels.ToArray();
        if (image.PixelFormat == MLPixelFormat.Bgra32)
        {
            for (var i = 0; i < pixels.Length; i += 4)
                (pixels[i], pixels[i + 2]) = (pixels[i + 2], pixels[i]);
        }

        return new ImageItem.OfImage(pixels, image.Width, image.Height);
    }

    private static Func<long, ImageItem> Paths(ValueGetter<ReadOnlyMemory<char>> getter)
    {
        ReadOnlyMemory<char> path = default;
        return row =>
        {
            getter(ref path);
            return new ImageItem.OfPath(path.ToString(), row);
        };
    }

    private static Func<long, ImageItem> Contents(ValueGetter<VBuffer<byte>> getter)
    {
        VBuffer<byte> content = default;
        return row =>
        {
            getter(ref content);
            return new ImageItem.OfContent(content.DenseValues().ToArray(), row);
        };
    }

    private static Func<long, ImageItem> Images(ValueGetter<MLImage> getter, string name)
    {
        return row =>
        {
            MLImage image = null!;
            getter(ref image);
            if (image is null)
                return new ImageItem.None($"Column '{name}' must hold an image in every row. Got none in row {row} (counted from 0). Fill it in, or leave the row out.");
            using (image)
                return OfImage(image);
        };
    }

    private static Func<long, ImageItem> Bytes(ValueGetter<VBuffer<byte>> getter, string name, ImageShape shape)
    {
        VBuffer<byte> pixels = default;
        return row =>
        {
            getter(ref pixels);
            return pixels.Length == shape.Values ? new ImageItem.OfPixels([.. pixels.DenseValues()]) : WrongLength(name, shape, pixels.Length, row);
        };
    }

    private static Func<long, ImageItem> Numbers(ValueGetter<VBuffer<float>> getter, string name, ImageShape shape)
    {
        VBuffer<float> pixels = default;
        return row =>
        {
            getter(ref pixels);
            if (pixels.Length != shape.Values)
                return WrongLength(name, shape, pixels.Length, row);
            var bytes = new byte[shape.Values];
            foreach (var (slot, value) in pixels.Items())
            {
                bytes[slot] = (byte)value;
                if (bytes[slot] != value)
                    return new ImageItem.None($"Column '{name}' must hold pixels, whole numbers from 0 to 255, as Images is given. Got {value} in row {row}, slot {slot} (both counted from 0). Leave scaling to the trainer, or leave Images null.");
            }

            return new ImageItem.OfPixels(bytes);
        };
    }

    private static ImageItem.None WrongLength(string name, ImageShape shape, int length, long row) =>
        new($"Column '{name}' must hold {shape.Values} values in every row. Got {length} in row {row} (counted from 0). Make all rows equally long.");
}
