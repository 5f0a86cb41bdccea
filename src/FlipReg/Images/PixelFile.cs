using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using static System.FormattableString;

namespace FlipReg.Images;

/// <summary>
/// A file of decoded images: a head, the images, and behind them which rows of the data have none. It is written under another name and renamed when it is
/// whole and on the disk, and is read by its key, its sizes and its length: a part of one is never taken for the whole.
/// </summary>
/// <remarks>It is read, not mapped into memory: a file that another program cuts off is then an error, where a mapped one would end the process.</remarks>
internal sealed class PixelFile : IDisposable
{
    /// <summary>Bytes of the head.</summary>
    public const int HeadBytes = 64;

    private const long Magic = 0x31584950_47455246;

    private readonly SafeFileHandle _handle;
    private readonly string _path;
    private readonly int _width;
    private readonly bool _isTemporary;

    private PixelFile(SafeFileHandle handle, string path, int rows, int width, IReadOnlyList<MissingImage> missing, bool isTemporary) =>
        (_handle, _path, Rows, _width, Missing, _isTemporary) = (handle, path, rows, width, missing, isTemporary);

    /// <summary>Images in it.</summary>
    public int Rows { get; }

    /// <summary>Rows of the data that have no image in it.</summary>
    public IReadOnlyList<MissingImage> Missing { get; }

    /// <summary>Opens a file; null where there is none, or none that is whole and of this key.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">32 bytes that tell which images it holds.</param>
    /// <param name="width">Bytes of an image.</param>
    public static PixelFile? TryOpen(string path, ReadOnlySpan<byte> key, int width)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, options: FileOptions.RandomAccess);
            if (Read(handle, path, key, width) is { } file)
            {
                handle = null;
                return file;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or EndOfStreamException)
        {
            // Then it is made anew.
        }
        finally
        {
            handle?.Dispose();
        }

        return null;
    }

    /// <summary>Takes over a file whose images are written, and which is deleted when it is closed.</summary>
    public static PixelFile Temporary(string path, int rows, int width) => new(File.OpenHandle(path, options: FileOptions.RandomAccess), path, rows, width, [], isTemporary: true);

    /// <summary>Writes head and end of a file whose images are written.</summary>
    /// <param name="stream">The file, which has <see cref="HeadBytes"/> and then the images.</param>
    /// <param name="key">32 bytes that tell which images it holds.</param>
    /// <param name="rows">Images.</param>
    /// <param name="width">Bytes of an image.</param>
    /// <param name="missing">Rows of the data that have none.</param>
    public static void Complete(Stream stream, ReadOnlySpan<byte> key, int rows, int width, IReadOnlyList<MissingImage> missing)
    {
        stream.Position = HeadBytes + ((long)rows * width);
        using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            foreach (var (row, problem) in missing)
            {
                writer.Write(row);
                writer.Write(problem);
            }
        }

        var head = new byte[HeadBytes];
        BinaryPrimitives.WriteInt64LittleEndian(head, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(8), rows);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(12), width);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(16), stream.Position);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(24), missing.Count);
        key.CopyTo(head.AsSpan(32));
        stream.SetLength(stream.Position);
        stream.Position = 0;
        stream.Write(head);
    }

    /// <summary>Reads an image.</summary>
    /// <exception cref="IOException">The file was cut off, or cannot be read.</exception>
    public void Read(int row, Span<byte> target)
    {
        var offset = HeadBytes + ((long)row * _width);
        for (var done = 0; done < target.Length;)
        {
            var count = RandomAccess.Read(_handle, target[done..], offset + done);
            if (count == 0)
                throw new IOException(Invariant($"The file of decoded images '{_path}' must keep its {Rows} images while a fit uses it. Got its end at image {row}. Leave it alone, and fit again."));
            done += count;
        }
    }

    public void Dispose()
    {
        _handle.Dispose();
        if (_isTemporary)
            File.Delete(_path);
    }

    private static PixelFile? Read(SafeFileHandle handle, string path, ReadOnlySpan<byte> key, int width)
    {
        var head = new byte[HeadBytes];
        if (RandomAccess.Read(handle, head, 0) < HeadBytes || BinaryPrimitives.ReadInt64LittleEndian(head) != Magic || !head.AsSpan(32).SequenceEqual(key))
            return null;
        var (rows, length) = (BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(8)), BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(16)));
        var end = HeadBytes + ((long)rows * width);
        if (rows < 0 || BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(12)) != width || length != RandomAccess.GetLength(handle) || length < end || length - end > Array.MaxLength)
            return null;
        var rest = new byte[length - end];
        if (RandomAccess.Read(handle, rest, end) < rest.Length)
            return null;
        using var reader = new BinaryReader(new MemoryStream(rest));
        var missing = new List<MissingImage>();
        for (var i = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(24)); i > 0; i--)
            missing.Add(new MissingImage(reader.ReadInt32(), reader.ReadString()));
        return new PixelFile(handle, path, rows, width, missing, isTemporary: false);
    }
}

/// <summary>A row of the data whose image cannot be read.</summary>
/// <param name="Row">Its number among the rows that were to be read.</param>
/// <param name="Problem">What is wrong.</param>
internal readonly record struct MissingImage(int Row, string Problem);
