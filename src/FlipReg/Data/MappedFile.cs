using FlipReg.Regularizers;
using static System.FormattableString;
using static TorchSharp.torch;

namespace FlipReg.Data;

/// <summary>Tensors in files that are mapped into memory.</summary>
internal static class MappedFile
{
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
}
