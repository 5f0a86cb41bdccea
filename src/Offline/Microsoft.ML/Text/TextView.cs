namespace Microsoft.ML.Data;

/// <summary>The rows of text files.</summary>
internal sealed class TextView(IHost host, TextFormat format, TextColumn[] columns, DataViewSchema schema, IMultiStreamSource source) : IDataView
{
    public bool CanShuffle => false;
    public DataViewSchema Schema => schema;
    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        => new Cursor(host, format, columns, schema, source, RowHelpers.ActiveMask(Schema, columnsNeeded));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor : RootCursor
    {
        private readonly TextFormat _format;
        private readonly TextParseLog _log;
        private readonly LineReader _lines;
        private readonly FieldSplitter _fields;
        private readonly bool[] _active;
        private readonly TextPipe[] _pipes;
        private readonly int _fieldsNeeded;
        private readonly bool _wrapsExceptions;

        public Cursor(IHost host, TextFormat format, TextColumn[] columns, DataViewSchema schema, IMultiStreamSource source, bool[] active)
        {
            Schema = schema;
            _active = active;
            _format = format;
            _log = new TextParseLog(host);
            _lines = new LineReader(source, format.Options.HasHeader, format.Options.MaxRows ?? long.MaxValue);
            _fields = new FieldSplitter(format, _log);
            _pipes = columns.Select((column, i) => active[i] ? TextPipe.Create(column, format.Options, _log) : null).ToArray();
            var limits = columns.Where((_, i) => active[i]).SelectMany(column => column.Segments).Select(segment => segment.Lim);
            _fieldsNeeded = Math.Min(limits.DefaultIfEmpty(1).Max(), format.Options.InputSize is > 0 and int size ? size : int.MaxValue);
            // The real loader parses on other threads unless the rows are few; then it wraps exceptions.
            _wrapsExceptions = format.Options.UseThreads && format.Options.MaxRows is null or >= 128;
        }

        public override DataViewSchema Schema { get; }

        public override bool IsColumnActive(DataViewSchema.Column column) => RowHelpers.IsActive(_active, column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Contracts.CheckParam(column.Index < _pipes.Length, nameof(column), "requested column not valid.");
            Contracts.Check(IsColumnActive(column));
            var getter = _pipes[column.Index].GetGetter(() => AtRow);
            return getter as ValueGetter<TValue> ?? throw Contracts.Except(
                $"Invalid TValue in GetGetter: '{typeof(TValue)}', expected type: '{column.Type.RawType}'.");
        }

        protected override bool MoveNextCore()
        {
            try
            {
                if (!_lines.TryRead(out var line))
                    return false;
                if (_format.Options.TrimWhitespace)
                    line = line.TrimEnd();
                _fields.Split(line, _fieldsNeeded, _lines.Path, _lines.LineNumber);
                foreach (var pipe in _pipes)
                    pipe?.Read(line, _fields, _lines.LineNumber);
                return true;
            }
            catch (Exception e) when (_wrapsExceptions)
            {
                throw Contracts.ExceptDecode(e, $"Parsing failed with an exception: {e.Message}");
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _lines.Dispose();
                _log.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}

/// <summary>One column of the current row.</summary>
internal abstract class TextPipe
{
    public static TextPipe Create(TextColumn column, TextLoader.Options options, TextParseLog log)
        => GenericCall.Invoke<TextPipe>(CreateCore<int>, column.Type.ItemTypeOf().RawType, column, options, log);

    public abstract void Read(ReadOnlySpan<char> line, FieldSplitter fields, long lineNumber);
    public abstract Delegate GetGetter(Func<bool> isAtRow);

    private static TextPipe<T> CreateCore<T>(TextColumn column, TextLoader.Options options, TextParseLog log) => new(column, options, log);
}

internal sealed class TextPipe<T>(TextColumn column, TextLoader.Options options, TextParseLog log) : TextPipe
{
    private readonly FieldParser<T> _parse = FieldParsers.Create<T>(column.Type.ItemTypeOf(), options);
    private readonly T _empty = options.MissingRealsAsNaNs ? Conversions.MissingOrDefault<T>() : default;
    private readonly bool _isVector = column.Type is VectorDataViewType;
    private readonly T[] _values = new T[column.Type.ValueCount()];

    public override void Read(ReadOnlySpan<char> line, FieldSplitter fields, long lineNumber)
    {
        var slot = 0;
        foreach (var segment in column.Segments)
        {
            for (var field = segment.Min; field < segment.Lim; field++, slot++)
            {
                var text = fields.Text(line, field);
                if (text.IsEmpty)
                    _values[slot] = _empty;
                else if (!_parse(text, out _values[slot]))
                    Unreadable(text, lineNumber, slot);
            }
        }
    }

    public override Delegate GetGetter(Func<bool> isAtRow) => _isVector
        ? (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
        {
            Contracts.Check(isAtRow());
            VBuffer<T>.Copy(_values, 0, ref value, _values.Length);
        })
        : (ValueGetter<T>)((ref T value) =>
        {
            Contracts.Check(isAtRow());
            value = _values[0];
        });

    private void Unreadable(ReadOnlySpan<char> text, long lineNumber, int slot)
    {
        if (Conversions.HasMissing(column.Type.ItemTypeOf()))
            log.BadValue("  Bad value at line {0} in column {1}" + (_isVector ? " at slot {2}" : ""), lineNumber, column.Name, slot);
        else
            throw Contracts.Except($"Could not parse value {text} in " + (_isVector
                ? $"slot {slot} of column {column.Name} in line {lineNumber}"
                : $"line {lineNumber}, column {column.Name}"));
    }
}

/// <summary>Counts what could not be read, and shows the first of it.</summary>
internal sealed class TextParseLog(IHost host) : IDisposable
{
    private const long MaxShown = 10;
    private readonly IChannel _channel = host.Start("ParseStats");
    private long _badValues;
    private long _badFormats;

    public void BadValue(string format, params object[] args)
    {
        if (++_badValues <= MaxShown)
            _channel.Info(MessageSensitivity.Schema, format, args);
        if (_badValues == MaxShown)
            _channel.Info("  Suppressing further bad value messages");
    }

    public void BadFormat(string format, params object[] args)
    {
        if (++_badFormats <= MaxShown)
            _channel.Warning(MessageSensitivity.Unknown, format, args);
        if (_badFormats == MaxShown)
            _channel.Warning("Suppressing further format error messages");
    }

    public void Dispose() => _channel.Dispose();
}
