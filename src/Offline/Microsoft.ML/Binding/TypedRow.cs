namespace Microsoft.ML.Data;

/// <summary>Getters of the columns bound to a class, over the current object of a holder.</summary>
internal static class TypedGetters
{
    public interface IHolder<TRow>
    {
        TRow Current { get; }
    }

    public static Delegate Create<TRow>(BoundColumn column, IHolder<TRow> holder)
    {
        var memberType = Members.TypeOf(column.Member);
        if (memberType == typeof(string))
        {
            var read = Members.Getter<TRow, string>(column.Member);
            return (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> dst) => dst = read(holder.Current).AsMemory());
        }
        if (memberType == typeof(string[]))
            return Texts(column.Member, holder);
        Delegate method = memberType.IsArray ? Items<TRow, int>
            : column.Type is VectorDataViewType ? Buffer<TRow, int>
            : column.Type is KeyDataViewType ? Key<TRow, int>
            : Value<TRow, int>;
        return GenericCall.Invoke<Delegate>(method, typeof(TRow), column.Type.ItemTypeOf().RawType, column, holder);
    }

    private static Delegate Value<TRow, T>(BoundColumn column, IHolder<TRow> holder)
    {
        var read = Members.Getter<TRow, T>(column.Member);
        return (ValueGetter<T>)((ref T dst) => dst = read(holder.Current));
    }

    // Objects hold zero-based keys, columns one-based ones with 0 for missing; what is out of range is missing.
    private static Delegate Key<TRow, T>(BoundColumn column, IHolder<TRow> holder)
        where T : IBinaryInteger<T>
    {
        var read = Members.Getter<TRow, T>(column.Member);
        var count = column.Type.KeyCount();
        return (ValueGetter<T>)((ref T dst) =>
        {
            var index = read(holder.Current);
            dst = ulong.CreateTruncating(index) < count ? index + T.One : T.Zero;
        });
    }

    private static Delegate Items<TRow, T>(BoundColumn column, IHolder<TRow> holder)
    {
        var read = Members.Getter<TRow, T[]>(column.Member);
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> dst) =>
        {
            var items = read(holder.Current);
            VBuffer<T>.Copy(items, 0, ref dst, items?.Length ?? 0);
        });
    }

    private static Delegate Texts<TRow>(MemberInfo member, IHolder<TRow> holder)
    {
        var read = Members.Getter<TRow, string[]>(member);
        return (ValueGetter<VBuffer<ReadOnlyMemory<char>>>)((ref VBuffer<ReadOnlyMemory<char>> dst) =>
        {
            var items = Array.ConvertAll(read(holder.Current) ?? [], text => text.AsMemory());
            VBuffer<ReadOnlyMemory<char>>.Copy(items, 0, ref dst, items.Length);
        });
    }

    private static Delegate Buffer<TRow, T>(BoundColumn column, IHolder<TRow> holder)
    {
        var read = Members.Getter<TRow, VBuffer<T>>(column.Member);
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> dst) => read(holder.Current).CopyTo(ref dst));
    }
}

/// <summary>A row whose columns are the members of one object, set anew for each row (PredictionEngine, CustomMapping).</summary>
internal sealed class TypedRow<TRow> : DataViewRow, TypedGetters.IHolder<TRow>
    where TRow : class
{
    private readonly Delegate[] _getters;
    private long _position = -1;

    public TypedRow(SchemaDefinition definition = null)
    {
        var columns = BoundColumn.Resolve(typeof(TRow), definition, SchemaDefinition.Direction.Read);
        Schema = BoundColumn.SchemaOf(columns);
        _getters = columns.Select(c => TypedGetters.Create(c, this)).ToArray();
    }

    public TRow Current { get; private set; }
    public override DataViewSchema Schema { get; }
    public override long Position => _position;
    public override long Batch => 0;

    public void Set(TRow row)
    {
        Current = row;
        _position++;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);
    public override bool IsColumnActive(DataViewSchema.Column column) => true;

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        => RowHelpers.Cast<TValue>(_getters[column.Index], Schema[column.Index]);
}
