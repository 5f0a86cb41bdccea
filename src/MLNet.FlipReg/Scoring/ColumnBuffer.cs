using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.FlipReg.Scoring;

/// <summary>The values of one input column for the rows that a batch has read ahead.</summary>
internal abstract class ColumnBuffer
{
    public static ColumnBuffer Create(DataViewRow source, DataViewSchema.Column column, int capacity)
    {
        var method = typeof(ColumnBuffer).GetMethod(nameof(CreateTyped), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!;
        return method.MakeGenericMethod(column.Type.RawType).CreateDelegate<Func<DataViewRow, DataViewSchema.Column, int, ColumnBuffer>>()(source, column, capacity);
    }

    /// <summary>Copies the source's current value.</summary>
    public abstract void Fetch(int row);

    /// <summary>Values that a row's vector holds, the zeros that it leaves out not counted; 1 where the column holds no vectors.</summary>
    public abstract int ValuesOf(int row);

    /// <summary>Gives a row's memory back.</summary>
    public abstract void Free(int row);

    /// <summary>A getter of the value at the row that <paramref name="current"/> names; throws where it names none.</summary>
    public abstract Delegate Getter(Func<int> current);

    private static ColumnBuffer CreateTyped<T>(DataViewRow source, DataViewSchema.Column column, int capacity) =>
        new Values<T>(source.GetGetter<T>(column), capacity);

    private sealed class Values<T>(ValueGetter<T> fetch, int capacity) : ColumnBuffer
    {
        private static readonly ValueCopier? _copier = ValueCopier.For(typeof(T));

        private readonly T[] _values = new T[capacity];

        public override void Fetch(int row)
        {
            // Vectors reuse their arrays. An object (an image) may be in the hands of a consumer: getters may dispose what they are given.
            if (_copier is null && !typeof(T).IsValueType)
                _values[row] = default!;
            fetch(ref _values[row]);
        }

        public override int ValuesOf(int row) => _copier?.ValuesOf(_values, row) ?? 1;

        public override void Free(int row) => _values[row] = default!;

        public override Delegate Getter(Func<int> current) => _copier is null
            ? (ValueGetter<T>)((ref T value) => value = _values[current()])
            : _copier.Getter(_values, current);
    }

    /// <summary>Copies vectors value by value: a consumer may keep and change what it was given.</summary>
    private abstract class ValueCopier
    {
        public static ValueCopier? For(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VBuffer<>)
            ? (ValueCopier)Activator.CreateInstance(typeof(VectorCopier<>).MakeGenericType(type.GetGenericArguments()))!
            : null;

        public abstract Delegate Getter(Array values, Func<int> current);

        public abstract int ValuesOf(Array values, int row);
    }

    private sealed class VectorCopier<TItem> : ValueCopier
    {
        public override int ValuesOf(Array values, int row) => ((VBuffer<TItem>[])values)[row].GetValues().Length;

        public override Delegate Getter(Array values, Func<int> current)
        {
            var vectors = (VBuffer<TItem>[])values;
            return (ValueGetter<VBuffer<TItem>>)((ref VBuffer<TItem> value) => vectors[current()].CopyTo(ref value));
        }
    }
}
