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
    public abstract void Save(BinaryWriter writer);

    public static TermMap Load(BinaryReader reader)
    {
        var map = Create(ValueFile.ReadType(reader) as PrimitiveDataViewType ?? throw Contracts.ExceptDecode());
        map.LoadTerms(reader);
        return map;
    }

    protected abstract void LoadTerms(BinaryReader reader);
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
        var getter = SlotMapping.AsVector<T>(row, column);
        VBuffer<T> buffer = default;
        T[] items = [];
        return () =>
        {
            getter(ref buffer);
            Array.Resize(ref items, buffer.Length);
            buffer.CopyTo(items);
            foreach (var item in items)
            {
                if (Count < maximumCount)
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
        if (ItemType is KeyDataViewType && source.HasKeyValues())
        {
            var type = ((VectorDataViewType)source.Annotations.Schema[AnnotationUtils.Kinds.KeyValues].Type).ItemType;
            GenericCall.Invoke<object>(AddSourceNames<int>, type.RawType, builder, source, type, asText);
        }
        else
            AddNames(builder, ItemType, [.. _terms], asText);
    }

    public override void Save(BinaryWriter writer)
    {
        ValueFile.WriteType(writer, ItemType);
        ValueFile.WriteValues<T>(writer, [.. _terms]);
    }

    protected override void LoadTerms(BinaryReader reader)
    {
        var terms = ValueFile.ReadValues<T>(reader);
        foreach (var term in terms)
            Add(term);
        Contracts.CheckDecode(Count == terms.Length);
    }

    private void AddSourceNames<TName>(DataViewSchema.Annotations.Builder builder, DataViewSchema.Column source, PrimitiveDataViewType type, bool asText)
    {
        VBuffer<TName> names = default;
        source.GetKeyValues(ref names);
        AddNames(builder, type, _terms.ConvertAll(term => names.GetItemOrDefault(checked((int)Convert.ToUInt64(term)) - 1)).ToArray(), asText);
    }

    private static void AddNames<TName>(DataViewSchema.Annotations.Builder builder, PrimitiveDataViewType type, TName[] names, bool asText)
    {
        if (asText && type is not TextDataViewType)
            builder.AddVector(AnnotationUtils.Kinds.KeyValues, TextDataViewType.Instance, Array.ConvertAll(names, n => Conversions.KeyName(n, type)));
        else
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
