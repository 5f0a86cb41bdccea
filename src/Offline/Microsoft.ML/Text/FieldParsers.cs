using System.Globalization;
using System.Numerics;

namespace Microsoft.ML.Data;

internal delegate bool FieldParser<T>(ReadOnlySpan<char> text, out T value);

/// <summary>From the text of a field (never empty) to a value; false, with the missing value where the type has one, if it cannot be read.</summary>
internal static class FieldParsers
{
    // Powers of ten from -70 to 70: beyond them a Single is zero or infinite whatever its digits.
    private const int MaxPower = 70;
    private static readonly double[] s_powers = Enumerable.Range(-MaxPower, (2 * MaxPower) + 1)
        .Select(e => double.Parse($"1e{e}", CultureInfo.InvariantCulture)).ToArray();

    private static readonly NumberFormatInfo s_decimalComma = new() { NumberDecimalSeparator = ",", NumberGroupSeparator = "." };
    private static readonly string[] s_true = ["true", "t", "yes", "y", "1", "+1", "+"];
    private static readonly string[] s_false = ["false", "f", "no", "n", "0", "-1", "-"];
    private static readonly string[] s_missing = ["?", "nan", "na", "n/a"];

    public static FieldParser<T> Create<T>(DataViewType type, TextFormat format)
    {
        var key = type as KeyDataViewType;
        Delegate parser = Type.GetTypeCode(typeof(T)) switch
        {
            TypeCode.Single => Real(format, ToSingle),
            TypeCode.Double => Real(format, ToDouble),
            TypeCode.Boolean => new FieldParser<bool>(TryParse),
            TypeCode.SByte => Integer<sbyte>(),
            TypeCode.Int16 => Integer<short>(),
            TypeCode.Int32 => Integer<int>(),
            TypeCode.Int64 => Integer<long>(),
            TypeCode.Byte => key is null ? Integer<byte>() : Key<byte>(key),
            TypeCode.UInt16 => key is null ? Integer<ushort>() : Key<ushort>(key),
            TypeCode.UInt32 => key is null ? Integer<uint>() : Key<uint>(key),
            TypeCode.UInt64 => key is null ? Integer<ulong>() : Key<ulong>(key),
            TypeCode.DateTime => new FieldParser<DateTime>((ReadOnlySpan<char> text, out DateTime value) => DateTime.TryParse(text,
                CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out value)),
            _ when typeof(T) == typeof(DateTimeOffset) => new FieldParser<DateTimeOffset>((ReadOnlySpan<char> text, out DateTimeOffset value)
                => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out value)),
            _ when typeof(T) == typeof(TimeSpan) => new FieldParser<TimeSpan>((ReadOnlySpan<char> text, out TimeSpan value)
                => TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out value)),
            _ => new FieldParser<ReadOnlyMemory<char>>((ReadOnlySpan<char> text, out ReadOnlyMemory<char> value) =>
            {
                value = text.ToString().AsMemory();
                return true;
            }),
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

    private static bool TryParse(ReadOnlySpan<char> text, out bool value)
    {
        value = IsOneOf(text, s_true);
        return value || IsOneOf(text, s_false);
    }

    private static FieldParser<T> Integer<T>()
        where T : IBinaryInteger<T>, IMinMaxValue<T>
    {
        var style = T.MinValue < T.Zero ? NumberStyles.AllowLeadingSign : NumberStyles.None;
        return (ReadOnlySpan<char> text, out T value) => T.TryParse(text, style, CultureInfo.InvariantCulture, out value) && text[0] != '+';
    }

    // The file counts classes from zero; in memory zero is the missing key.
    private static FieldParser<T> Key<T>(KeyDataViewType type)
        where T : INumberBase<T>
        => (ReadOnlySpan<char> text, out T value) =>
        {
            var isNumber = ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < type.Count;
            value = isNumber ? T.CreateTruncating(number + 1) : T.Zero;
            return isNumber || IsOneOf(text, s_missing);
        };

    private delegate T RealConverter<T>(ReadOnlySpan<char> text, in Scan scan);

    // Digits are gathered in an integer, to be scaled by a power of ten.
    private record struct Scan(char DecimalMarker, ulong Digits, int Power, bool IsNegative);

    private static FieldParser<T> Real<T>(TextFormat format, RealConverter<T> convert)
        where T : IFloatingPointIeee754<T>
    {
        var marker = format.DecimalMarker;
        var empty = format.MissingRealsAsNaNs ? T.NaN : T.Zero;
        return (ReadOnlySpan<char> text, out T value) =>
        {
            var scan = new Scan { DecimalMarker = marker };
            var length = ScanNumber(text, ref scan);
            if (length == text.Length)
            {
                value = convert(text, scan);
                return true;
            }
            text = text.Trim();
            length = ScanNumber(text, ref scan);
            var isInfinity = text is "Infinity" or "-Infinity" or "\u221e" or "-\u221e";
            value = text.IsEmpty ? empty
                : length == text.Length ? convert(text, scan)
                : isInfinity ? (text[0] == '-' ? T.NegativeInfinity : T.PositiveInfinity)
                : T.NaN;
            return !T.IsNaN(value) || text.IsEmpty || text is "?" or "NaN";
        };
    }

    private static float ToSingle(ReadOnlySpan<char> text, in Scan scan)
    {
        var value = scan.Digits == 0 || scan.Power < -MaxPower ? 0
            : scan.Power > MaxPower ? float.PositiveInfinity
            : (float)(s_powers[MaxPower + scan.Power] * scan.Digits);
        return scan.IsNegative ? -value : value;
    }

    private static double ToDouble(ReadOnlySpan<char> text, in Scan scan)
    {
        // Both factors exact, so that the result is rounded once.
        if (scan.Digits < 1UL << 53 && scan.Power is >= -22 and <= 22)
        {
            var value = scan.Power < 0 ? scan.Digits / s_powers[MaxPower - scan.Power] : scan.Digits * s_powers[MaxPower + scan.Power];
            return scan.IsNegative ? -value : value;
        }
        return double.Parse(text, NumberStyles.Float, scan.DecimalMarker == ',' ? s_decimalComma : CultureInfo.InvariantCulture);
    }

    // The length of the number that the text begins with; 0 if there is none.
    private static int ScanNumber(ReadOnlySpan<char> text, ref Scan scan)
    {
        var i = 0;
        scan = scan with { Digits = 0, Power = 0, IsNegative = text.StartsWith("-") };
        if (scan.IsNegative || text.StartsWith("+"))
            i++;
        var digitCount = ScanDigits(text, ref i, ref scan, isFraction: false);
        // After a sign there must be a digit before the marker.
        if (i < text.Length && text[i] == scan.DecimalMarker && (digitCount > 0 || i == 0))
        {
            i++;
            digitCount += ScanDigits(text, ref i, ref scan, isFraction: true);
        }
        if (digitCount == 0)
            return 0;
        if (i + 1 >= text.Length || (text[i] | 0x20) != 'e')
            return i;

        var end = i + 1;
        var isNegative = text[end] == '-';
        if (isNegative || text[end] == '+')
            end++;
        var first = end;
        var power = 0;
        for (; end < text.Length && char.IsAsciiDigit(text[end]); end++)
            power = Math.Min((10 * power) + text[end] - '0', 1_000_000);
        if (end == first)
            return i;
        scan.Power += isNegative ? -power : power;
        return end;
    }

    private static int ScanDigits(ReadOnlySpan<char> text, ref int i, ref Scan scan, bool isFraction)
    {
        const ulong Full = (ulong.MaxValue - 9) / 10;
        var start = i;
        for (; i < text.Length && (uint)(text[i] - '0') is <= 9 and var digit; i++)
        {
            var fits = scan.Digits < Full;
            if (fits)
                scan.Digits = (10 * scan.Digits) + digit;
            // Digits that no longer fit count only by their place.
            scan.Power += isFraction ? (fits ? -1 : 0) : (fits ? 0 : 1);
        }
        return i - start;
    }
}
