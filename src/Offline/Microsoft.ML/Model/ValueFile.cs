using System.Runtime.CompilerServices;

namespace Microsoft.ML.Data;

/// <summary>Types and values in a model file. Vectors are written dense.</summary>
internal static class ValueFile
{
    public static bool CanWrite(DataViewType type) => type.ItemTypeOf() is KeyDataViewType || DataViewTypes.Primitive.Contains(type.ItemTypeOf());

    public static void WriteType(BinaryWriter writer, DataViewType type)
    {
        var item = type.ItemTypeOf();
        Contracts.Check(CanWrite(type), $"Cannot save a value of type '{type}'");
        writer.Write((byte)DataViewTypes.Primitive.IndexOf(DataViewTypes.FromRawType(item.RawType)));
        writer.Write(item.KeyCount());
        var dimensions = type is VectorDataViewType vector ? vector.Dimensions : [];
        writer.Write((byte)dimensions.Length);
        foreach (var d in dimensions)
            writer.Write(d);
    }

    public static DataViewType ReadType(BinaryReader reader)
    {
        var code = reader.ReadByte();
        Contracts.CheckDecode(code < DataViewTypes.Primitive.Length);
        var item = DataViewTypes.Primitive[code];
        var keyCount = reader.ReadUInt64();
        if (keyCount > 0)
            item = new KeyDataViewType(item.RawType, keyCount);
        var dimensions = new int[reader.ReadByte()];
        for (var i = 0; i < dimensions.Length; i++)
            dimensions[i] = reader.ReadInt32();
        return dimensions.Length == 0 ? item : new VectorDataViewType(item, dimensions);
    }

    /// <summary>Writes what the ValueGetter of the type's raw type gives.</summary>
    public static void WriteValue(BinaryWriter writer, DataViewType type, Delegate getter)
        => GenericCall.Invoke<object>(type is VectorDataViewType ? WriteVectorCore<int> : WriteCore<int>, type.ItemTypeOf().RawType, writer, getter);

    /// <summary>Reads a value; gives it as a ValueGetter of the type's raw type.</summary>
    public static Delegate ReadValue(BinaryReader reader, DataViewType type)
        => GenericCall.Invoke<Delegate>(type is VectorDataViewType ? ReadVectorCore<int> : ReadCore<int>, type.ItemTypeOf().RawType, reader);

    /// <summary>Writes values without their type.</summary>
    public static void WriteValues<T>(BinaryWriter writer, ReadOnlySpan<T> values)
    {
        writer.Write(values.Length);
        foreach (var value in values)
            WriteItem(writer, value);
    }

    public static T[] ReadValues<T>(BinaryReader reader)
    {
        var count = reader.ReadInt32();
        // Each value takes a byte at least: a larger count cannot be true.
        Contracts.CheckDecode(count >= 0 && count <= reader.BaseStream.Length - reader.BaseStream.Position);
        var values = new T[count];
        for (var i = 0; i < count; i++)
            values[i] = ReadItem<T>(reader);
        return values;
    }

    private static void WriteCore<T>(BinaryWriter writer, ValueGetter<T> getter)
    {
        T value = default;
        getter(ref value);
        WriteItem(writer, value);
    }

    private static void WriteVectorCore<T>(BinaryWriter writer, ValueGetter<VBuffer<T>> getter)
    {
        VBuffer<T> value = default;
        getter(ref value);
        WriteValues<T>(writer, value.DenseValues().ToArray());
    }

    private static Delegate ReadCore<T>(BinaryReader reader)
    {
        var value = ReadItem<T>(reader);
        return (ValueGetter<T>)((ref T destination) => destination = value);
    }

    private static Delegate ReadVectorCore<T>(BinaryReader reader)
    {
        var values = ReadValues<T>(reader);
        var buffer = new VBuffer<T>(values.Length, values);
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> destination) => buffer.CopyTo(ref destination));
    }

    private static void WriteItem<T>(BinaryWriter writer, T value)
    {
        if (value is ReadOnlyMemory<char> text)
        {
            writer.Write(text.ToString());
            return;
        }
        Contracts.Check(!RuntimeHelpers.IsReferenceOrContainsReferences<T>());
        writer.Write(MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref Unsafe.As<T, byte>(ref value), Unsafe.SizeOf<T>())));
    }

    private static T ReadItem<T>(BinaryReader reader)
    {
        if (typeof(T) == typeof(ReadOnlyMemory<char>))
            return (T)(object)reader.ReadString().AsMemory();
        Contracts.Check(!RuntimeHelpers.IsReferenceOrContainsReferences<T>());
        T value = default;
        reader.BaseStream.ReadExactly(MemoryMarshal.CreateSpan(ref Unsafe.As<T, byte>(ref value), Unsafe.SizeOf<T>()));
        return value;
    }
}
