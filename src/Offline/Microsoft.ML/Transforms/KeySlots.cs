using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>What the encoders of keys as vectors have in common.</summary>
internal static class KeySlots
{
    public static int CheckedKeyCount(DataViewSchema.Column source)
    {
        if (source.Type.ItemTypeOf() is not KeyDataViewType { Count: <= int.MaxValue } key)
        {
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", source.Name,
                "key type of known cardinality", source.Type.ToString());
        }
        return (int)key.Count;
    }

    /// <summary>Reads the names of the keys, or is null where they are not all named by text.</summary>
    public static Func<ReadOnlyMemory<char>[]> KeyNames(DataViewSchema.Column source)
    {
        if (!source.HasKeyValues(TextDataViewType.Instance))
            return null;
        return () =>
        {
            VBuffer<ReadOnlyMemory<char>> names = default;
            source.GetKeyValues(ref names);
            return [.. names.DenseValues()];
        };
    }

    /// <summary>Names the slots; with a source each name is given once per slot of the source, behind that slot's name.</summary>
    public static void AddSlotNames(DataViewSchema.Annotations.Builder annotations, VectorDataViewType type,
        DataViewSchema.Column? source, Func<ReadOnlyMemory<char>[]> names)
    {
        annotations.Add(AnnotationUtils.Kinds.SlotNames, new VectorDataViewType(TextDataViewType.Instance, type.Dimensions),
            (ref VBuffer<ReadOnlyMemory<char>> dst) =>
            {
                var own = names();
                var all = source is { } column
                    ? SlotPrefixes(column).SelectMany(prefix => own.Select(name => $"{prefix}.{name}".AsMemory())).ToArray()
                    : own;
                dst = new VBuffer<ReadOnlyMemory<char>>(all.Length, all);
            });
    }

    /// <summary>The keys of a row as a vector, whatever their raw type; a scalar is a vector of one.</summary>
    public static ValueGetter<VBuffer<uint>> GetKeys(DataViewRow row, DataViewSchema.Column column)
        => GenericCall.Invoke<ValueGetter<VBuffer<uint>>>(GetKeys<int>, column.Type.ItemTypeOf().RawType, row, column);

    private static ValueGetter<VBuffer<uint>> GetKeys<TKey>(DataViewRow row, DataViewSchema.Column column)
    {
        var convert = (Func<TKey, uint>)Conversions.Find(column.Type.ItemTypeOf(), NumberDataViewType.UInt32);
        return SlotMapping.Map(SlotMapping.AsVector<TKey>(row, column), (TKey key, int _) => convert(key), skipImplicit: true);
    }

    private static IEnumerable<string> SlotPrefixes(DataViewSchema.Column source)
    {
        var names = new ReadOnlyMemory<char>[source.Type.ValueCount()];
        if (source.HasSlotNames())
        {
            VBuffer<ReadOnlyMemory<char>> buffer = default;
            source.GetSlotNames(ref buffer);
            buffer.CopyTo(names);
        }
        return names.Select((name, i) => name.IsEmpty ? $"[{i}]" : name.ToString());
    }
}
