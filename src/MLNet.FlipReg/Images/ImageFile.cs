namespace MLNet.FlipReg.Images;

/// <summary>Reads image files into a buffer that is used again. For one thread at a time.</summary>
internal sealed class ImageFile
{
    /// <summary>Bytes of a file at most: far above what an image of the largest number of pixels takes in any format.</summary>
    private const long MaximumBytes = 1 << 30;

    /// <summary>Bytes that are kept for the next file, at most.</summary>
    private const int KeptBytes = 16 << 20;

    private byte[] _buffer = [];

    /// <summary>The content of a file, valid until the next call.</summary>
    /// <exception cref="UnreadableImageException">There is no such file, or it cannot be read.</exception>
    public ReadOnlySpan<byte> Read(string path)
    {
        try
        {
            // Not opened: a pipe, which also has no length, would wait for its writer.
            if (new FileInfo(path) is { Exists: true, LinkTarget: null, Length: 0 })
                return [];
            using var handle = File.OpenHandle(path, options: FileOptions.SequentialScan);
            var length = RandomAccess.GetLength(handle);
            if (length > MaximumBytes)
                throw new UnreadableImageException($"Image '{path}' must have at most {MaximumBytes:N0} bytes. Got {length:N0}. Leave it out.");
            if (_buffer.Length < length || _buffer.Length > KeptBytes)
                _buffer = GC.AllocateUninitializedArray<byte>((int)Math.Max(length, 1 << 16));
            var read = 0;
            while (read < length && RandomAccess.Read(handle, _buffer.AsSpan(read, (int)length - read), read) is > 0 and var count)
                read += count;
            return _buffer.AsSpan(0, read);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UnreadableImageException($"Image '{path}' must be a file. Got none of that name. Relative paths start at the current folder, '{Environment.CurrentDirectory}'; check the path.", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException && Directory.Exists(path))
        {
            throw new UnreadableImageException($"Image '{path}' must be a file. Got a folder. To load all images of a folder, use Data.LoadImageFolder.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UnreadableImageException($"Image '{path}' must be readable. Got an error: {e.Message} Check the path and the rights.", e);
        }
    }
}
