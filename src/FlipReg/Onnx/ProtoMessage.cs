using System.Text;

namespace FlipReg.Onnx;

/// <summary>
/// A message in the wire format of Protocol Buffers: fields in the order they are added. Tensors' values are not copied, but
/// written from where they are.
/// </summary>
internal sealed class ProtoMessage
{
    private const int Varint = 0;
    private const int LengthDelimited = 2;
    private const int Fixed32 = 5;

    private readonly List<(byte[] Bytes, Action<Stream>? More)> _fields = [];

    /// <summary>Bytes of the message, without a length before it. A message that was added is not added to any more.</summary>
    public long Size { get; private set; }

    public ProtoMessage Add(int field, long value) => AddHead([.. Bytes(Tag(field, Varint)), .. Bytes((ulong)value)]);

    public ProtoMessage Add(int field, float value) => AddHead([.. Bytes(Tag(field, Fixed32)), .. LittleEndian(value)]);

    public ProtoMessage Add(int field, string value) => Add(field, Encoding.UTF8.GetBytes(value));

    public ProtoMessage Add(int field, byte[] value) => AddHead([.. Bytes(Tag(field, LengthDelimited)), .. Bytes((ulong)value.Length), .. value]);

    public ProtoMessage Add(int field, ProtoMessage message) => Add(field, message.Size, message.WriteTo);

    /// <summary>Adds bytes that are written when the message is.</summary>
    /// <param name="field">The field.</param>
    /// <param name="length">Their number.</param>
    /// <param name="write">Writes exactly so many.</param>
    public ProtoMessage Add(int field, long length, Action<Stream> write)
    {
        byte[] head = [.. Bytes(Tag(field, LengthDelimited)), .. Bytes((ulong)length)];
        _fields.Add((head, write));
        Size += head.Length + length;
        return this;
    }

    /// <summary>Adds fields that somebody else encoded.</summary>
    public ProtoMessage AddEncoded(byte[] fields) => AddHead(fields);

    public void WriteTo(Stream stream)
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("ONNX files hold little-endian values, and this machine is big-endian.");
        foreach (var (bytes, more) in _fields)
        {
            stream.Write(bytes);
            more?.Invoke(stream);
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
        _fields.Add((bytes, null));
        Size += bytes.Length;
        return this;
    }
}
