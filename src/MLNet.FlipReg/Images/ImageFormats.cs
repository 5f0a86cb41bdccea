using System.Buffers.Binary;
using System.Text;

namespace MLNet.FlipReg.Images;

/// <summary>What a file is by its first bytes. Names do not count: a PNG called .jpg is a PNG.</summary>
internal static class ImageFormats
{
    /// <summary>Bytes that <see cref="IsRead"/> looks at, at most.</summary>
    public const int Looked = 1024;

    /// <summary>Formats that are read, for messages.</summary>
    public const string Known = "JPEG, PNG, WebP, GIF or BMP";

    /// <summary>Looks at the first bytes of a file.</summary>
    /// <param name="start">Its first <see cref="Looked"/> bytes, or all there are.</param>
    /// <param name="name">The format's name, or what the file is otherwise.</param>
    /// <returns>Whether the format is one that is read.</returns>
    public static bool IsRead(ReadOnlySpan<byte> start, out string name)
    {
        name = Readable(start) ?? "";
        if (name.Length > 0)
            return true;
        name = start.IsEmpty ? "an empty file" : Other(start) ?? (IsText(start) ? Text(start) : "a file of an unknown format");
        return false;
    }

    private static string? Readable(ReadOnlySpan<byte> start) =>
        Starts(start, [0xFF, 0xD8, 0xFF]) ? "JPEG"
        : Starts(start, [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]) ? "PNG"
        : Starts(start, "GIF87a"u8) || Starts(start, "GIF89a"u8) ? "GIF"
        : Starts(start, "RIFF"u8) && start.Length >= 12 && Starts(start[8..], "WEBP"u8) ? "WebP"
        : IsBmp(start) ? "BMP" : null;

    /// <summary>BM, and a header size that bitmaps have: many texts start with BM, too.</summary>
    private static bool IsBmp(ReadOnlySpan<byte> start) =>
        Starts(start, "BM"u8) && start.Length >= 18 && BinaryPrimitives.ReadUInt32LittleEndian(start[14..]) is 12 or 16 or 40 or 52 or 56 or 64 or 108 or 124;

    private static string? Other(ReadOnlySpan<byte> start) =>
        Starts(start, "II*\0"u8) || Starts(start, "MM\0*"u8) || Starts(start, "II+\0"u8) || Starts(start, "MM\0+"u8) ? "TIFF"
        : start.Length >= 12 && Starts(start[4..], "ftyp"u8) ? Container(start[8..12])
        : Starts(start, [0xFF, 0x0A]) || Starts(start, [0, 0, 0, 12, (byte)'J', (byte)'X', (byte)'L', (byte)' ']) ? "JPEG XL"
        : Starts(start, [0, 0, 0, 12, (byte)'j', (byte)'P', (byte)' ', (byte)' ']) || Starts(start, [0xFF, 0x4F, 0xFF, 0x51]) ? "JPEG 2000"
        : Starts(start, "8BPS"u8) ? "a Photoshop document"
        : Starts(start, "%PDF"u8) ? "PDF"
        : Starts(start, [0, 0, 1, 0]) ? "an icon (ICO)"
        : Starts(start, [(byte)'P', (byte)'K', 3, 4]) ? "a ZIP archive"
        : Starts(start, [0x1F, 0x8B]) ? "a gzip archive"
        : null;

    /// <summary>The ISO base media formats, by their major brand.</summary>
    private static string Container(ReadOnlySpan<byte> brand) => Encoding.ASCII.GetString(brand) switch
    {
        "avif" or "avis" => "AVIF",
        "heic" or "heix" or "hevc" or "hevx" or "heim" or "heis" or "mif1" or "msf1" => "HEIC",
        _ => "a video",
    };

    private static bool IsText(ReadOnlySpan<byte> start)
    {
        foreach (var value in start)
        {
            if (value < 32 && value is not ((byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\f'))
                return false;
        }

        return true;
    }

    private static string Text(ReadOnlySpan<byte> start)
    {
        var text = Encoding.Latin1.GetString(start);
        return text.StartsWith("version https://git-lfs", StringComparison.Ordinal) ? "a pointer of Git LFS (fetch the file itself: git lfs pull)"
            : text.Contains("<svg", StringComparison.OrdinalIgnoreCase) ? "SVG"
            : text.Contains("<html", StringComparison.OrdinalIgnoreCase) || text.Contains("<!doctype html", StringComparison.OrdinalIgnoreCase) ? "a web page"
            : "a text";
    }

    private static bool Starts(ReadOnlySpan<byte> start, ReadOnlySpan<byte> signature) => start.StartsWith(signature);
}
