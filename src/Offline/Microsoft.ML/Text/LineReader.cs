namespace Microsoft.ML.Data;

/// <summary>The data lines of all files: without headers, comments and empty lines.</summary>
internal sealed class LineReader(IMultiStreamSource source, bool skipsHeader, long maxRows) : IDisposable
{
    private TextReader _reader;
    private int _fileCount;
    private long _rowsLeft = maxRows;
    private bool _atFirst;

    public string Path { get; private set; }
    public long LineNumber { get; private set; }

    public bool TryRead(out Span<char> line)
    {
        try
        {
            while (_rowsLeft > 0 && (_reader is not null || OpenNext()))
            {
                var text = _reader.ReadLine();
                if (text is null)
                {
                    Dispose();
                    continue;
                }
                LineNumber++;
                // A hash begins a comment only before the first line.
                if (text.Length == 0 || text.StartsWith("//", StringComparison.Ordinal) || (_atFirst && text[0] == '#'))
                    continue;
                var isHeader = _atFirst && skipsHeader;
                _atFirst = false;
                if (isHeader)
                    continue;
                _rowsLeft--;
                line = text.ToCharArray();
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
        LineNumber = 0;
        _atFirst = true;
        return true;
    }
}
