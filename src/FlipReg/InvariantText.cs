using System.Globalization;

namespace FlipReg;

/// <summary>Numbers as text in messages: the same in every culture, like the code that a reader compares them with.</summary>
internal static class InvariantText
{
    /// <summary>Characters that a message shows of one value out of a file.</summary>
    internal const int MaximumEcho = 200;

    /// <summary>The values, with commas between them.</summary>
    public static string List<T>(IEnumerable<T> values)
        where T : IFormattable => string.Join(", ", values.Select(value => value.ToString(null, CultureInfo.InvariantCulture)));

    /// <summary>
    /// A message about a file's content, in the invariant culture. Whatever the file holds, the message stays short and on its lines: each text is
    /// cut after <see cref="MaximumEcho"/> characters, with the full length behind it, and control characters show as ␦.
    /// </summary>
    public static string OfFile(FormattableString message)
    {
        var arguments = message.GetArguments().Select(value => value is null or IFormattable ? value : Echo(value.ToString() ?? ""));
        return string.Format(CultureInfo.InvariantCulture, message.Format, [.. arguments]);
    }

    private static string Echo(string text)
    {
        var shown = text.Length <= MaximumEcho ? text : text[..MaximumEcho];
        if (shown.Any(char.IsControl))
            shown = string.Concat(shown.Select(c => char.IsControl(c) ? '␦' : c));
        return text.Length <= MaximumEcho ? shown : string.Create(CultureInfo.InvariantCulture, $"{shown}… ({text.Length} characters)");
    }
}
