namespace Microsoft.ML.Data;

/// <summary>The data lines of all files: without headers, comments and empty lines. A line lives in the buffer until the next is read.</summary>
internal sealed class LineReader(IMultiStreamSource source, TextFormat format, bool skipsHeader, long maxRows) : IDisposable
{
    private readonly List<char> _joined = [];
    private TextReader _reader;
    private char[] _buffer = new char[1 << 16];
    private int _start;
    private int _end;
    private int _fileCount;
    private long _rowsLeft = maxRows;
    private bool _skipsLineFeed;
    private bool _atFirst;

    public string Path { get; private set; }
    public long LineNumber { get; private set; }

    public bool TryRead(out Span<char> line)
    {
        try
        {
            while (_rowsLeft > 0 && (_reader is not null || OpenNext()))
            {
                if (!TryReadRecord(out line))
                {
                    Dispose();
                    continue;
                }
                LineNumber++;
                if (line.IsEmpty || IsComment(line))
                    continue;
                var isHeader = _atFirst && skipsHeader;
                _atFirst = false;
                if (isHeader)
                    continue;
                _rowsLeft--;
                return true;
            }
        }
        catch (Exception e)
        {
            throw Contracts.ExceptDecode(e, "Stream reading encountered exception");
        }
        line = default;
        return false;
    }

    public void Dispose()
    {
        _reader?.Dispose();
        _reader = null;
    }

    private bool OpenNext()
    {
        if (_fileCount >= source.Count)
            return false;
        Path = source.GetPathOrNull(_fileCount);
        _reader = source.OpenTextReader(_fileCount++);
        _start = _end = 0;
        LineNumber = 0;
        _skipsLineFeed = false;
        _atFirst = true;
        return true;
    }

    // A hash begins a comment only before the first line.
    private bool IsComment(ReadOnlySpan<char> line) => line.StartsWith("//") || (_atFirst && line.StartsWith("#"));

    private bool TryReadRecord(out Span<char> line)
    {
        if (!TryReadLine(out line))
            return false;
        if (!(format.Options.AllowQuoting && format.Options.ReadMultilines) || IsComment(line) || !format.EndsInsideQuotes(line, inside: false))
            return true;
        _joined.Clear();
        _joined.AddRange((ReadOnlySpan<char>)line);
        do
        {
            if (!TryReadLine(out line))
                throw new EndOfStreamException($"A quoted field opened on line {LineNumber} was never closed, and we've read to the last line in the file without finding the closing quote");
            _joined.Add('\n');
            _joined.AddRange((ReadOnlySpan<char>)line);
        }
        while (format.EndsInsideQuotes(line, inside: true));
        line = CollectionsMarshal.AsSpan(_joined);
        return true;
    }

    private bool TryReadLine(out Span<char> line)
    {
        for (var scanned = 0; ;)
        {
            if (_skipsLineFeed && _start < _end)
            {
                _skipsLineFeed = false;
                if (_buffer[_start] == '\n')
                    _start++;
            }
            var offset = _buffer.AsSpan((_start + scanned).._end).IndexOfAny('\r', '\n');
            var length = scanned + offset;
            if (offset < 0)
            {
                scanned = _end - _start;
                if (Fill())
                    continue;
                length = scanned;
            }
            line = _buffer.AsSpan(_start, length);
            _start += length;
            if (offset >= 0)
                _skipsLineFeed = _buffer[_start++] == '\r';
            return offset >= 0 || length > 0;
        }
    }

    private bool Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start.._end).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, 2 * _end);
        var count = _reader.Read(_buffer, _end, _buffer.Length - _end);
        _end += count;
        return count > 0;
    }
}
