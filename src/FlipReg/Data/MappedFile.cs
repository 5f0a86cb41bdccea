using System.Runtime.InteropServices;
using FlipReg.Regularizers;
using static System.FormattableString;
using static TorchSharp.torch;

namespace FlipReg.Data;

/// <summary>Tensors in files that are mapped into memory.</summary>
internal static partial class MappedFile
{
    /// <summary>Linux's MADV_POPULATE_WRITE.</summary>
    private const int PopulateWrite = 23;

    /// <summary>A tensor of zeros in a file that has no name: it is gone with the tensor, or with the process.</summary>
    /// <exception cref="InvalidOperationException">The folder has no room, or cannot be written.</exception>
    public static Tensor Create(string what, string folder, long[] shape, ScalarType type, long bytes, RegularizerContext context)
    {
        var path = Path.Combine(folder, Invariant($".flipreg-{Guid.NewGuid():N}"));
        try
        {
            var free = new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
            if (bytes > free)
                throw new IOException(Invariant($"The disk has {free >> 20:N0} MiB free."));
            // Its blocks are taken now: a mapped file that finds the disk full later ends the process.
            using (var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, PreallocationSize = bytes }))
                file.SetLength(bytes);
            using var flat = from_file(path, shared: true, size: bytes / (type == ScalarType.Float16 ? 2 : 4), dtype: type);
            Populate(flat, bytes);
            return flat.view(shape);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InvalidOperationException(Invariant($"{what} must fit into a file in '{folder}'. Got {context.Rows:N0} rows and {context.Classes:N0} classes, which take {bytes >> 20:N0} MiB. {e.Message} Give the Bank another Directory, make room, or use fewer rows or classes."), e);
        }
        finally
        {
            // Deleting is an error only where there is no such folder.
            if (File.Exists(path))
                File.Delete(path);
        }
    }

    /// <summary>
    /// Has the system make all pages at once: a page that a step is the first to write took 20 µs a row else, with this 1 to 2 (seen at 2 GB; a file so large that the system writes its pages to
    /// the disk meanwhile takes them anew). Where the system cannot, it is only slower.
    /// </summary>
    private static unsafe void Populate(Tensor tensor, long bytes)
    {
        if (OperatingSystem.IsLinux() && bytes > 0)
            _ = Advise((nint)HostReads.Address<byte>(tensor), (nuint)bytes, PopulateWrite);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
