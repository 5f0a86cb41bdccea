using Microsoft.ML;

namespace MLNet.FlipReg.Training;

/// <summary>Reads keys of any width, and Booleans as keys: of false 1, of true 2.</summary>
internal static class KeyReader
{
    /// <summary>A reader of the current row's key: 0 where it is missing.</summary>
    public static Func<ulong> Of(DataViewRow row, DataViewSchema.Column column)
    {
        var type = column.Type.RawType;
        if (type == typeof(bool))
            return Of<bool>(row, column, isTrue => isTrue ? 2u : 1u);
        if (type == typeof(byte))
            return Of<byte>(row, column, key => key);
        if (type == typeof(ushort))
            return Of<ushort>(row, column, key => key);
        return type == typeof(uint) ? Of<uint>(row, column, key => key) : Of<ulong>(row, column, key => key);
    }

    /// <summary>A key as a value of a label column's type.</summary>
    public static T Value<T>(uint key) => (T)(object)(typeof(T) == typeof(bool) ? key == 2
        : typeof(T) == typeof(byte) ? (byte)key
        : typeof(T) == typeof(ushort) ? (ushort)key
        : typeof(T) == typeof(uint) ? key
        : (object)(ulong)key);

    private static Func<ulong> Of<T>(DataViewRow row, DataViewSchema.Column column, Func<T, ulong> widen)
    {
        var getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return widen(value);
        };
    }
}
