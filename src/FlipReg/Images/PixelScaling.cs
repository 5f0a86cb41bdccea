using FlipReg.Encoders;
using static System.FormattableString;
using static TorchSharp.torch;

namespace FlipReg.Images;

/// <summary>The normalization of images, channel by channel: (x − shift)·scale of bytes x.</summary>
internal sealed class PixelScaling
{
    private PixelScaling(ImageShape shape, float[] shifts, float[] scales) => (Shape, Shifts, Scales) = (shape, shifts, scales);

    /// <summary>The shape of an image.</summary>
    public ImageShape Shape { get; }

    /// <summary>Subtracted, one a channel.</summary>
    public IReadOnlyList<float> Shifts { get; }

    /// <summary>Multiplied by, one a channel; above 0.</summary>
    public IReadOnlyList<float> Scales { get; }

    /// <summary>The largest magnitude that a byte may become.</summary>
    public float Largest => Enumerable.Range(0, Shape.Channels).Max(c => Math.Max(Math.Abs(Shifts[c]), Math.Abs(255 - Shifts[c])) * Scales[c]);

    /// <summary>The normalization that options ask for, or that gives the images of a table mean 0 and variance 1.</summary>
    public static PixelScaling Of(PixelRows rows, ImageOptions options)
    {
        var moments = options.Mean is null || options.StandardDeviation is null ? Moments(rows) : [];
        var shifts = options.Mean is { } mean ? mean.Select(value => value * 255).ToArray() : Array.ConvertAll(moments, m => m.Mean);
        var deviations = options.StandardDeviation is { } deviation ? deviation.Select(value => value * 255).ToArray() : Array.ConvertAll(moments, m => m.Deviation);
        return new PixelScaling(rows.Shape, Array.ConvertAll(shifts, value => (float)value), Array.ConvertAll(deviations, value => value > 0 ? (float)(1 / value) : 1f));
    }

    /// <summary>The normalization that an encoder stands for.</summary>
    /// <exception cref="InvalidOperationException">It is another encoding, of a model that was not trained on images.</exception>
    public static PixelScaling Of(InputEncoder encoder, ImageShape shape)
    {
        var pixels = shape.Height * shape.Width;
        if (encoder.RawWidth != shape.Values || encoder.RowScale != 1 || !encoder.Slots.Select((slot, i) => (Slot: slot, First: encoder.Slots[i / pixels * pixels])).All(p => Same(p.Slot, p.First)))
            throw new InvalidOperationException(Invariant($"InitialModel must have been trained on images of {shape}, whose channels were normalized. Got a model of {encoder.RawWidth} features ({encoder.Describe()}). Train it with Images, too, or start without it."));
        var channels = Enumerable.Range(0, shape.Channels).Select(c => encoder.Slots[c * pixels]).ToArray();
        return new PixelScaling(shape, Array.ConvertAll(channels, slot => slot.Shift), Array.ConvertAll(channels, slot => slot.Scale));
    }

    /// <summary>The encoder of rows that hold images' values, 0 to 255, in the order (C, H, W).</summary>
    public InputEncoder ToEncoder()
    {
        var pixels = Shape.Height * Shape.Width;
        return new InputEncoder([.. Shifts.Zip(Scales).SelectMany(c => Enumerable.Repeat(EncodedSlot.Identity with { Shift = c.First, Scale = c.Second }, pixels))], MissingValues.Error);
    }

    /// <summary>The factors of x in x·factor + offset, and the offsets, C × 1 each, on a device.</summary>
    public (Tensor Factors, Tensor Offsets) ToTensors(Device device) =>
        (tensor(Scales.ToArray()).view(-1, 1).to(device), tensor(Shifts.Zip(Scales, (shift, scale) => -shift * scale).ToArray()).view(-1, 1).to(device));

    private static bool Same(EncodedSlot slot, EncodedSlot first) => slot.Kind == SlotKind.Linear && !slot.HasIndicator && slot.Shift == first.Shift && slot.Scale == first.Scale;

    /// <summary>Mean and standard deviation of each channel. The sums are whole numbers: no order of rows or threads changes them.</summary>
    private static (double Mean, double Deviation)[] Moments(PixelRows rows)
    {
        var pixels = rows.Shape.Height * rows.Shape.Width;
        var sums = new long[rows.Shape.Channels];
        var squares = new UInt128[rows.Shape.Channels];
        var place = 0;
        rows.ReadBytes(bytes =>
        {
            for (var done = 0; done < bytes.Length; done += pixels, place = (place + 1) % sums.Length)
            {
                ulong sum = 0, square = 0;
                foreach (var value in bytes.Slice(done, pixels))
                {
                    sum += value;
                    square += (ulong)(value * value);
                }

                sums[place] += (long)sum;
                squares[place] += square;
            }
        });
        var count = (double)rows.Rows * pixels;
        return [.. sums.Zip(squares, (sum, square) => (sum / count, Math.Sqrt(Math.Max(0, ((double)square / count) - (sum / count * (sum / count))))))];
    }
}
