namespace Microsoft.ML.Data;

public static class VBufferEditor
{
    public static VBufferEditor<T> Create<T>(ref VBuffer<T> destination, int newLogicalLength, int? valuesCount = null,
        int? maxValuesCapacity = null, bool keepOldOnResize = false, bool requireIndicesOnDense = false)
    {
        Contracts.CheckParam(newLogicalLength >= 0, nameof(newLogicalLength));
        Contracts.CheckParam(valuesCount is null || (valuesCount >= 0 && valuesCount <= newLogicalLength), nameof(valuesCount));
        var count = valuesCount ?? newLogicalLength;
        var capacity = Math.Max(count, maxValuesCapacity ?? newLogicalLength);
        var values = Resize(destination.ValuesArray, count, capacity, keepOldOnResize, out var newValues);
        var indices = destination.IndicesArray;
        if (count < newLogicalLength || requireIndicesOnDense)
            indices = Resize(indices, count, capacity, keepOldOnResize, out _);
        return new VBufferEditor<T>(newLogicalLength, count, values, indices, newValues);
    }

    private static TItem[] Resize<TItem>(TItem[] old, int needed, int capacity, bool keep, out bool created)
    {
        created = needed > 0 && (old is null || old.Length < needed);
        if (!created)
            return old;
        var grown = new TItem[Math.Max(needed, Math.Min(capacity, 2L * needed))];
        if (keep)
            old?.CopyTo(grown, 0);
        return grown;
    }
}

public readonly ref struct VBufferEditor<T>
{
    public readonly Span<T> Values;
    public readonly Span<int> Indices;
    private readonly int _length;
    private readonly T[] _values;
    private readonly int[] _indices;

    internal VBufferEditor(int length, int count, T[] values, int[] indices, bool createdNewValues)
    {
        _length = length;
        _values = values;
        _indices = indices;
        Values = values.AsSpan(0, count);
        Indices = indices is null ? default : indices.AsSpan(0, Math.Min(count, indices.Length));
        CreatedNewValues = createdNewValues;
    }

    public bool CreatedNewValues { get; }
    public VBuffer<T> Commit() => new(_length, Values.Length, _values, _indices);

    public VBuffer<T> CommitTruncated(int physicalValuesCount)
    {
        Contracts.CheckParam((uint)physicalValuesCount <= (uint)Values.Length, nameof(physicalValuesCount));
        return new VBuffer<T>(_length, physicalValuesCount, _values, _indices);
    }
}
