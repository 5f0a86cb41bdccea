namespace FlipReg.Data;

/// <summary>Replaces a file as a whole: whatever happens meanwhile, there is the old file or the new one, never a part.</summary>
internal static class AtomicFile
{
    /// <summary>
    /// Has the content written aside, in the same folder under a name that nobody else uses, flushes it to the disk and renames it over the old
    /// file. On failure the old file is untouched and nothing is left over; a process that is killed may leave the file written aside.
    /// </summary>
    /// <param name="path">The file; its folder must be there.</param>
    /// <param name="write">Writes the content to a stream that can be read and positioned too.</param>
    /// <exception cref="IOException">There is no room, or no such folder.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full) ?? throw new IOException($"'{path}' must name a file. It is a folder.");
        var aside = Path.Combine(folder, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (var stream = new FileStream(aside, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(aside, full, overwrite: true);
        }
        catch
        {
            File.Delete(aside);
            throw;
        }

        DiskFlush.Folder(folder);
    }
}
