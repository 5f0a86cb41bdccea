namespace Microsoft.ML.Data;

/// <summary>The schema in a saved model: names, types, and those annotations whose types <see cref="ValueFile"/> can write.</summary>
internal static class SchemaFile
{
    private const uint Version = 1;

    public static void Write(DataViewSchema schema, Stream stream)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Version);
        WriteColumns(writer, schema);
    }

    public static DataViewSchema Read(Stream stream)
    {
        try
        {
            using var reader = new BinaryReader(stream, Encoding.UTF8);
            Contracts.CheckDecode(reader.ReadUInt32() <= Version, "File is too new");
            return ReadColumns(reader);
        }
        catch (EndOfStreamException)
        {
            throw Contracts.ExceptDecode();
        }
    }

    private static void WriteColumns(BinaryWriter writer, DataViewSchema schema)
    {
        writer.Write(schema.Count);
        foreach (var column in schema)
        {
            writer.Write(column.Name);
            ValueFile.WriteType(writer, column.Type);
            var annotations = column.Annotations.Schema.Where(a => ValueFile.CanWrite(a.Type)).ToArray();
            writer.Write(annotations.Length);
            foreach (var annotation in annotations)
            {
                writer.Write(annotation.Name);
                ValueFile.WriteType(writer, annotation.Type);
                ValueFile.WriteValue(writer, annotation.Type, column.Annotations.GetGetter(annotation));
            }
        }
    }

    private static DataViewSchema ReadColumns(BinaryReader reader)
    {
        var builder = new DataViewSchema.Builder();
        for (var count = reader.ReadInt32(); count > 0; count--)
        {
            var name = reader.ReadString();
            var type = ValueFile.ReadType(reader);
            var annotations = new DataViewSchema.Annotations.Builder();
            for (var left = reader.ReadInt32(); left > 0; left--)
            {
                var kind = reader.ReadString();
                var annotationType = ValueFile.ReadType(reader);
                annotations.Add(kind, annotationType, ValueFile.ReadValue(reader, annotationType));
            }
            builder.AddColumn(name, type, annotations.ToAnnotations());
        }
        return builder.ToSchema();
    }
}
