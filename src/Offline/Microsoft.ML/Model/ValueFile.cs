using System.Runtime.CompilerServices;

namespace Microsoft.ML.Data;

/// <summary>Types and values in a model file. Vectors are written dense.</summary>
internal static class ValueFile
{
    private static readonly System.Reflection.MethodInfo s_write = TypedDispatch.Method(typeof(ValueFile), nameof(WriteCore));
    private static readonly System.Reflection.MethodInfo s_read = TypedDispatch.Method(typeof(ValueFile), nameof(ReadCore));
    private static readonly System.Reflection.MethodInfo s_writeVector = TypedDispatch.Method(typeof(ValueFile), nameof(WriteVectorCore));
    private static readonly System.Reflection.MethodInfo s_readVector = TypedDispatch.Method(typeof(ValueFile), nameof(ReadVectorCore));

    private static readonly PrimitiveDataViewType[] s_types =
    [
        TextDataViewType.Instance, BooleanDataViewType.Instance, NumberDataViewType.SByte, NumberDataViewType.Byte,
        NumberDataViewType.Int16, NumberDataViewType.UInt16, NumberDataViewType.Int32, NumberDataViewType.UInt32,
        NumberDataViewType.Int64, NumberDataViewType.UInt64, NumberDataViewType.Single, NumberDataViewType.Double,
        DateTimeDataViewType.Instance, DateTimeOffsetDataViewType.Instance, TimeSpanDataViewType.Instance, RowIdDataViewType.Instance,
    ];

    public static bool CanWrite(DataViewType type) => type.ItemTypeOf() is KeyDataViewType || s_types.Contains(type.ItemTypeOf());

    public static void WriteType(BinaryWriter writer, DataViewType type)
    {
        var item = type.ItemTypeOf();
        Contracts.Check(CanWrite(type), $"Cannot save a value of type '{type}'");
        writer.Write((byte)Array.IndexOf(s_types, item is KeyDataViewType ? DataViewTypes.FromRawType(item.RawType) : item));
        writer.Write(item.KeyCount());
        var dimensions = type is VectorDataViewType vector ? vector.Dimensions : [];
        writer.Write((byte)dimensions.Length);
        foreach (var d in dimensions)
            writer.Write(d);
    }

    public static DataViewType ReadType(BinaryReader reader)
    {
        var code = reader.ReadByte();
        Contracts.CheckDecode(code < s_types.Length);
        var item = s_types[code];
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
        => TypedDispatch.Invoke<object>(type is VectorDataViewType ? s_writeVector : s_write, null, type.ItemTypeOf().RawType, writer, getter);

    /// <summary>Reads a value; gives it as a ValueGetter of the type's raw type.</summary>
    public static Delegate ReadValue(BinaryReader reader, DataViewType type)
        => TypedDispatch.Invoke<Delegate>(type is VectorDataViewType ? s_readVector : s_read, null, type.ItemTypeOf().RawType, reader);

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
