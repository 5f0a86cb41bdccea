namespace Microsoft.ML.Transforms;

/// <summary>Getters that compute a column slot by slot.</summary>
internal static class SlotMapping
{
    /// <summary>A getter that maps every slot of a vector; with <paramref name="skipImplicit"/> slots that are not stored stay so.</summary>
    public static ValueGetter<VBuffer<TResult>> Map<TSource, TResult>(ValueGetter<VBuffer<TSource>> source,
        Func<TSource, int, TResult> map, bool skipImplicit)
    {
        VBuffer<TSource> buffer = default;
        return (ref VBuffer<TResult> dst) =>
        {
            source(ref buffer);
            var values = buffer.GetValues();
            var indices = buffer.GetIndices();
            var sparse = !buffer.IsDense && skipImplicit;
            var editor = VBufferEditor.Create(ref dst, buffer.Length, sparse ? values.Length : buffer.Length);
            if (sparse)
            {
                for (var i = 0; i < values.Length; i++)
                    editor.Values[i] = map(values[i], indices[i]);
                indices.CopyTo(editor.Indices);
            }
            else
            {
                for (int slot = 0, next = 0; slot < buffer.Length; slot++)
                {
                    var stored = buffer.IsDense || (next < indices.Length && indices[next] == slot);
                    editor.Values[slot] = map(stored ? values[next++] : default, slot);
                }
            }
            dst = editor.Commit();
        };
    }

    /// <summary>The getter of a column as vectors; a scalar is a vector of one.</summary>
    public static ValueGetter<VBuffer<T>> AsVector<T>(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is VectorDataViewType)
            return row.GetGetter<VBuffer<T>>(column);
        var getter = row.GetGetter<T>(column);
        return (ref VBuffer<T> dst) =>
        {
            var editor = VBufferEditor.Create(ref dst, 1);
            getter(ref editor.Values[0]);
            dst = editor.Commit();
        };
    }

    /// <summary>Gives each stored value of a column of Single or Double, in up to so many rows, to an action; answers the rows and the slots read.</summary>
    public static (long Rows, long Slots) ForEachReal(DataViewRowCursor cursor, DataViewSchema.Column column, long maximumRows, Action<int, double> action)
    {
        ValueGetter<VBuffer<double>> getter = column.Type.ItemTypeOf() == NumberDataViewType.Double
            ? AsVector<double>(cursor, column)
            : Map(AsVector<float>(cursor, column), (float value, int _) => (double)value, skipImplicit: true);
        VBuffer<double> row = default;
        var (rows, slots) = (0L, 0L);
        for (; rows < maximumRows && cursor.MoveNext(); rows++)
        {
            getter(ref row);
            slots += row.Length;
            if (column.Type.ValueCount() is > 0 and var size)
                Contracts.Check(row.Length == size, $"Column '{column.Name}': expected {size} slots, but got {row.Length}");
            var values = row.GetValues();
            for (var i = 0; i < values.Length; i++)
                action(row.IsDense ? i : row.GetIndices()[i], values[i]);
        }
        return (rows, slots);
    }

    /// <summary>A getter, for a scalar or a vector column alike, that maps item by item.</summary>
    public static Delegate MapItems<TSource, TResult>(DataViewRow row, DataViewSchema.Column column, Func<TSource, TResult> map)
        => MapSlots(row, column, (TSource value, int _) => map(value), EqualityComparer<TResult>.Default.Equals(map(default), default));

    /// <summary>A getter, for a scalar or a vector column of Single or Double, that maps slot by slot.</summary>
    public static Delegate MapReals(DataViewRow row, DataViewSchema.Column column, Func<double, int, double> map, bool skipImplicit)
        => column.Type.ItemTypeOf() == NumberDataViewType.Double
            ? MapSlots(row, column, map, skipImplicit)
            : MapSlots(row, column, (float value, int slot) => (float)map(value, slot), skipImplicit);

    private static Delegate MapSlots<TSource, TResult>(DataViewRow row, DataViewSchema.Column column, Func<TSource, int, TResult> map, bool skipImplicit)
    {
        if (column.Type is VectorDataViewType)
            return Map(row.GetGetter<VBuffer<TSource>>(column), map, skipImplicit);
        var getter = row.GetGetter<TSource>(column);
        TSource source = default;
        return (ValueGetter<TResult>)((ref TResult dst) =>
        {
            getter(ref source);
            dst = map(source, 0);
        });
    }
}
