using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FlipReg;

namespace MLNet.FlipReg.Images;

/// <summary>
/// Resizes an image of 4 bytes a pixel (red, green, blue, alpha; premultiplied) into planes of bytes. The filter is a triangle as wide as two outputs, at
/// least two pixels, as Pillow's and torchvision's antialiased bilinear one: no pixel of the source is passed over. Sums are made in one order without
/// fused operations, so that every machine gives the same bytes.
/// </summary>
internal sealed class ImageResampler
{
    private float[] _row = [];
    private Taps _columns = new();
    private Taps _rows = new();

    /// <summary>Resizes.</summary>
    /// <param name="source">The source's first pixel.</param>
    /// <param name="width">Its columns.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="frame">Where it lies in the result.</param>
    /// <param name="orientation">How the result is turned, 1 to 8.</param>
    /// <param name="rules">Channels, size and background of the result.</param>
    /// <param name="target">Receives the planes, C·H·W bytes.</param>
    public unsafe void Resize(byte* source, int width, int height, in ImageFrame frame, int orientation, ImageRules rules, Span<byte> target)
    {
        var plane = rules.Shape.Height * rules.Shape.Width;
        if (frame.X.Count < frame.Width || frame.Y.Count < frame.Height)
            FillBackground(rules, target, plane);
        _columns.Set(frame.X, width);
        _rows.Set(frame.Y, height);
        var (firstColumn, columns) = (_columns.Lowest, _columns.Highest - _columns.Lowest + 1);
        if (_row.Length < 4 * columns)
            _row = GC.AllocateUninitializedArray<float>(4 * columns);
        var (origin, column, row) = ImageOrientation.Strides(orientation, frame.Width, frame.Height);
        for (var y = 0; y < frame.Y.Count; y++)
        {
            var sums = _row.AsSpan(0, 4 * columns);
            var tap = _rows.First[y];
            for (var t = _rows.Offset[y]; t < _rows.Offset[y + 1]; t++, tap++)
                Accumulate(new ReadOnlySpan<byte>(source + ((((long)tap * width) + firstColumn) * 4), 4 * columns), _rows.Weights[t], sums, isFirst: t == _rows.Offset[y]);
            var at = origin + ((frame.Y.First + y) * row) + (frame.X.First * column);
            if (rules.Shape.Channels == 3)
                WriteColor(rules.Background, sums, target, plane, at, column);
            else
                WriteGrey(rules.Background, sums, target, at, column);
        }
    }

    private static void FillBackground(ImageRules rules, Span<byte> target, int plane)
    {
        var (red, green, blue) = rules.Background;
        if (rules.Shape.Channels == 1)
        {
            target.Fill((byte)(Grey(red, green, blue) + 0.5f));
            return;
        }

        target[..plane].Fill(red);
        target.Slice(plane, plane).Fill(green);
        target[(2 * plane)..].Fill(blue);
    }

    /// <summary>Luma of ITU-R BT.601, as Pillow's "L".</summary>
    private static float Grey(float red, float green, float blue) => (red * 0.299f) + (green * 0.587f) + (blue * 0.114f);

    private static void Accumulate(ReadOnlySpan<byte> row, float weight, Span<float> sums, bool isFirst)
    {
        ref var from = ref MemoryMarshal.GetReference(row);
        ref var to = ref MemoryMarshal.GetReference(sums);
        var factor = Vector256.Create(weight);
        var i = 0;
        for (; i <= row.Length - 16; i += 16)
        {
            var (low, high) = Vector128.Widen(Vector128.LoadUnsafe(ref from, (nuint)i));
            var first = Vector256.ConvertToSingle(Vector256.Create(Vector128.WidenLower(low), Vector128.WidenUpper(low)).AsInt32()) * factor;
            var second = Vector256.ConvertToSingle(Vector256.Create(Vector128.WidenLower(high), Vector128.WidenUpper(high)).AsInt32()) * factor;
            if (!isFirst)
            {
                first += Vector256.LoadUnsafe(ref to, (nuint)i);
                second += Vector256.LoadUnsafe(ref to, (nuint)(i + 8));
            }

            first.StoreUnsafe(ref to, (nuint)i);
            second.StoreUnsafe(ref to, (nuint)(i + 8));
        }

        for (; i < row.Length; i++)
            sums[i] = isFirst ? row[i] * weight : sums[i] + (row[i] * weight);
    }

    /// <summary>A pixel of the result over the background, rounded: red, green, blue and alpha.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector128<float> Pixel(int x, ref float sums, Vector128<float> background)
    {
        var position = 4 * (_columns.First[x] - _columns.Lowest);
        var sum = Vector128<float>.Zero;
        for (var t = _columns.Offset[x]; t < _columns.Offset[x + 1]; t++, position += 4)
            sum += Vector128.LoadUnsafe(ref sums, (nuint)position) * _columns.Weights[t];
        return sum + (background * (1 - (sum[3] * (1f / 255))));
    }

    private static Vector128<float> Background(PixelColor color) => Vector128.Create(color.Red, color.Green, color.Blue, 255f);

    private void WriteColor(PixelColor background, Span<float> sums, Span<byte> target, int plane, int at, int column)
    {
        ref var first = ref MemoryMarshal.GetReference(sums);
        var (under, count) = (Background(background), _columns.Count);
        var red = target[..plane];
        var green = target.Slice(plane, plane);
        var blue = target.Slice(2 * plane, plane);
        for (var x = 0; x < count; x++, at += column)
        {
            var pixel = Vector128.ConvertToInt32(Vector128.Min(Vector128.Max(Pixel(x, ref first, under) + Vector128.Create(0.5f), Vector128<float>.Zero), Vector128.Create(255f)));
            (red[at], green[at], blue[at]) = ((byte)pixel[0], (byte)pixel[1], (byte)pixel[2]);
        }
    }

    private void WriteGrey(PixelColor background, Span<float> sums, Span<byte> target, int at, int column)
    {
        ref var first = ref MemoryMarshal.GetReference(sums);
        var (under, count) = (Background(background), _columns.Count);
        for (var x = 0; x < count; x++, at += column)
        {
            var pixel = Pixel(x, ref first, under);
            target[at] = (byte)Math.Clamp(Grey(pixel[0], pixel[1], pixel[2]) + 0.5f, 0, 255);
        }
    }

    /// <summary>The weights of an axis: those of output i are <see cref="Weights"/> from <see cref="Offset"/>[i] to [i + 1], for pixels from <see cref="First"/>[i] on.</summary>
    private sealed class Taps
    {
        private readonly List<float> _weights = [];
        private (ImageAxis Axis, int Size) _of;

        public int[] First { get; private set; } = [];

        public int[] Offset { get; private set; } = [0];

        public float[] Weights { get; private set; } = [];

        public int Count { get; private set; }

        /// <summary>The first pixel that is used.</summary>
        public int Lowest { get; private set; }

        /// <summary>The last pixel that is used.</summary>
        public int Highest { get; private set; }

        /// <summary>Computes the weights; images of one size share them.</summary>
        public void Set(in ImageAxis axis, int size)
        {
            if (_of == (axis, size))
                return;
            _weights.Clear();
            (First, Offset) = (new int[axis.Count], new int[axis.Count + 1]);
            var radius = Math.Max(1, axis.Step);
            for (var i = 0; i < axis.Count; i++)
            {
                // Pixel j covers j to j + 1: its centre is at j + 0.5.
                var center = axis.Start + ((i + 0.5) * axis.Step);
                var low = Math.Clamp((int)Math.Floor(center - radius + 0.5), 0, size - 1);
                var high = Math.Clamp((int)Math.Ceiling(center + radius - 0.5) - 1, low, size - 1);
                Add(i, center, radius, low, high);
            }

            (Weights, Count, Lowest, Highest, _of) = ([.. _weights], axis.Count, First[0], First[^1] + (Offset[^1] - Offset[^2]) - 1, (axis, size));
        }

        private void Add(int output, double center, double radius, int low, int high)
        {
            double total = 0;
            for (var j = low; j <= high; j++)
                total += Weight(j);
            First[output] = low;
            for (var j = low; j <= high; j++)
                _weights.Add(total > 0 ? (float)(Weight(j) / total) : 1f / (high - low + 1));
            Offset[output + 1] = _weights.Count;

            double Weight(int j) => Math.Max(0, 1 - (Math.Abs(j + 0.5 - center) / radius));
        }
    }
}
