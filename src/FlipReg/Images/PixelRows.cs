using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Images;

/// <summary>
/// Images of a table, a byte a value, each in the order (C, H, W): in memory that torch owns, or in a file. A table that is divided keeps its images where
/// they are: the parts know their rows' numbers.
/// </summary>
internal sealed unsafe class PixelRows : IDisposable
{
    /// <summary>Bytes that are read together where all are read.</summary>
    private const int BytesAtOnce = 1 << 20;

    private readonly Store _store;
    private readonly int[]? _places;
    private int _owners = 1;

    /// <param name="rows">Rows × C·H·W bytes, contiguous, on the CPU; owned from here on.</param>
    /// <param name="shape">The shape of an image.</param>
    public PixelRows(Tensor rows, ImageShape shape)
        : this(new Store(rows, null), null, (int)rows.shape[0], shape)
    {
    }

    /// <param name="file">The file, owned from here on.</param>
    /// <param name="shape">The shape of an image.</param>
    public PixelRows(PixelFile file, ImageShape shape)
        : this(new Store(null, file), null, file.Rows, shape)
    {
    }

    private PixelRows(Store store, int[]? places, int rows, ImageShape shape) => (_store, _places, Rows, Shape) = (store, places, rows, shape);

    /// <summary>Images.</summary>
    public int Rows { get; }

    /// <summary>The shape of an image.</summary>
    public ImageShape Shape { get; }

    /// <summary>Bytes of an image.</summary>
    public int Width => Shape.Values;

    /// <summary>Whether the images are in memory.</summary>
    public bool IsInMemory => _store.Memory is not null;

    /// <summary>Copies images, in the order of their numbers.</summary>
    /// <param name="rows">The numbers.</param>
    /// <param name="count">How many.</param>
    /// <param name="target">Receives them, one after another.</param>
    public void Copy(long* rows, int count, byte* target)
    {
        for (var i = 0; i < count; i++)
            Copy((int)rows[i], new Span<byte>(target + ((long)i * Width), Width));
    }

    /// <summary>Copies an image.</summary>
    public void Copy(int row, Span<byte> target) => _store.Copy(_places is null ? row : _places[row], target);

    /// <summary>All images on a device, in the caller's dispose scope; null where they are not in memory.</summary>
    public Tensor? To(Device device)
    {
        if (_store.Memory is not { } memory)
            return null;
        if (_places is null)
            return memory.to(device);
        using var order = tensor(Array.ConvertAll(_places, place => (long)place));
        return memory.index_select(0, order).to(device);
    }

    /// <summary>Hands out the bytes of all images, one after another, in pieces.</summary>
    public void ReadBytes(Action<ReadOnlySpan<byte>> take)
    {
        var together = Math.Max(1, BytesAtOnce / Width);
        var buffer = new byte[together * (long)Width];
        for (var first = 0; first < Rows; first += together)
        {
            var count = Math.Min(together, Rows - first);
            for (var i = 0; i < count; i++)
                Copy(first + i, buffer.AsSpan(i * Width, Width));
            take(buffer.AsSpan(0, count * Width));
        }
    }

    /// <summary>The images whose flag is false, and those whose flag is true. This object keeps its own owner.</summary>
    public (PixelRows Kept, PixelRows Apart) Divide(ReadOnlySpan<bool> apart)
    {
        var (kept, others) = (new List<int>(), new List<int>());
        for (var row = 0; row < Rows; row++)
            (apart[row] ? others : kept).Add(_places is null ? row : _places[row]);
        return (Part(kept), Part(others));
    }

    /// <summary>The same images for one more owner, who disposes them as well. Not while another thread does.</summary>
    public PixelRows Share()
    {
        _owners++;
        return this;
    }

    public void Dispose()
    {
        if (--_owners == 0)
            _store.Release();
    }

    private PixelRows Part(List<int> places)
    {
        _store.Share();
        return new PixelRows(_store, [.. places], places.Count, Shape);
    }

    /// <summary>Where the images are, for all parts of a table.</summary>
    private sealed class Store
    {
        private readonly PixelFile? _file;
        private readonly RowBytes? _bytes;
        private int _parts = 1;

        public Store(Tensor? memory, PixelFile? file)
        {
            (Memory, _file) = (memory, file);
            _bytes = memory is null ? null : new RowBytes(HostReads.Address<byte>(memory), memory.shape[1]);
        }

        public Tensor? Memory { get; }

        public void Copy(int row, Span<byte> target)
        {
            if (_bytes is null)
                _file!.Read(row, target);
            else
                _bytes.Row(row).CopyTo(target);
        }

        public void Share() => _parts++;

        public void Release()
        {
            if (--_parts > 0)
                return;
            Memory?.Dispose();
            _file?.Dispose();
        }
    }

    private sealed class RowBytes(byte* first, long width)
    {
        public ReadOnlySpan<byte> Row(int row) => new(first + (row * width), (int)width);
    }
}
