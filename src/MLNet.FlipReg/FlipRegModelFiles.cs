using FlipReg.Data;
using MLNet.FlipReg.Persistence;

namespace Microsoft.ML;

/// <summary>Adds model files that survive crashes and show damage to <c>mlContext.Model</c>.</summary>
public static class FlipRegModelFiles
{
    /// <summary>
    /// Saves a model, of whatever transformers, so that the path holds the old file or the new one, never a part: whatever happens, a full disk, a
    /// killed process, a power failure. The file is written aside in the same folder, flushed to the disk and renamed. Of savers side by side one wins.
    /// </summary>
    /// <remarks>
    /// The file is that of <c>mlContext.Model.Save</c>, which <c>mlContext.Model.Load</c> loads, with a SHA-256 over all of it in the zip's
    /// comment, which <see cref="LoadFile"/> checks. A killed process may leave a file <c>.NAME.*.tmp</c> in the folder.
    /// </remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">The fitted model.</param>
    /// <param name="inputSchema">The schema of the data that the model takes, or null.</param>
    /// <param name="filePath">The file; its folder must be there.</param>
    /// <exception cref="IOException">The folder is missing or cannot be written, or the disk is full. The old file is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public static void SaveFile(this ModelOperationsCatalog catalog, ITransformer model, DataViewSchema? inputSchema, string filePath)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(filePath);
        try
        {
            AtomicFile.Write(filePath, file =>
            {
                var stream = new FailureKeepingStream(file);
                catalog.Save(model, inputSchema, stream);
                stream.ThrowIfFailed();
                FileDigest.Append(file);
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Model file '{filePath}' must be in a folder that can be written, with room for it. {e.Message} Give another path, the right to write there, or more room. A file that was there before is as it was.", e);
        }
    }

    /// <summary>Loads what <see cref="SaveFile"/> saved, after checking every byte of it: a file that was damaged by anything is refused before any of it is read as a model.</summary>
    /// <remarks>
    /// The check finds damage, not malice: whoever can change the file can change its SHA-256. Load only files whose makers you trust, as
    /// ML.NET loads code by names in the file.
    /// </remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="filePath">The file.</param>
    /// <param name="inputSchema">The schema that the model was saved with, or null.</param>
    /// <exception cref="FormatException">The file is damaged, was not saved by <see cref="SaveFile"/>, is made to exhaust memory, or is of a newer version.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static ITransformer LoadFile(this ModelOperationsCatalog catalog, string filePath, out DataViewSchema? inputSchema)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(filePath);
        // Deletable: the file may be replaced by another while it is read, and is read to its end all the same.
        using var file = new FileStream(filePath, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16);
        FileDigest.Check(file, filePath);
        EntryBounds.CheckAll(file);
        file.Position = 0;
        return catalog.Load(file, out inputSchema);
    }
}
