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
        Options = options.Copy();
        _separators = SearchValues.Create(options.Separators);
        _spaceSeparates = options.Separators.Contains(' ');
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
            if (line[i] != '"')
                continue;
            if (i + 1 >= line.Length || line[i + 1] != '"')
                return i;
            i++;
        }
        return -1;
    }

    /// <summary>Makes one of each two quotes, in place; returns the new length.</summary>
    public int Unescape(Span<char> text)
    {
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"' && i + 1 < text.Length && text[i + 1] == '"')
                i++;
            text[length++] = text[i];
        }
        return length;
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
