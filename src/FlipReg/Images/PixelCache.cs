using System.Security.Cryptography;
using FlipReg.Data;

namespace FlipReg.Images;

/// <summary>
/// Decoded images that stay from fit to fit: a file for each list of image files and way to decode them, called by the digest of both.
/// </summary>
internal sealed class PixelCache
{
    private const string Suffix = ".images";

    private readonly byte[] _key;
    private readonly string _path;

    /// <param name="folder">The folder, made where it is missing.</param>
    /// <param name="rules">How images are decoded, as text.</param>
    /// <param name="files">Paths of the images.</param>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be made.</exception>
    public PixelCache(string folder, string rules, IEnumerable<string> files)
    {
        Directory.CreateDirectory(folder);
        _key = Key(rules, files);
        _path = Path.Combine(folder, Convert.ToHexStringLower(_key) + Suffix);
        RemoveLeftOvers(folder);
    }

    /// <summary>The images as an earlier fit left them; null where none did, or something of it has changed.</summary>
    /// <param name="width">Bytes of an image.</param>
    public PixelFile? TryOpen(int width) => PixelFile.TryOpen(_path, _key, width);

    /// <summary>Keeps images for later fits: there is the whole file, or none.</summary>
    /// <exception cref="IOException">There is no room.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public void Keep(PixelRows rows, IReadOnlyList<MissingImage> missing) => AtomicFile.Write(_path, stream =>
    {
        stream.Write(new byte[PixelFile.HeadBytes]);
        rows.ReadBytes(stream.Write);
        PixelFile.Complete(stream, _key, rows.Rows, rows.Width, missing);
    });

    private static byte[] Key(string rules, IEnumerable<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(rules);
        foreach (var file in files)
        {
            Add(Path.GetFullPath(file));
            var info = new FileInfo(file);
            Add(info.Exists ? FormattableString.Invariant($"{info.Length} {info.LastWriteTimeUtc.Ticks}") : "absent");
        }

        return hash.GetHashAndReset();

        void Add(string text)
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(text));
            hash.AppendData([0]);
        }
    }

    /// <summary>Removes what fits left that were killed while they wrote. A file that is being written cannot be opened for oneself alone.</summary>
    private static void RemoveLeftOvers(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, ".*.tmp").Where(file => file.Contains(Suffix, StringComparison.Ordinal) || Path.GetFileName(file).StartsWith(".images-", StringComparison.Ordinal)))
        {
            try
            {
                File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
                File.Delete(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another fit's.
            }
        }
    }
}
