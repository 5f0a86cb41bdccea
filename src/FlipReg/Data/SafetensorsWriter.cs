using System.Buffers.Binary;
using System.Text.Json;
using static System.FormattableString;
using static TorchSharp.torch;

namespace FlipReg.Data;

/// <summary>
/// Writes the safetensors format: the header's length (8 bytes, little-endian), a JSON header, then the values end to end.
/// </summary>
internal static class SafetensorsWriter
{
    /// <summary>
    /// Writes the tensors, wider elements first so that all values are aligned, then by name: the same tensors give the same bytes. One tensor at
    /// a time is read from its device.
    /// </summary>
    /// <exception cref="ArgumentException">Two tensors have one name, or one has none.</exception>
    public static void Write(Stream stream, IEnumerable<(string Name, Tensor Value)> tensors)
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Safetensors files hold little-endian values, and this machine is big-endian.");
        var ordered = tensors.OrderByDescending(t => t.Value.ElementSize).ThenBy(t => t.Name, StringComparer.Ordinal).ToList();
        if (ordered.GroupBy(t => t.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1 || g.Key.Length == 0) is { } wrong)
            throw new ArgumentException(Invariant($"Tensor names must be given and differ. Got '{wrong.Key}' {wrong.Count()} times."), nameof(tensors));
        var header = Header(ordered);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var (_, value) in ordered)
            HostReads.ReadBytes(value, stream.Write);
    }

    private static byte[] Header(List<(string Name, Tensor Value)> tensors)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            long offset = 0;
            foreach (var (name, value) in tensors)
            {
                var bytes = value.numel() * value.ElementSize;
                json.WriteStartObject(name);
                json.WriteString("dtype", SafetensorsHeader.TypeOf(value));
                WriteNumbers(json, "shape", value.shape);
                WriteNumbers(json, "data_offsets", [offset, offset + bytes]);
                json.WriteEndObject();
                offset += bytes;
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
