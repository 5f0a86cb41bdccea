using System.Runtime.InteropServices;

namespace FlipReg.Data;

/// <summary>Has the operating system write to the disk what it may still hold in memory.</summary>
internal static partial class DiskFlush
{
    /// <summary>
    /// Makes the names in a folder last: a file that was created or renamed there is found after a power failure. Windows writes names with the
    /// files, and gives no other way.
    /// </summary>
    /// <exception cref="IOException">The folder cannot be flushed.</exception>
    public static void Folder(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        const int ReadOnly = 0;
        var descriptor = Open(path, ReadOnly);
        if (descriptor < 0)
            throw Failure(path);
        try
        {
            // File systems without it (EINVAL) have nothing to flush.
            const int InvalidArgument = 22;
            if (Sync(descriptor) != 0 && Marshal.GetLastPInvokeError() != InvalidArgument)
                throw Failure(path);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failure(string path) => new($"The folder '{path}' cannot be flushed to the disk: {Marshal.GetLastPInvokeErrorMessage()}.");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
