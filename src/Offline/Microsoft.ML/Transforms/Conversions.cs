using System.Globalization;
using System.Numerics;
using Microsoft.ML.Transforms;
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
        if (source is KeyDataViewType key)
        {
            var compatible = result is KeyDataViewType other
                ? other.Count == key.Count
                : IsKeyRaw(result.RawType) && key.Count <= MaxOf(result.RawType);
            if (!compatible)
                return null;
        }
        else if (result is KeyDataViewType)
            return null;
        return s_table.GetValueOrDefault((source.RawType, result.RawType));
    }

    public static bool IsKeyRaw(Type type) => s_unsigned.Contains(type);

    public static ulong MaxOf(Type unsigned) => Type.GetTypeCode(unsigned) switch
    {
        TypeCode.Byte => byte.MaxValue,
        TypeCode.UInt16 => ushort.MaxValue,
        TypeCode.UInt32 => uint.MaxValue,
        _ => ulong.MaxValue,
    };

    /// <summary>The test for a missing value of an item type, or null where the type has none.</summary>
    public static Func<T, bool> FindIsMissing<T>(DataViewType type)
    {
        if (type is KeyDataViewType)
            return value => EqualityComparer<T>.Default.Equals(value, default);
        if (typeof(T) == typeof(float))
            return (Func<T, bool>)(object)(Func<float, bool>)float.IsNaN;
        if (typeof(T) == typeof(double))
            return (Func<T, bool>)(object)(Func<double, bool>)double.IsNaN;
        return null;
    }

    public static bool HasMissing(DataViewType type) => type is KeyDataViewType || s_real.Contains(type.RawType);

    /// <summary>NaN for real numbers, else the default of the type.</summary>
    public static T MissingOrDefault<T>()
        => typeof(T) == typeof(float) ? (T)(object)float.NaN
            : typeof(T) == typeof(double) ? (T)(object)double.NaN : default;

    /// <summary>The text of a value as it stands in key names: round-trip numbers, 1 and 0 for Booleans.</summary>
    public static Func<T, Text> KeyName<T>(DataViewType type)
    {
        if (type is KeyDataViewType)
            return value => (value.Equals(default(T)) ? "" : (Convert.ToUInt64(value) - 1).ToString(CultureInfo.InvariantCulture)).AsMemory();
        return value => value switch
        {
            Text text => text,
            bool flag => (flag ? "1" : "0").AsMemory(),
            float number => (float.IsNaN(number) ? "?" : number.ToString("R", CultureInfo.InvariantCulture)).AsMemory(),
            double number => (double.IsNaN(number) ? "?" : number.ToString("G17", CultureInfo.InvariantCulture)).AsMemory(),
            _ => Format(value).AsMemory(),
        };
    }

    private static string Format<T>(T value) => value switch
    {
        float number => number.ToString("G7", CultureInfo.InvariantCulture),
        double number => number.ToString("G17", CultureInfo.InvariantCulture),
        TimeSpan span => span.ToString("c", CultureInfo.InvariantCulture),
        DateTime time => time.ToString("o", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToString("o", CultureInfo.InvariantCulture),
        DataViewRowId id => $"0x{id.High:x16}{id.Low:x16}",
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static Dictionary<(Type, Type), Delegate> MakeTable()
    {
        var table = new Dictionary<(Type, Type), Delegate>();
        void Add<TSource, TResult>(Func<TSource, TResult> convert) => table[(typeof(TSource), typeof(TResult))] = convert;

        // Signed numbers wrap around; unsigned ones carry keys, so a value that does not fit becomes 0, the missing key.
        void AddWrapping<TSource, TResult>()
            where TSource : struct, INumberBase<TSource>
            where TResult : struct, INumberBase<TResult>
            => Add<TSource, TResult>(TResult.CreateTruncating);
        void AddFitting<TSource, TResult>()
            where TSource : struct, INumberBase<TSource>
            where TResult : struct, INumberBase<TResult>
            => Add((TSource value) => TSource.CreateTruncating(TResult.CreateTruncating(value)) == value
                ? TResult.CreateTruncating(value) : TResult.Zero);
        void AddNumber<T>()
            where T : struct, INumberBase<T>
        {
            Add((T value) => value != T.Zero);
            Add((T value) => Format(value).AsMemory());
        }

        foreach (var from in (Type[])[.. s_signed, .. s_unsigned, .. s_real])
        {
            GenericCall.Invoke<object>(AddNumber<int>, from);
            var integers = s_signed.Contains(from) ? s_signed : s_unsigned;
            foreach (var to in s_real.Contains(from) ? s_real : [.. integers, .. s_real])
            {
                Delegate add = s_unsigned.Contains(to) ? AddFitting<int, int> : AddWrapping<int, int>;
                GenericCall.Invoke<object>(add, from, to);
            }
        }

        void AddFromBoolean<T>()
            where T : struct, INumberBase<T>
            => Add((bool value) => value ? T.One : T.Zero);
        foreach (var to in (Type[])[.. s_signed, .. s_real])
            GenericCall.Invoke<object>(AddFromBoolean<int>, to);
        Add((bool value) => value);
        Add((bool value) => Format(value).AsMemory());

        void AddTicks<T>(Func<T, long> ticks)
        {
            Add(ticks);
            Add((T value) => (float)ticks(value));
            Add((T value) => (double)ticks(value));
            Add((T value) => Format(value).AsMemory());
        }
        AddTicks((TimeSpan value) => value.Ticks);
        AddTicks((DateTime value) => value.Ticks);
        AddTicks((DateTimeOffset value) => value.UtcDateTime.Ticks);
        Add((DateTime value) => value);

        Add((byte value) => new DataViewRowId(value, 0));
        Add((ushort value) => new DataViewRowId(value, 0));
        Add((uint value) => new DataViewRowId(value, 0));
        Add((ulong value) => new DataViewRowId(value, 0));
        Add((DataViewRowId value) => value.High == 0 && value.Low <= byte.MaxValue ? (byte)value.Low : (byte)0);
        Add((DataViewRowId value) => value.High == 0 && value.Low <= ushort.MaxValue ? (ushort)value.Low : (ushort)0);
        Add((DataViewRowId value) => value.High == 0 && value.Low <= uint.MaxValue ? (uint)value.Low : 0);
        Add((DataViewRowId value) => value.High == 0 ? value.Low : 0);
        Add((DataViewRowId value) => value);
        Add((DataViewRowId value) => Format(value).AsMemory());

        Add((Text text) => text);
        TextParsing.AddTo(table);
        return table;
    }
}
