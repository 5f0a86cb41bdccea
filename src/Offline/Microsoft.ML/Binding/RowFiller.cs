namespace Microsoft.ML.Data;

/// <summary>The members of a class bound to the columns of a schema, to be filled from rows of it.</summary>
internal sealed class RowBinding<TRow>
    where TRow : class
{
    private readonly List<(BoundColumn Bound, DataViewSchema.Column Column)> _columns = [];

    public RowBinding(DataViewSchema Schema, bool ignoreMissingColumns, SchemaDefinition definition = null)
    {
        foreach (var bound in BoundColumn.Resolve(typeof(TRow), definition, SchemaDefinition.Direction.Write))
        {
            if (Schema.GetColumnOrNull(bound.Name) is not DataViewSchema.Column column)
            {
                if (ignoreMissingColumns)
                    continue;
                throw Contracts.ExceptSchemaMismatch(nameof(Schema), "", bound.Name);
            }
            Members.GetItemType(bound.Member, out var isVector, out var itemType);
            if (column.Type is VectorDataViewType != isVector || column.Type.ItemTypeOf().RawType != itemType)
                throw Contracts.Except($"Can't bind the IDataView column '{bound.Name}' of type '{column.Type}' to field or property '{bound.Member.Name}' of type '{Members.TypeOf(bound.Member).FullName}'.");
            _columns.Add((bound, column));
        }
    }

    /// <summary>The columns that a row must have active.</summary>
    public IEnumerable<DataViewSchema.Column> Columns => _columns.Select(c => c.Column);

    /// <summary>A delegate that fills an object from the row's current values. Arrays of the right length are reused.</summary>
    public Action<TRow> Filler(DataViewRow row)
    {
        var setters = _columns.Select(c => Setter(row, c.Column, c.Bound.Member)).ToArray();
        return target =>
        {
            foreach (var set in setters)
                set(target);
        };
    }

    private static Action<TRow> Setter(DataViewRow row, DataViewSchema.Column column, MemberInfo member)
    {
        var memberType = Members.TypeOf(member);
        if (memberType == typeof(string))
            return Converted<ReadOnlyMemory<char>, string>(row, column, member, text => text.ToString());
        if (memberType == typeof(string[]))
        {
            return Converted<VBuffer<ReadOnlyMemory<char>>, string[]>(row, column, member,
                texts => texts.DenseValues().Select(text => text.ToString()).ToArray());
        }
        return memberType.IsArray
            ? GenericCall.Invoke<Action<TRow>>(Items<int>, memberType.GetElementType(), row, column, member)
            : GenericCall.Invoke<Action<TRow>>(Value<int>, memberType, row, column, member);
    }

    private static Action<TRow> Converted<TValue, T>(DataViewRow row, DataViewSchema.Column column, MemberInfo member, Func<TValue, T> convert)
    {
        var getter = row.GetGetter<TValue>(column);
        var write = Members.Setter<TRow, T>(member);
        TValue value = default;
        return target =>
        {
            getter(ref value);
            write(target, convert(value));
        };
    }

    private static Action<TRow> Value<T>(DataViewRow row, DataViewSchema.Column column, MemberInfo member)
    {
        if (column.Type is not VectorDataViewType)
            return Converted<T, T>(row, column, member, value => value);
        var getter = row.GetGetter<T>(column);
        var write = Members.Setter<TRow, T>(member);
        var read = Members.Getter<TRow, T>(member);
        return target =>
        {
            var buffer = read(target);
            getter(ref buffer);
            write(target, buffer);
        };
    }

    private static Action<TRow> Items<T>(DataViewRow row, DataViewSchema.Column column, MemberInfo member)
    {
        var getter = row.GetGetter<VBuffer<T>>(column);
        var read = Members.Getter<TRow, T[]>(member);
        var write = Members.Setter<TRow, T[]>(member);
        VBuffer<T> buffer = default;
        return target =>
        {
            getter(ref buffer);
            var items = read(target);
            if (items?.Length != buffer.Length)
                write(target, items = new T[buffer.Length]);
            buffer.CopyTo(items);
        };
    }
}
