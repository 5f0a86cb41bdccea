using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using static System.FormattableString;

namespace FlipReg.Data;

/// <summary>
/// Writes the safetensors format: the header's length (8 bytes, little-endian), a JSON header, then the values end to end.
/// </summary>
internal static class SafetensorsWriter
{
    /// <summary>Writes the tensors, wider elements first so that all values are aligned, then by name: the same tensors give the same bytes.</summary>
    /// <exception cref="ArgumentException">Two tensors have one name.</exception>
    public static void Write(Stream stream, IEnumerable<SafetensorsEntry> tensors)
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Safetensors files hold little-endian values, and this machine is big-endian.");
        var ordered = tensors.OrderByDescending(t => t.ElementSize).ThenBy(t => t.Name, StringComparer.Ordinal).ToList();
        if (ordered.GroupBy(t => t.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException(Invariant($"Tensor names must differ. Got '{twice.Key}' {twice.Count()} times."), nameof(tensors));
        var header = Header(ordered);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var tensor in ordered)
        {
            // In pieces: a span of bytes is limited to 2 GiB, an array of 8-byte values is not.
            for (long first = 0, count = tensor.ByteCount / tensor.ElementSize; first < count; first += SafetensorsReader.PieceValues)
            {
                var range = new Range((int)first, (int)Math.Min(count, first + SafetensorsReader.PieceValues));
                stream.Write(tensor.Floats is { } floats
                    ? MemoryMarshal.AsBytes(floats.AsSpan(range))
                    : MemoryMarshal.AsBytes(tensor.Integers.AsSpan(range)));
            }
        }
    }

    private static byte[] Header(List<SafetensorsEntry> tensors)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            long offset = 0;
            foreach (var tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.ElementType);
                WriteNumbers(json, "shape", tensor.Shape);
                WriteNumbers(json, "data_offsets", [offset, offset + tensor.ByteCount]);
                json.WriteEndObject();
                offset += tensor.ByteCount;
            }

            json.WriteEndObject();
        }

        // Spaces at the end bring the values to a multiple of 8 bytes, as the format allows.
        while (buffer.Length % 8 != 0)
            buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
