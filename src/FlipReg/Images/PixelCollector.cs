using System.Globalization;
using FlipReg.Data;
using static System.FormattableString;
using static TorchSharp.torch;

namespace FlipReg.Images;

/// <summary>Collects decoded images: in memory up to a budget, then, all of them, in a file.</summary>
internal sealed unsafe class PixelCollector : IDisposable
{
    private const long MaximumChunkBytes = 64 << 20;

    private readonly ImageShape _shape;
    private readonly long _memoryBytes;
    private readonly string _folder;
    private readonly List<(Tensor Rows, long Used)> _chunks = [];
    private long _nextChunk;
    private FileStream? _file;

    /// <param name="shape">The shape of an image.</param>
    /// <param name="expectedRows">How many will come at most, as far as that is known: then nothing is copied.</param>
    /// <param name="memoryBytes">Bytes in memory at most.</param>
    /// <param name="folder">Where the file is made, if there is one.</param>
    public PixelCollector(ImageShape shape, long? expectedRows, long memoryBytes, string folder)
    {
        (_shape, _memoryBytes, _folder) = (shape, memoryBytes, folder);
        var fitting = Math.Max(1, memoryBytes / shape.Values);
        _nextChunk = Math.Clamp(expectedRows ?? 1024, 1, expectedRows is null ? Math.Min(fitting, LargestChunk) : fitting);
    }

    /// <summary>Images so far.</summary>
    public int Rows { get; private set; }

    /// <summary>Bytes in memory at most.</summary>
    public long MemoryBytes => _memoryBytes;

    private long LargestChunk => Math.Max(1, MaximumChunkBytes / _shape.Values);

    /// <summary>Adds an image.</summary>
    /// <exception cref="IOException">There is no room on the disk.</exception>
    /// <exception cref="InsufficientMemoryException">There is no room in memory.</exception>
    public void Add(ReadOnlySpan<byte> image)
    {
        if (_file is null && (Rows + 1L) * _shape.Values > _memoryBytes)
            MoveToFile();
        if (_file is null)
        {
            if (_chunks.Count == 0 || _chunks[^1].Used == _chunks[^1].Rows.shape[0])
                AddChunk();
            var (rows, used) = _chunks[^1];
            image.CopyTo(new Span<byte>(HostReads.Address<byte>(rows) + (used * _shape.Values), _shape.Values));
            _chunks[^1] = (rows, used + 1);
        }
        else
        {
            Write(image);
        }

        Rows++;
    }

    /// <summary>All images, in the caller's hands; this collector is empty afterwards.</summary>
    /// <exception cref="IOException">There is no room on the disk.</exception>
    public PixelRows ToRows()
    {
        if (_file is { } file)
        {
            try
            {
                file.Flush();
            }
            catch (IOException e)
            {
                throw NoRoom(e);
            }

            _file = null;
            var opened = PixelFile.Temporary(file.Name, Rows, _shape.Values);
            file.Dispose();
            return new PixelRows(opened, _shape);
        }

        return new PixelRows(Join(), _shape);
    }

    public void Dispose()
    {
        _chunks.ForEach(chunk => chunk.Rows.Dispose());
        _chunks.Clear();
        if (_file is null)
            return;
        try
        {
            _file.Dispose();
        }
        catch (IOException)
        {
            // What could not be written is not wanted any more.
        }

        File.Delete(_file.Name);
        _file = null;
    }

    private Tensor Join()
    {
        using var scope = NewDisposeScope();
        if (_chunks is [var (only, count)])
        {
            _chunks.Clear();
            if (count == only.shape[0])
                return only;
            using (only)
                return only.narrow(0, 0, count).DetachFromDisposeScope();
        }

        var joined = Empty(Rows);
        long first = 0;
        foreach (var (rows, used) in _chunks)
        {
            joined.narrow(0, first, used).copy_(rows.narrow(0, 0, used));
            first += used;
            rows.Dispose();
        }

        _chunks.Clear();
        return joined;
    }

    private void AddChunk()
    {
        _chunks.Add((Empty(_nextChunk), 0));
        _nextChunk = Math.Min(Rows + _nextChunk, LargestChunk);
    }

    private Tensor Empty(long rows)
    {
        try
        {
            return empty([rows, _shape.Values], dtype: uint8).DetachFromDisposeScope();
        }
        catch (Exception e) when (NativeMemoryErrors.IsOne(e))
        {
            throw NativeMemoryErrors.Explain(e, Invariant($"{rows:N0} decoded images of {_shape} bytes"));
        }
    }

    private void MoveToFile()
    {
        try
        {
            Directory.CreateDirectory(_folder);
            _file = new FileStream(Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $".images-{Guid.NewGuid():N}.tmp")), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, 1 << 16);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NoRoom(e);
        }

        Write(new byte[PixelFile.HeadBytes]);
        foreach (var (rows, used) in _chunks)
        {
            for (long row = 0; row < used; row++)
                Write(new ReadOnlySpan<byte>(HostReads.Address<byte>(rows) + (row * _shape.Values), _shape.Values));
            rows.Dispose();
        }

        _chunks.Clear();
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _file!.Write(bytes);
        }
        catch (IOException e)
        {
            throw NoRoom(e);
        }
    }

    private IOException NoRoom(Exception e) => new(Invariant($"Folder '{_folder}' must have room for the decoded images, {_shape} bytes each, which do not fit into the {_memoryBytes >> 20} MiB of Images.MemoryMegabytes. Got: {e.Message} Free some, name another folder in Images.CacheDirectory, or raise MemoryMegabytes."), e);
}
