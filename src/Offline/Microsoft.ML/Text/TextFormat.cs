using System.Buffers;

namespace Microsoft.ML.Data;

/// <summary>The checked options of a loader, and the rules by which a line falls into fields.</summary>
internal sealed class TextFormat
{
    private readonly SearchValues<char> _separators;
    private readonly bool _spaceSeparates;

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

        _separators = SearchValues.Create(options.Separators);
        _spaceSeparates = options.Separators.Contains(' ');
        Escape = options.EscapeChar;
        DecimalMarker = options.DecimalMarker;
        HasHeader = options.HasHeader;
        TrimWhitespace = options.TrimWhitespace;
        AllowQuoting = options.AllowQuoting;
        ReadMultilines = options.AllowQuoting && options.ReadMultilines;
        MissingRealsAsNaNs = options.MissingRealsAsNaNs;
        MaxRows = options.MaxRows ?? long.MaxValue;
        InputSize = options.InputSize ?? 0;
        // The real loader parses on other threads, unless the rows are at most a batch; then it wraps exceptions.
        WrapsExceptions = options.UseThreads && MaxRows >= 128;
    }

    public char Escape { get; }
    public char DecimalMarker { get; }
    public bool HasHeader { get; }
    public bool TrimWhitespace { get; }
    public bool AllowQuoting { get; }
    public bool ReadMultilines { get; }
    public bool MissingRealsAsNaNs { get; }
    public long MaxRows { get; }
    public int InputSize { get; }
    public bool WrapsExceptions { get; }

    public int SkipSpaces(ReadOnlySpan<char> line, int start)
    {
        if (!_spaceSeparates)
        {
            while (start < line.Length && line[start] == ' ')
                start++;
        }
        return start;
    }

    public int FindSeparator(ReadOnlySpan<char> line, int start)
    {
        var offset = line[start..].IndexOfAny(_separators);
        return offset < 0 ? line.Length : start + offset;
    }

    /// <summary>Where the quote is that ends a field whose text begins at <paramref name="start"/>; -1 if it is not in the line.</summary>
    public int FindClosingQuote(ReadOnlySpan<char> line, int start)
    {
        for (var i = start; i < line.Length; i++)
        {
            if (line[i] == Escape && (Escape != '"' || (i + 1 < line.Length && line[i + 1] == '"')))
                i++;
            else if (line[i] == '"')
                return i;
        }
        return -1;
    }

    /// <summary>Takes the escapes before quotes out, in place; returns the new length.</summary>
    public int Unescape(Span<char> text)
    {
        var first = text.IndexOf(Escape);
        if (first < 0)
            return text.Length;
        var to = first;
        for (var i = first; i < text.Length; i++)
        {
            if (text[i] == Escape && i + 1 < text.Length && text[i + 1] == '"')
                i++;
            text[to++] = text[i];
        }
        return to;
    }

    /// <summary>Whether the line ends within a quoted field, which then goes on in the next line.</summary>
    public bool EndsInsideQuotes(ReadOnlySpan<char> line, bool inside)
    {
        for (var i = 0; ; i++)
        {
            if (!inside)
                i = SkipSpaces(line, i);
            if (i >= line.Length)
                return inside;
            if (inside || line[i] == '"')
            {
                var quote = FindClosingQuote(line, inside ? i : i + 1);
                if (quote < 0)
                    return true;
                inside = false;
                i = SkipSpaces(line, quote + 1);
                // Other text after the quote: an error, which the splitter reports.
                if (i < line.Length && FindSeparator(line, i) != i)
                    return false;
            }
            else
            {
                i = FindSeparator(line, i);
            }
            if (i >= line.Length)
                return false;
        }
    }
}

/// <summary>The fields of one line.</summary>
internal sealed class FieldSplitter
{
    private readonly TextFormat _format;
    private readonly TextParseLog _log;
    private (int Start, int Length)[] _fields = new (int, int)[16];

    public FieldSplitter(TextFormat format, TextParseLog log = null)
    {
        _format = format;
        _log = log;
    }

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
            var start = _format.SkipSpaces(line, next);
            var field = (start, 0);
            next = start;
            if (start < line.Length)
            {
                if (_format.AllowQuoting && line[start] == '"')
                {
                    field = Quoted(line, start + 1, out next, out var isBad);
                    if (isBad)
                        _log?.BadFormat(path, lineNumber, start, next, "Illegal quoting");
                }
                else
                {
                    next = _format.FindSeparator(line, start);
                    field = (start, next - start);
                }
            }
            if (Count == _fields.Length)
                Array.Resize(ref _fields, 2 * Count);
            _fields[Count++] = field;
            if (next >= line.Length)
                return;
        }
    }

    private (int, int) Quoted(Span<char> line, int start, out int end, out bool isBad)
    {
        var quote = _format.FindClosingQuote(line, start);
        isBad = quote < 0;
        end = line.Length;
        if (isBad)
            return (start, 0);
        end = _format.FindSeparator(line, quote + 1);
        isBad = line[(quote + 1)..end].ContainsAnyExcept(' ');
        return isBad ? (start, 0) : (start, _format.Unescape(line[start..quote]));
    }
}
