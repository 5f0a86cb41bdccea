namespace FlipReg.Weights;

/// <summary>
/// Reads messages in the wire format of Protocol Buffers from a stream, field by field, in place: a field's content is a range of the stream, and nothing is copied that is not asked for.
/// </summary>
internal sealed class ProtoReader(Stream stream)
{
    /// <summary>Bytes of a text at most.</summary>
    private const long MaximumText = 4096;

    /// <summary>A field: its number, its value where it is a number, and else where its content begins and ends.</summary>
    internal readonly record struct Field(int Number, int WireType, ulong Value, long Begin, long End)
    {
        public bool HasContent => WireType == 2;
    }

    /// <summary>The fields of a message, in their order.</summary>
    /// <exception cref="FormatException">The message breaks a rule of the format.</exception>
    public IEnumerable<Field> Fields(long begin, long end)
    {
        for (var position = begin; position < end;)
        {
            stream.Position = position;
            var tag = Varint(end);
            var (number, wireType) = ((int)Math.Min(tag >> 3, int.MaxValue), (int)(tag & 7));
            ulong value = 0;
            var length = 0L;
            switch (wireType)
            {
                case 0: value = Varint(end); break;
                case 1: length = 8; break;
                case 5: length = 4; break;
                case 2:
                    var declared = Varint(end);
                    length = declared <= (ulong)(end - stream.Position) ? (long)declared : throw Bad($"must have fields within their message. Got one of {declared} bytes, where {end - stream.Position} are left");
                    break;
                default: throw Bad($"must have the wire types 0, 1, 2 and 5. Got {wireType} at byte {position}");
            }

            if (length > end - stream.Position)
                throw Bad($"must be whole. It ends in the middle of a field");
            var start = stream.Position;
            position = start + length;
            yield return new Field(number, wireType, value, start, position);
        }
    }

    /// <summary>A field's content as text.</summary>
    public string Text(Field field)
    {
        if (!field.HasContent || field.End - field.Begin > MaximumText)
            throw Bad($"must have names of at most {MaximumText} bytes. Got {field.End - field.Begin}");
        var bytes = new byte[field.End - field.Begin];
        stream.Position = field.Begin;
        stream.ReadExactly(bytes);
        return System.Text.Encoding.UTF8.GetString(bytes);
    }

    /// <summary>A repeated whole number: one, or several packed together.</summary>
    public IEnumerable<long> Numbers(Field field, int maximum)
    {
        if (!field.HasContent)
        {
            yield return (long)field.Value;
            yield break;
        }

        stream.Position = field.Begin;
        for (var count = 0; stream.Position < field.End; count++)
        {
            if (count == maximum)
                throw Bad($"must have at most {maximum} numbers here. Got more");
            var value = Varint(field.End);
            var position = stream.Position;
            yield return (long)value;
            stream.Position = position;
        }
    }

    private ulong Varint(long end)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = stream.Position < end ? stream.ReadByte() : -1;
            if (next < 0)
                throw Bad($"must be whole. It ends in the middle of a number");
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }

        throw Bad($"must have numbers of at most 64 bits. Got more at byte {stream.Position}");
    }

    private static FormatException Bad(FormattableString rule) => new($"An ONNX file {InvariantText.OfFile(rule)}.");
}
