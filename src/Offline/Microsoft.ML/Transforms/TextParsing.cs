using Text = System.ReadOnlyMemory<char>;

namespace Microsoft.ML.Data;

/// <summary>From text to the other item types: the empty text is zero; what else cannot be read depends on the type.</summary>
internal static class TextParsing
{
    private const NumberStyles RealStyle = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    private static readonly string[] s_true = ["true", "t", "yes", "y", "1", "+1", "+"];

    public static void AddTo(Dictionary<(Type, Type), Delegate> table)
    {
        void Add<T>(Func<Text, T> parse) => table[(typeof(Text), typeof(T))] = parse;

        Add(text => text);
        Add(text => text.IsEmpty ? 0 : float.TryParse(text.Span, RealStyle, CultureInfo.InvariantCulture, out var value) ? value : float.NaN);
        Add(text => text.IsEmpty ? 0 : double.TryParse(text.Span, RealStyle, CultureInfo.InvariantCulture, out var value) ? value : double.NaN);
        Add(text => s_true.Any(word => text.Span.Equals(word, StringComparison.OrdinalIgnoreCase)));

        // Signed numbers have no value to say "unreadable"; unsigned ones have zero, the missing key.
        Add(text => (sbyte)ParseSigned(text, sbyte.MaxValue, "sbyte"));
        Add(text => (short)ParseSigned(text, short.MaxValue, "short"));
        Add(text => (int)ParseSigned(text, int.MaxValue, "int"));
        Add(text => ParseSigned(text, long.MaxValue, "long"));
        Add(text => (byte)ParseUnsigned(text, byte.MaxValue));
        Add(text => (ushort)ParseUnsigned(text, ushort.MaxValue));
        Add(text => (uint)ParseUnsigned(text, uint.MaxValue));
        Add(text => ParseUnsigned(text, ulong.MaxValue));
    }

    private static long ParseSigned(Text text, long max, string typeName)
    {
        if (text.IsEmpty)
            return 0;
        var readable = long.TryParse(text.Span, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            && text.Span[0] != '+' && value <= max && value >= -max;
        Contracts.Check(readable, $"Value could not be parsed from text to {typeName}.");
        return value;
    }

    private static ulong ParseUnsigned(Text text, ulong max)
        => ulong.TryParse(text.Span, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= max ? value : 0;
}
