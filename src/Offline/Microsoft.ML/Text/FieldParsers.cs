using Text = System.ReadOnlyMemory<char>;

namespace Microsoft.ML.Data;

internal delegate bool FieldParser<T>(ReadOnlySpan<char> text, out T value);

/// <summary>From the text of a field (never empty) to a value. False if it cannot be read; the value is then the missing one, if the type has it.</summary>
internal static class FieldParsers
{
    private const NumberStyles RealStyle = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
    private static readonly CultureInfo s_invariant = CultureInfo.InvariantCulture;
    private static readonly string[] s_true = ["true", "t", "yes", "y", "1", "+1", "+"];
    private static readonly string[] s_false = ["false", "f", "no", "n", "0", "-1", "-"];
    private static readonly string[] s_missing = ["?", "nan", "na", "n/a"];

    public static FieldParser<T> Create<T>(DataViewType type, TextLoader.Options options)
    {
        var key = type as KeyDataViewType;
        Delegate parser = Type.GetTypeCode(typeof(T)) switch
        {
            TypeCode.Single => Real<float>(options),
            TypeCode.Double => Real<double>(options),
            TypeCode.SByte => Integer<sbyte>(key),
            TypeCode.Int16 => Integer<short>(key),
            TypeCode.Int32 => Integer<int>(key),
            TypeCode.Int64 => Integer<long>(key),
            TypeCode.Byte => Integer<byte>(key),
            TypeCode.UInt16 => Integer<ushort>(key),
            TypeCode.UInt32 => Integer<uint>(key),
            TypeCode.UInt64 => Integer<ulong>(key),
            TypeCode.Boolean => (FieldParser<bool>)((ReadOnlySpan<char> text, out bool value) => (value = IsOneOf(text, s_true)) || IsOneOf(text, s_false)),
            TypeCode.DateTime => (FieldParser<DateTime>)((ReadOnlySpan<char> text, out DateTime value)
                => DateTime.TryParse(text, s_invariant, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out value)),
            _ when typeof(T) == typeof(DateTimeOffset) => (FieldParser<DateTimeOffset>)((ReadOnlySpan<char> text, out DateTimeOffset value)
                => DateTimeOffset.TryParse(text, s_invariant, DateTimeStyles.AssumeUniversal, out value)),
            _ when typeof(T) == typeof(TimeSpan) => (FieldParser<TimeSpan>)((ReadOnlySpan<char> text, out TimeSpan value)
                => TimeSpan.TryParse(text, s_invariant, out value)),
            _ => (FieldParser<Text>)((ReadOnlySpan<char> text, out Text value) => !(value = text.ToString().AsMemory()).IsEmpty),
        };
        return (FieldParser<T>)parser;
    }

    private static bool IsOneOf(ReadOnlySpan<char> text, string[] words)
    {
        foreach (var word in words)
        {
            if (text.Equals(word, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    private static FieldParser<T> Integer<T>(KeyDataViewType key)
        where T : IBinaryInteger<T>, IMinMaxValue<T>
    {
        var style = T.MinValue < T.Zero ? NumberStyles.AllowLeadingSign : NumberStyles.None;
        if (key is null)
            return (ReadOnlySpan<char> text, out T value) => T.TryParse(text, style, s_invariant, out value) && text[0] != '+';
        // The file counts classes from zero; in memory zero is the missing key.
        return (ReadOnlySpan<char> text, out T value) =>
        {
            var isKey = ulong.TryParse(text, style, s_invariant, out var number) && number < key.Count;
            value = isKey ? T.CreateTruncating(number + 1) : T.Zero;
            return isKey || IsOneOf(text, s_missing);
        };
    }

    private static FieldParser<T> Real<T>(TextLoader.Options options)
        where T : IFloatingPointIeee754<T>
    {
        var empty = options.MissingRealsAsNaNs ? T.NaN : T.Zero;
        return (ReadOnlySpan<char> text, out T value) =>
        {
            text = text.Trim();
            // The last character tells a number from the words for infinity that .NET knows.
            if (!text.IsEmpty && text[^1] <= '9' && T.TryParse(text, RealStyle, s_invariant, out value))
                return true;
            value = text switch
            {
                "" => empty,
                "Infinity" or "\u221e" => T.PositiveInfinity,
                "-Infinity" or "-\u221e" => T.NegativeInfinity,
                _ => T.NaN,
            };
            return !T.IsNaN(value) || text is "" or "?" or "NaN";
        };
    }
}
