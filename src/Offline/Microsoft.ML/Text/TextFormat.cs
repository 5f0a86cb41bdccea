using System.Buffers;

namespace Microsoft.ML.Data;

/// <summary>The checked options of a loader, and the rules by which a line falls into fields.</summary>
internal sealed class TextFormat
{
    private readonly SearchValues<char> _separators;
    private readonly bool _spaceSeparates;
    private readonly char _escape;

    public TextFormat(TextLoader.Options options)
    {
        Contracts.CheckParam(options.MaxRows is null or >= 0, nameof(options.MaxRows));
        Contracts.Check(options.InputSize is null or >= 0, "inputSize");
        foreach (var separator in options.Separators)
        {
            Contracts.CheckParam(separator == '\t' || (separator >= ' ' && separator != '"' && !char.IsAsciiDigit(separator)),
                "Separator", $"Illegal separator: '{separator}'");
        }
        Contracts.CheckParam(options.DecimalMarker is '.' or ',', nameof(options.DecimalMarker),
            $"Decimal marker cannot be the '{options.DecimalMarker}' character. It must be '.' or ','.");
        Contracts.CheckParam(options.AllowQuoting || options.DecimalMarker == '.' || !options.Separators.Contains(','), nameof(options.AllowQuoting),
            "Quoting must be allowed if decimal marker and separator are the ',' character.");
        Contracts.CheckParam(!options.Separators.Contains(options.EscapeChar), nameof(options.EscapeChar),
            $"EscapeChar '{options.EscapeChar}' can't be used both as EscapeChar and separator");
        Options = options.Copy();
        _separators = SearchValues.Create(options.Separators);
        _spaceSeparates = options.Separators.Contains(' ');
        _escape = options.EscapeChar;
    }

    public TextLoader.Options Options { get; }

    public int SkipSpaces(ReadOnlySpan<char> line, int start)
    {
        while (!_spaceSeparates && start < line.Length && line[start] == ' ')
            start++;
        return start;
    }

    public int FindSeparator(ReadOnlySpan<char> line, int start)
        => line[start..].IndexOfAny(_separators) is >= 0 and var offset ? start + offset : line.Length;

    /// <summary>Where the quote is that ends a field whose text begins at <paramref name="start"/>; -1 if it is not in the line.</summary>
    public int FindClosingQuote(ReadOnlySpan<char> line, int start)
    {
        for (var i = start; i < line.Length; i++)
        {
            if (line[i] == _escape && (_escape != '"' || (i + 1 < line.Length && line[i + 1] == '"')))
                i++;
            else if (line[i] == '"')
                return i;
        }
        return -1;
    }

    /// <summary>Takes the escapes before quotes out, in place; returns the new length.</summary>
    public int Unescape(Span<char> text)
    {
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == _escape && i + 1 < text.Length && text[i + 1] == '"')
                i++;
            text[length++] = text[i];
        }
        return length;
    }

    /// <summary>Whether the line ends within a quoted field, which then goes on in the next line.</summary>
    public bool EndsInsideQuotes(ReadOnlySpan<char> line, bool inside)
    {
        for (var i = 0; ; i++)
        {
            var start = inside ? i : SkipSpaces(line, i);
            if (start >= line.Length)
                return inside;
            i = FindSeparator(line, start);
            if (inside || line[start] == '"')
            {
                var quote = FindClosingQuote(line, inside ? start : start + 1);
                if (quote < 0)
                    return true;
                inside = false;
                i = SkipSpaces(line, quote + 1);
                // Other text after the quote: an error, which the splitter reports.
                if (i < line.Length && FindSeparator(line, i) != i)
                    return false;
            }
            if (i >= line.Length)
                return false;
        }
    }
}

/// <summary>The fields of one line.</summary>
internal sealed class FieldSplitter(TextFormat format, TextParseLog log = null)
{
    private (int Start, int Length)[] _fields = new (int, int)[16];

    public int Count { get; private set; }

    /// <summary>The text of a field of the line that was split last; empty where the line has no such field.</summary>
    public ReadOnlySpan<char> Text(ReadOnlySpan<char> line, int field)
        => (uint)field < (uint)Count ? line.Slice(_fields[field].Start, _fields[field].Length) : default;

    /// <summary>Finds up to <paramref name="needed"/> fields. Escaped quotes are resolved in the line itself.</summary>
    public void Split(Span<char> line, int needed, string path = null, long lineNumber = 0)
    {
        Count = 0;
        for (var next = 0; Count < needed; next++)
        {
            var start = format.SkipSpaces(line, next);
            next = format.FindSeparator(line, start);
            var field = (start, next - start);
            if (start < line.Length && line[start] == '"' && format.Options.AllowQuoting)
            {
                var quote = format.FindClosingQuote(line, start + 1);
                next = quote < 0 ? line.Length : format.FindSeparator(line, quote + 1);
                var isBad = quote < 0 || line[(quote + 1)..next].ContainsAnyExcept(' ');
                field = (start + 1, isBad ? 0 : format.Unescape(line[(start + 1)..quote]));
                if (isBad)
                    log?.BadFormat("Format error at {0}({1},{2})-({1},{3}): {4}", path, lineNumber, start + 1, next + 1, "Illegal quoting");
            }
            if (Count == _fields.Length)
                Array.Resize(ref _fields, 2 * Count);
            _fields[Count++] = field;
            if (next >= line.Length)
                return;
        }
    }
}
