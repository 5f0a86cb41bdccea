using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>The distinct values of a column, numbered from 1.</summary>
internal abstract class TermMap(PrimitiveDataViewType itemType)
{
    public PrimitiveDataViewType ItemType { get; } = itemType;

    public abstract int Count { get; }

    public KeyDataViewType KeyType => new(typeof(uint), Math.Max(1, Count));

    public static TermMap Create(PrimitiveDataViewType itemType)
        => GenericCall.Invoke<TermMap>(CreateCore<int>, itemType.RawType, itemType);

    /// <summary>Makes a collector that takes the values of the row's present position, and answers false once the map is full.</summary>
    public abstract Func<bool> MakeCollector(DataViewRow row, DataViewSchema.Column column, int maximumCount);

    public abstract void Sort();

    public abstract Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column);

    public abstract void AddKeyValues(DataViewSchema.Annotations.Builder builder, DataViewSchema.Column source, bool asText);

    public abstract void SaveTerms(BinaryWriter writer);

    public abstract void LoadTerms(BinaryReader reader);

    private static TermMap CreateCore<T>(PrimitiveDataViewType itemType) => new TermMap<T>(itemType);
}

internal sealed class TermMap<T>(PrimitiveDataViewType itemType) : TermMap(itemType)
{
    private static readonly bool s_isText = typeof(T) == typeof(ReadOnlyMemory<char>);

    private readonly List<T> _terms = [];
    private readonly Dictionary<T, uint> _keys = new(s_isText ? (IEqualityComparer<T>)(object)new TextComparer() : null);
    private readonly Func<T, bool> _isMissing = Conversions.FindIsMissing<T>(itemType) ?? (s_isText ? IsEmptyText : _ => false);

    public override int Count => _terms.Count;

    public override Func<bool> MakeCollector(DataViewRow row, DataViewSchema.Column column, int maximumCount)
    {
        T value = default;
        if (column.Type is not VectorDataViewType)
        {
            var getter = row.GetGetter<T>(column);
            return () =>
            {
                if (Count >= maximumCount)
                    return false;
                getter(ref value);
                Add(value);
                return Count < maximumCount;
            };
        }
        VBuffer<T> buffer = default;
        var vectorGetter = row.GetGetter<VBuffer<T>>(column);
        return () =>
        {
            vectorGetter(ref buffer);
            foreach (var item in buffer.DenseValues())
            {
                if (Count >= maximumCount)
                    return false;
                Add(item);
            }
            return Count < maximumCount;
        };
    }

    public override void Sort()
    {
        if (s_isText)
            _terms.Sort((a, b) => Span(a).CompareTo(Span(b), StringComparison.Ordinal));
        else
            _terms.Sort();
        for (var i = 0; i < _terms.Count; i++)
            _keys[_terms[i]] = (uint)i + 1;
    }

    public override Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column)
        => SlotMapping.MapItems<T, uint>(row, column, value => _isMissing(value) ? 0 : _keys.GetValueOrDefault(value));

    public override void AddKeyValues(DataViewSchema.Annotations.Builder builder, DataViewSchema.Column source, bool asText)
    {
        if (Count == 0)
            return;
        // A key of a key takes over the names of the key it was made of.
        if (ItemType is KeyDataViewType key
            && source.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type is VectorDataViewType names
            && (ulong)names.Size == key.Count)
            GenericCall.Invoke<object>(AddSourceNames<int>, names.ItemType.RawType, builder, source, names.ItemType, asText);
        else
            AddNames(builder, ItemType, [.. _terms], asText);
    }

    public override void SaveTerms(BinaryWriter writer)
    {
        ValueFile.WriteValues<T>(writer, [.. _terms]);
    }

    public override void LoadTerms(BinaryReader reader)
    {
        var terms = ValueFile.ReadValues<T>(reader);
        foreach (var term in terms)
            Add(term);
        Contracts.CheckDecode(Count == terms.Length);
    }

    private void AddSourceNames<TName>(DataViewSchema.Annotations.Builder builder, DataViewSchema.Column source, PrimitiveDataViewType type, bool asText)
    {
        VBuffer<TName> names = default;
        source.Annotations.GetValue(AnnotationUtils.Kinds.KeyValues, ref names);
        AddNames(builder, type, _terms.ConvertAll(term => names.GetItemOrDefault(checked((int)Convert.ToUInt64(term)) - 1)).ToArray(), asText);
    }

    private static void AddNames<TName>(DataViewSchema.Annotations.Builder builder, PrimitiveDataViewType type, TName[] names, bool asText)
    {
        if (asText && type is not TextDataViewType)
        {
            AddNames(builder, TextDataViewType.Instance, Array.ConvertAll(names, n => Conversions.KeyName<TName>(type)(n)), false);
            return;
        }
        builder.AddVector(AnnotationUtils.Kinds.KeyValues, type, names);
    }

    private void Add(T value)
    {
        if (_isMissing(value) || _keys.ContainsKey(value))
            return;
        if (s_isText)
            value = (T)(object)Span(value).ToString().AsMemory(); // the source may reuse its memory
        _terms.Add(value);
        _keys.Add(value, (uint)_terms.Count);
    }

    private static bool IsEmptyText(T value) => Span(value).IsEmpty;

    private static ReadOnlySpan<char> Span(T value) => ((ReadOnlyMemory<char>)(object)value).Span;

    private sealed class TextComparer : IEqualityComparer<ReadOnlyMemory<char>>
    {
        public bool Equals(ReadOnlyMemory<char> x, ReadOnlyMemory<char> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<char> text) => string.GetHashCode(text.Span);
    }
}
