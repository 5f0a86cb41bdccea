namespace Microsoft.ML.Data;

/// <summary>A growing column of values copied from a row's getter, to be read again by row number.</summary>
internal abstract class ValueBuffer
{
    public abstract int Count { get; }
    public static ValueBuffer Create(DataViewType type) => type is VectorDataViewType vector
        ? GenericCall.Invoke<ValueBuffer>(CreateVector<int>, vector.ItemType.RawType)
        : GenericCall.Invoke<ValueBuffer>(CreateScalar<int>, type.RawType);

    /// <summary>A delegate that copies the row's current value of the column to the given place (appending if it is the end).</summary>
    public abstract Action<int> Writer(DataViewRow row, DataViewSchema.Column column);

    /// <summary>A ValueGetter of the buffer's type that reads the value at the place that the function gives.</summary>
    public abstract Delegate Reader(Func<int> place);

    private static ValueBuffer CreateScalar<T>() => new OfScalars<T>();
    private static ValueBuffer CreateVector<T>() => new OfVectors<T>();

    private abstract class Of<T> : ValueBuffer
    {
        private readonly List<T> _values = [];

        public override int Count => _values.Count;

        public override Action<int> Writer(DataViewRow row, DataViewSchema.Column column)
        {
            var getter = row.GetGetter<T>(column);
            return place =>
            {
                T value = default;
                getter(ref value);
                if (place == _values.Count)
                    _values.Add(value);
                else
                    _values[place] = value;
            };
        }

        public override Delegate Reader(Func<int> place)
            => (ValueGetter<T>)((ref T value) => CopyTo(_values[place()], ref value));

        protected abstract void CopyTo(T source, ref T destination);
    }

    private sealed class OfScalars<T> : Of<T>
    {
        protected override void CopyTo(T source, ref T destination) => destination = source;
    }

    private sealed class OfVectors<T> : Of<VBuffer<T>>
    {
        protected override void CopyTo(VBuffer<T> source, ref VBuffer<T> destination) => source.CopyTo(ref destination);
    }
}
