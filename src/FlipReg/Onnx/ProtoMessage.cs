using System.Runtime.InteropServices;
using System.Text;

namespace FlipReg.Onnx;

/// <summary>
/// A message in the wire format of Protocol Buffers: fields in the order they are added. Tensors' values are not copied until they are
/// written.
/// </summary>
internal sealed class ProtoMessage
{
    private const int Varint = 0;
    private const int LengthDelimited = 2;
    private const int Fixed32 = 5;

    /// <summary>Values written at once.</summary>
    private const int PieceValues = 1 << 20;

    private readonly List<(byte[] Head, ProtoMessage? Message, float[]? Values)> _fields = [];

    /// <summary>Bytes of the message, without a length before it. A message that was added is not added to any more.</summary>
    public long Size { get; private set; }

    public ProtoMessage Add(int field, long value) => AddHead([.. Bytes(Tag(field, Varint)), .. Bytes((ulong)value)]);

    public ProtoMessage Add(int field, float value) => AddHead([.. Bytes(Tag(field, Fixed32)), .. LittleEndian(value)]);

    public ProtoMessage Add(int field, string value) => Add(field, Encoding.UTF8.GetBytes(value));

    public ProtoMessage Add(int field, byte[] value) => AddHead([.. Bytes(Tag(field, LengthDelimited)), .. Bytes((ulong)value.Length), .. value]);

    public ProtoMessage Add(int field, ProtoMessage message) => AddLong(field, message.Size, message, null);

    /// <summary>Adds values as bytes, little-endian.</summary>
    public ProtoMessage Add(int field, float[] values) => AddLong(field, (long)values.Length * sizeof(float), null, values);

    public void WriteTo(Stream stream)
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("ONNX files hold little-endian values, and this machine is big-endian.");
        foreach (var (head, message, values) in _fields)
        {
            stream.Write(head);
            message?.WriteTo(stream);
            for (var first = 0; first < values?.Length; first += PieceValues)
                stream.Write(MemoryMarshal.AsBytes(values.AsSpan(first, Math.Min(PieceValues, values.Length - first))));
        }
    }

    private static ulong Tag(int field, int wireType) => ((ulong)field << 3) | (uint)wireType;

    private static byte[] LittleEndian(float value)
    {
        var bytes = new byte[sizeof(float)];
        System.Buffers.Binary.BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        return bytes;
    }

    /// <summary>Seven bits a byte, the lowest first; the highest bit says that more follow.</summary>
    private static List<byte> Bytes(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return bytes;
    }

    private ProtoMessage AddHead(byte[] bytes)
    {
        _fields.Add((bytes, null, null));
        Size += bytes.Length;
        return this;
    }

    private ProtoMessage AddLong(int field, long length, ProtoMessage? message, float[]? values)
    {
        byte[] head = [.. Bytes(Tag(field, LengthDelimited)), .. Bytes((ulong)length)];
        _fields.Add((head, message, values));
        Size += head.Length + length;
        return this;
    }
}
