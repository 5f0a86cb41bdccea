using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

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
            if (buffer.IsDense)
            {
                var dense = VBufferEditor.Create(ref dst, buffer.Length);
                for (var slot = 0; slot < values.Length; slot++)
                    dense.Values[slot] = map(values[slot], slot);
                dst = dense.Commit();
            }
            else if (skipImplicit)
            {
                var sparse = VBufferEditor.Create(ref dst, buffer.Length, values.Length);
                for (var i = 0; i < values.Length; i++)
                    sparse.Values[i] = map(values[i], indices[i]);
                indices.CopyTo(sparse.Indices);
                dst = sparse.Commit();
            }
            else
            {
                var filled = VBufferEditor.Create(ref dst, buffer.Length);
                for (int slot = 0, next = 0; slot < buffer.Length; slot++)
                {
                    var stored = next < indices.Length && indices[next] == slot;
                    filled.Values[slot] = map(stored ? values[next++] : default, slot);
                }
                dst = filled.Commit();
            }
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

    /// <summary>A getter, for a scalar or a vector column alike, that maps item by item.</summary>
    public static Delegate MapItems<TSource, TResult>(DataViewRow row, DataViewSchema.Column column, Func<TSource, TResult> map)
    {
        if (column.Type is VectorDataViewType)
        {
            var skip = EqualityComparer<TResult>.Default.Equals(map(default), default);
            return Map(row.GetGetter<VBuffer<TSource>>(column), (TSource value, int _) => map(value), skip);
        }
        var getter = row.GetGetter<TSource>(column);
        TSource source = default;
        return (ValueGetter<TResult>)((ref TResult dst) =>
        {
            getter(ref source);
            dst = map(source);
        });
    }
}
