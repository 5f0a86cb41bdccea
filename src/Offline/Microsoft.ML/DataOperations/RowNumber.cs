namespace Microsoft.ML.Data;

/// <summary>
/// A number that each row has; NaN where it is missing. <paramref name="Columns"/> are what it is read from; without any
/// it depends on the place of the row in the source, which must then be read in order.
/// </summary>
internal sealed record RowNumber(DataViewSchema.Column[] Columns, Func<DataViewRow, Func<double>> Open)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    public static bool CanBeOf(DataViewType type)
        => type.KeyCount() > 0 || type.Equals(NumberDataViewType.Single) || type.Equals(NumberDataViewType.Double);

    /// <summary>The value of a column of floating point numbers; of a key, the middle of its share of [0, 1].</summary>
    public static RowNumber Of(DataViewSchema.Column column) => new([column], row =>
    {
        if (column.Type is KeyDataViewType key)
        {
            var read = OpenKey(row, column);
            return () => read() is var value && value > 0 && value <= key.Count ? (value - 0.5) / key.Count : double.NaN;
        }
        if (column.Type.RawType == typeof(float))
        {
            var getSingle = row.GetGetter<float>(column);
            return () => Get(getSingle);
        }
        var getDouble = row.GetGetter<double>(column);
        return () => Get(getDouble);
    });

    /// <summary>A random number of [0, 1), the same for a row of a given seed and place.</summary>
    public static RowNumber Random(int seed) => new([], row => () => Fraction(seed, (ulong)row.Position));

    /// <summary>As <see cref="Random"/>, but the same for all rows of one value.</summary>
    public static RowNumber Hashed(DataViewSchema.Column column, int seed)
    {
        if (column.Type is VectorDataViewType type)
            throw Contracts.ExceptSchemaMismatch("samplingKeyColumn", "SamplingKeyColumn", column.Name, "scalar", type.ToString());
        return new([column], row => column.Type is TextDataViewType
            ? OpenText(row.GetGetter<ReadOnlyMemory<char>>(column), seed)
            : GenericCall.Invoke<Func<double>>(OpenHash<int>, column.Type.RawType, row, column, seed));
    }

    /// <summary>The number scaled to [0, 1] by its least and greatest value in the data.</summary>
    public RowNumber Normalized(IDataView data)
    {
        var (min, max) = (double.PositiveInfinity, double.NegativeInfinity);
        using (var cursor = data.GetRowCursor(Columns))
        {
            var read = Open(cursor);
            while (cursor.MoveNext())
            {
                var value = read();
                if (double.IsFinite(value))
                    (min, max) = (Math.Min(min, value), Math.Max(max, value));
            }
        }
        return this with
        {
            Open = row =>
            {
                var read = Open(row);
                return () => max > min ? (read() - min) / (max - min) : read() * 0;
            },
        };
    }

    /// <summary>Reads a key of any raw type; 0 is the missing one.</summary>
    public static Func<ulong> OpenKey(DataViewRow row, DataViewSchema.Column column)
        => GenericCall.Invoke<Func<ulong>>(OpenKey<int>, column.Type.RawType, row, column);

    private static Func<ulong> OpenKey<TKey>(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<TKey>(column);
        var convert = (Func<TKey, ulong>)Conversions.Find(column.Type, NumberDataViewType.UInt64);
        return () => convert(Get(getter));
    }

    private static Func<double> OpenText(ValueGetter<ReadOnlyMemory<char>> getter, int seed)
        => () => Get(getter) is { IsEmpty: false } text ? Fraction(seed, Hash(MemoryMarshal.AsBytes(text.Span.Trim(' ')))) : double.NaN;

    private static Func<double> OpenHash<T>(DataViewRow row, DataViewSchema.Column column, int seed)
        where T : struct
    {
        var getter = row.GetGetter<T>(column);
        var value = new T[1];
        return () =>
        {
            getter(ref value[0]);
            return Fraction(seed, Hash(MemoryMarshal.AsBytes(value.AsSpan())));
        };
    }

    private static T Get<T>(ValueGetter<T> getter)
    {
        T value = default;
        getter(ref value);
        return value;
    }

    // FNV-1a: unlike GetHashCode the same in every process.
    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 14695981039346656037UL;
        foreach (var value in bytes)
            hash = (hash ^ value) * 1099511628211UL;
        return hash;
    }

    // The item of a SplitMix64 sequence at the place, as a double of [0, 1).
    private static double Fraction(int seed, ulong place) => (Mix(Mix((uint)seed + Golden) + (place + 1) * Golden) >> 11) / (double)(1UL << 53);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
