using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Training;
using SkiaSharp;
using static System.FormattableString;

namespace MLNet.FlipReg.Reporting;

/// <summary>Images of a column as small PNG files.</summary>
internal sealed class RowImages
{
    /// <summary>Sides of a picture at most, in pixels.</summary>
    internal const int LargestSide = 96;

    private readonly bool _isChannelsFirst;
    private readonly int _channels;
    private readonly int _height;
    private readonly int _width;

    /// <exception cref="ArgumentOutOfRangeException">The column holds no images.</exception>
    public RowImages(DataViewSchema.Column column)
    {
        Column = column;
        if (column.Type.RawType == typeof(MLImage))
            return;
        if (column.Type is not VectorDataViewType { Dimensions: [> 0 and var first, > 0 and var second, > 0 and var third] } vector
            || (vector.ItemType.RawType != typeof(float) && vector.ItemType.RawType != typeof(byte))
            || (first is not (1 or 3 or 4) && third is not (1 or 3 or 4)))
            throw ColumnRules.Bad($"Column '{column.Name}' must be of type Image, or a vector of Single or Byte with the dimensions (channels, height, width) or (height, width, channels) and 1, 3 or 4 channels, to be shown. Got {column.Type}. Name another one in ImageColumnName, or leave it out.", "data");
        // Of three numbers that could be both, channels come first, as in the networks' own rows.
        _isChannelsFirst = first is 1 or 3 or 4;
        (_channels, _height, _width) = _isChannelsFirst ? (first, second, third) : (third, first, second);
    }

    public DataViewSchema.Column Column { get; }

    /// <summary>A getter of the current row's picture; null where it has none.</summary>
    public Func<byte[]?> Getter(DataViewRow row)
    {
        if (Column.Type.RawType == typeof(MLImage))
        {
            var getter = row.GetGetter<MLImage>(Column);
            return () =>
            {
                MLImage image = null!;
                getter(ref image);
                using (image)
                    return image is null ? null : Png(image.Pixels, image.Width, image.Height, image.PixelFormat == MLPixelFormat.Rgba32);
            };
        }

        return ((VectorDataViewType)Column.Type).ItemType.RawType == typeof(byte) ? OfVector<byte>(row, value => value) : OfVector<float>(row, value => value);
    }

    private static byte[] Png(ReadOnlySpan<byte> pixels, int width, int height, bool isRgba)
    {
        var bytes = pixels.ToArray();
        var pinned = System.Runtime.InteropServices.GCHandle.Alloc(bytes, System.Runtime.InteropServices.GCHandleType.Pinned);
        try
        {
            var information = new SKImageInfo(width, height, isRgba ? SKColorType.Rgba8888 : SKColorType.Bgra8888, SKAlphaType.Unpremul);
            using var image = SKImage.FromPixels(information, pinned.AddrOfPinnedObject());
            using var bitmap = SKBitmap.FromImage(image);
            var scale = Math.Min(1.0, (double)LargestSide / Math.Max(width, height));
            using var small = scale == 1 ? bitmap.Copy() : bitmap.Resize(new SKSizeI(Math.Max(1, (int)(width * scale)), Math.Max(1, (int)(height * scale))), SKFilterQuality.Medium);
            using var data = small.Encode(SKEncodedImageFormat.Png, 100);
            return data.ToArray();
        }
        finally
        {
            pinned.Free();
        }
    }

    private Func<byte[]?> OfVector<T>(DataViewRow row, Func<T, float> toSingle)
    {
        var getter = row.GetGetter<VBuffer<T>>(Column);
        VBuffer<T> buffer = default;
        return () =>
        {
            getter(ref buffer);
            if (buffer.Length != _channels * _height * _width)
                throw new InvalidOperationException(Invariant($"Column '{Column.Name}' must hold {_channels * _height * _width} values in every row. Got {buffer.Length}."));
            return OfValues(Array.ConvertAll(buffer.DenseValues().ToArray(), value => toSingle(value)));
        };
    }

    private byte[] OfValues(float[] values)
    {
        var unit = values.Max() > 1 ? 1 : 255;
        var pixels = new byte[4 * _height * _width];
        for (var pixel = 0; pixel < _height * _width; pixel++)
        {
            for (var channel = 0; channel < 4; channel++)
                pixels[(4 * pixel) + channel] = channel == 3 && _channels < 4 ? (byte)255 : At(_channels == 1 ? 0 : channel, pixel);
        }

        return Png(pixels, _width, _height, isRgba: true);

        // A value that is not a number is shown as 0.
        byte At(int channel, int pixel) => (byte)Math.Clamp(values[_isChannelsFirst ? (channel * _height * _width) + pixel : (pixel * _channels) + channel] is var v && float.IsNaN(v) ? 0 : v * unit, 0, 255);
    }
}
