using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace MLNet.FlipReg.Persistence;

/// <summary>
/// A SHA-256 over a whole zip file, kept in the zip's comment: the last bytes of the file, which ML.NET and other readers of zips skip. It
/// covers every byte before its own 64 hexadecimal digits.
/// </summary>
internal static class FileDigest
{
    private const int Digits = 2 * SHA256.HashSizeInBytes;

    /// <summary>A zip's last record without a comment: its signature at the start, the comment's length in the last two bytes.</summary>
    private const int EndRecord = 22;

    private const uint EndSignature = 0x06054b50;

    /// <summary>What stands before the digits.</summary>
    private static readonly byte[] _label = Encoding.ASCII.GetBytes("MLNet.FlipReg: SHA-256 of all bytes before it: ");

    /// <summary>Adds the digest to a zip without a comment.</summary>
    /// <exception cref="IOException">The stream does not end as a zip without a comment does.</exception>
    public static void Append(Stream zip)
    {
        Span<byte> end = stackalloc byte[EndRecord];
        zip.Position = Math.Max(0, zip.Length - EndRecord);
        if (zip.ReadAtLeast(end, EndRecord, throwOnEndOfStream: false) < EndRecord || BinaryPrimitives.ReadUInt32LittleEndian(end) != EndSignature || end[^1] != 0 || end[^2] != 0)
            throw new IOException("The model was not written to its end.");
        BinaryPrimitives.WriteUInt16LittleEndian(end[^2..], (ushort)(_label.Length + Digits));
        zip.Position = zip.Length - EndRecord;
        zip.Write(end);
        zip.Write(_label);
        zip.Position = 0;
        var digits = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(zip)));
        zip.Write(digits);
    }

    /// <summary>Checks a file against its digest and leaves the stream at its start.</summary>
    /// <exception cref="FormatException">There is no digest, or it is another file's.</exception>
    public static void Check(Stream zip, string path)
    {
        var covered = zip.Length - Digits;
        Span<byte> end = stackalloc byte[_label.Length + Digits];
        zip.Position = Math.Max(0, covered - _label.Length);
        if (zip.ReadAtLeast(end, end.Length, throwOnEndOfStream: false) < end.Length || !end[.._label.Length].SequenceEqual(_label))
            throw new FormatException($"Model file '{path}' must end with the SHA-256 that SaveFile writes. Got none: Model.Save wrote it, or it is cut off or altered. Save the model with SaveFile; Model.Load loads a file without checking it.");
        zip.Position = 0;
        if (!end[_label.Length..].SequenceEqual(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(Hash(zip, covered)))))
            throw new FormatException($"Model file '{path}' must have the SHA-256 that was recorded when it was saved. Got another: it is altered. Copy or download it again.");
        zip.Position = 0;
    }

    private static byte[] Hash(Stream stream, long count)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var piece = new byte[1 << 16];
        while (count > 0)
        {
            var read = stream.Read(piece, 0, (int)Math.Min(piece.Length, count));
            if (read == 0)
                break;
            hash.AppendData(piece, 0, read);
            count -= read;
        }

        return hash.GetHashAndReset();
    }
}
