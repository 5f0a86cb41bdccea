using System.IO.Compression;
using FlipReg;

namespace MLNet.FlipReg.Persistence;

/// <summary>What an entry of a model's zip may grow to when it is expanded. Reading goes no further than the length that the zip declares.</summary>
internal static class EntryBounds
{
    /// <summary>Up to here an entry may be as much longer than its compressed bytes as it likes.</summary>
    private const long FreeBytes = 64L << 20;

    /// <summary>Beyond, how many times as long: trained weights shrink by a tenth, text to a tenth, and only made-up content to a thousandth.</summary>
    private const long MaximumRatio = 100;

    /// <summary>Checks every entry of a zip.</summary>
    /// <exception cref="FormatException">An entry would grow beyond what a model's content does, or the stream is no zip.</exception>
    public static void CheckAll(Stream zip)
    {
        try
        {
            using var archive = new ZipArchive(zip, ZipArchiveMode.Read, leaveOpen: true);
            foreach (var entry in archive.Entries)
                Check(entry);
        }
        catch (InvalidDataException e)
        {
            throw new FormatException(InvariantText.OfFile($"A model file must be a zip. {e.Message} Give a file that SaveFile or Model.Save wrote."), e);
        }
    }

    /// <summary>Checks an entry before it is expanded.</summary>
    /// <exception cref="FormatException">It would grow beyond what a model's content does.</exception>
    public static void Check(ZipArchiveEntry entry)
    {
        if (entry.Length > FreeBytes && entry.Length / MaximumRatio > entry.CompressedLength)
            throw new FormatException(InvariantText.OfFile($"Entry '{entry.FullName}' of a model file must expand to at most {MaximumRatio} times its length, or to {FreeBytes >> 20} MiB. Got {entry.CompressedLength} bytes that expand to {entry.Length}. The file is made to exhaust the machine: do not load it."));
    }
}
