using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.FlipReg.Reporting;

/// <summary>Reads scalars of any type as text, in the invariant culture; of a key its value, or its number where it has none.</summary>
internal static class TextGetter
{
    public static Func<string> Of(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is KeyDataViewType key && Training.KeyReader.Of(row, column) is { } read)
        {
            var names = Scoring.ClassNames.Of(column, (int)Math.Min(key.Count, int.MaxValue))?.Texts;
            return () => read() is > 0 and var number ? number <= (ulong)(names?.Count ?? 0) ? names![(int)number - 1] : number.ToString(CultureInfo.InvariantCulture) : "";
        }

        var generic = typeof(TextGetter).GetMethod(nameof(OfType), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!;
        return (Func<string>)generic.MakeGenericMethod(column.Type.RawType).Invoke(null, [row, column])!;
    }

    private static Func<string> OfType<T>(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return value is IFormattable formattable ? formattable.ToString(null, CultureInfo.InvariantCulture) : value?.ToString() ?? "";
        };
    }
}
