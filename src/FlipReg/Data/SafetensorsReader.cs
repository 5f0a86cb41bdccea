using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using static TorchSharp.torch;

namespace FlipReg.Data;

/// <summary>
/// Reads the safetensors format, one tensor at a time. Nothing in the file is trusted: lengths are checked against the bytes
/// that are there before anything is allocated.
/// </summary>
internal static class SafetensorsReader
{
    /// <summary>The longest header: room for 30,000 tensors. (The format allows 100 MB, which takes a gigabyte to parse.)</summary>
    internal const long MaximumHeader = 4 << 20;

    private const int MaximumDimensions = 8;

    private static readonly JsonDocumentOptions _strict = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    /// <summary>Reads the header of the file that goes from a stream's current position to its end; the values follow.</summary>
    /// <param name="stream">A stream that knows its length.</param>
    /// <returns>The tensors in the order of their values.</returns>
    /// <exception cref="FormatException">The content breaks a rule of the format, is cut off, or is too long.</exception>
    public static IReadOnlyList<SafetensorsHeader> ReadHeader(Stream stream)
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Safetensors files hold little-endian values, and this machine is big-endian.");
        var left = stream.Length - stream.Position;
        if (left < sizeof(ulong))
            throw Bad($"must start with the 8-byte length of its header. Got {left} bytes");
        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        stream.ReadExactly(prefix);
        left -= sizeof(ulong);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > (ulong)Math.Min(left, MaximumHeader))
            throw Bad($"must have a header of at most {Math.Min(left, MaximumHeader)} bytes, as the file's length allows. Got {length}");
        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        var headers = Parse(bytes);
        CheckLayout(headers, left - (long)length);
        return headers;
    }

    /// <summary>Reads the values behind a header straight into tensors, one after another.</summary>
    /// <param name="stream">The stream, where <see cref="ReadHeader"/> left it.</param>
    /// <param name="headers">What it returned.</param>
    /// <param name="target">The tensor for a header: of its type and shape, on any device.</param>
    /// <param name="finite">Whether every value of the type F32 must be a finite number.</param>
    /// <exception cref="FormatException">A value is not finite; the tensors may be filled in part.</exception>
    public static void ReadValues(Stream stream, IEnumerable<SafetensorsHeader> headers, Func<SafetensorsHeader, Tensor> target, bool finite = false)
    {
        foreach (var header in headers)
        {
            long read = 0;
            HostReads.WriteBytes(target(header), bytes =>
            {
                stream.ReadExactly(bytes);
                if (finite && header.ElementType == "F32")
                    CheckFinite(header, MemoryMarshal.Cast<byte, float>(bytes), read / sizeof(float));
                read += bytes.Length;
            });
        }
    }

    private static void CheckFinite(SafetensorsHeader header, ReadOnlySpan<float> values, long first)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
                throw Bad($"must hold finite numbers in tensor '{header.Name}'. Got {values[i]} at position {first + i}");
        }
    }

    private static List<SafetensorsHeader> Parse(byte[] header)
    {
        try
        {
            using var document = JsonDocument.Parse(header, _strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw Bad($"must have a JSON object as header. Got {document.RootElement.ValueKind}");
            var tensors = new List<SafetensorsHeader>();
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.Name != "__metadata__")
                    tensors.Add(ParseTensor(property));
            }

            return tensors;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException(InvariantText.OfFile($"A safetensors file must have a JSON header. {e.Message}"), e);
        }
    }

    private static SafetensorsHeader ParseTensor(JsonProperty property)
    {
        var (name, value) = (property.Name, property.Value);
        if (name.Length == 0 || value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Count() != 3)
            throw Bad($"must describe tensor '{name}' by exactly dtype, shape and data_offsets");
        if (!value.TryGetProperty("dtype", out var type) || type.ValueKind != JsonValueKind.String || !SafetensorsHeader.ElementTypes.TryGetValue(type.GetString()!, out var element))
            throw Bad($"must give tensor '{name}' one of the dtypes {string.Join(", ", SafetensorsHeader.ElementTypes.Keys)}. Got {type}");
        var shape = Numbers(name, value, "shape");
        var offsets = Numbers(name, value, "data_offsets");
        if (offsets.Length != 2 || offsets[1] < offsets[0])
            throw Bad($"must give tensor '{name}' two ascending data_offsets. Got [{InvariantText.List(offsets)}]");
        var header = new SafetensorsHeader(name, type.GetString()!, shape, offsets[0], offsets[1]);
        Int128 bytes = element.Bytes;
        foreach (var size in shape)
        {
            // Stops before the product can overflow: no tensor is larger than its file.
            bytes = bytes > long.MaxValue ? bytes : bytes * size;
        }

        if (bytes != header.End - header.Begin)
            throw Bad($"must give tensor '{name}' as many bytes as its shape [{InvariantText.List(shape)}] needs. Got {header.End - header.Begin}");
        return header;
    }

    private static long[] Numbers(string tensor, JsonElement value, string name)
    {
        if (!value.TryGetProperty(name, out var array) || array.ValueKind != JsonValueKind.Array)
            throw Bad($"must give tensor '{tensor}' a list of numbers as {name}");
        if (array.GetArrayLength() > MaximumDimensions)
            throw Bad($"must give tensor '{tensor}' at most {MaximumDimensions} numbers as {name}. Got {array.GetArrayLength()}");
        var numbers = new List<long>();
        foreach (var element in array.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt64(out var number) || number < 0)
                throw Bad($"must give tensor '{tensor}' whole numbers of at least 0 as {name}. Got {element}");
            numbers.Add(number);
        }

        return [.. numbers];
    }

    /// <summary>The values must fill the rest of the file: no gap, no overlap, nothing behind.</summary>
    private static void CheckLayout(List<SafetensorsHeader> headers, long dataBytes)
    {
        headers.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        long end = 0;
        foreach (var header in headers)
        {
            if (header.Begin != end)
                throw Bad($"must store its tensors end to end. Tensor '{header.Name}' starts at byte {header.Begin} instead of {end}");
            end = header.End;
        }

        if (end != dataBytes)
            throw Bad($"must end with its last tensor, after {end} bytes of values. Got {dataBytes}");
    }

    private static FormatException Bad(FormattableString rule) => new($"A safetensors file {InvariantText.OfFile(rule)}.");
}
