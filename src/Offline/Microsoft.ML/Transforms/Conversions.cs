using Text = System.ReadOnlyMemory<char>;

namespace Microsoft.ML.Data;

/// <summary>What one item type can be turned into, and which of its values count as missing.</summary>
internal static class Conversions
{
    private static readonly Type[] s_signed = [typeof(sbyte), typeof(short), typeof(int), typeof(long)];
    private static readonly Type[] s_unsigned = [typeof(byte), typeof(ushort), typeof(uint), typeof(ulong)];
    private static readonly Type[] s_real = [typeof(float), typeof(double)];
    private static readonly Dictionary<(Type, Type), Delegate> s_table = MakeTable();

    /// <summary>A <c>Func&lt;TSource, TResult&gt;</c> over the two raw types, or null where ML.NET has no standard conversion.</summary>
    public static Delegate Find(DataViewType source, DataViewType result)
    {
        var compatible = source is KeyDataViewType key
            ? result is KeyDataViewType other ? other.Count == key.Count : IsKeyRaw(result.RawType) && key.Count <= MaxOf(result.RawType)
            : result is not KeyDataViewType;
        return compatible ? s_table.GetValueOrDefault((source.RawType, result.RawType)) : null;
    }

    public static bool IsKeyRaw(Type type) => s_unsigned.Contains(type);

    public static ulong MaxOf(Type unsigned)
        => unsigned == typeof(byte) ? byte.MaxValue : unsigned == typeof(ushort) ? ushort.MaxValue : unsigned == typeof(uint) ? uint.MaxValue : ulong.MaxValue;

    public static bool HasMissing(DataViewType type) => type is KeyDataViewType || s_real.Contains(type.RawType);

    /// <summary>The test for a missing value of an item type, or null where the type has none.</summary>
    public static Func<T, bool> FindIsMissing<T>(DataViewType type)
    {
        if (type is KeyDataViewType)
            return value => EqualityComparer<T>.Default.Equals(value, default);
        return s_real.Contains(typeof(T)) ? value => value is float.NaN or double.NaN : null;
    }

    /// <summary>NaN for real numbers, else the default of the type.</summary>
    public static T MissingOrDefault<T>()
        => typeof(T) == typeof(float) ? (T)(object)float.NaN : typeof(T) == typeof(double) ? (T)(object)double.NaN : default;

    /// <summary>The text of a value as it stands in key names: round-trip numbers, 1 and 0 for Booleans.</summary>
    public static Text KeyName<T>(T value, DataViewType type) => type is KeyDataViewType
        ? (Convert.ToUInt64(value) is > 0 and var key ? (key - 1).ToString(CultureInfo.InvariantCulture) : "").AsMemory()
        : value switch
        {
            Text text => text,
            bool flag => (flag ? "1" : "0").AsMemory(),
            float.NaN or double.NaN => "?".AsMemory(),
            float number => number.ToString("R", CultureInfo.InvariantCulture).AsMemory(),
            _ => Format(value),
        };

    private static Text Format<T>(T value) => (value switch
    {
        float number => number.ToString("G7", CultureInfo.InvariantCulture),
        double number => number.ToString("G17", CultureInfo.InvariantCulture),
        DateTime or DateTimeOffset => ((IFormattable)value).ToString("o", CultureInfo.InvariantCulture),
        DataViewRowId id => $"0x{id.High:x16}{id.Low:x16}",
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    }).AsMemory();

    private static Dictionary<(Type, Type), Delegate> MakeTable()
    {
        var table = new Dictionary<(Type, Type), Delegate>();
        void Add<TSource, TResult>(Func<TSource, TResult> convert) => table[(typeof(TSource), typeof(TResult))] = convert;

        void AddNumber<T>() where T : struct, INumberBase<T>
        {
            Add((T value) => value != T.Zero);
            Add<T, Text>(Format);
        }
        void AddFromBoolean<T>() where T : struct, INumberBase<T> => Add((bool value) => value ? T.One : T.Zero);
        void AddWrapping<TSource, TResult>() where TSource : struct, INumberBase<TSource> where TResult : struct, INumberBase<TResult>
            => Add((TSource value) => TResult.CreateTruncating(value));
        // Unsigned numbers carry keys: a value that does not fit becomes 0, the missing key.
        void AddFitting<TSource, TResult>() where TSource : struct, INumberBase<TSource> where TResult : struct, INumberBase<TResult>
            => Add((TSource value) => TSource.CreateTruncating(TResult.CreateTruncating(value)) == value ? TResult.CreateTruncating(value) : TResult.Zero);

        foreach (var from in (Type[])[.. s_signed, .. s_unsigned, .. s_real])
        {
            GenericCall.Invoke<object>(AddNumber<int>, from);
            if (!s_unsigned.Contains(from))
                GenericCall.Invoke<object>(AddFromBoolean<int>, from);
            var integers = s_signed.Contains(from) ? s_signed : s_unsigned.Contains(from) ? s_unsigned : [];
            foreach (var to in (Type[])[.. integers, .. s_real])
                GenericCall.Invoke<object>(s_unsigned.Contains(to) ? AddFitting<int, int> : AddWrapping<int, int>, from, to);
        }
        Add((bool value) => value);
        Add<bool, Text>(Format);

        TextParsing.AddTo(table);
        return table;
    }
}
