using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The rows of text files.</summary>
internal sealed class TextView : IDataView
{
    private readonly IHost _host;
    private readonly TextFormat _format;
    private readonly TextColumn[] _columns;
    private readonly IMultiStreamSource _source;

    public TextView(IHost host, TextFormat format, TextColumn[] columns, DataViewSchema schema, IMultiStreamSource source)
    {
        Contracts.CheckValue(source, nameof(source));
        _host = host;
        _format = format;
        _columns = columns;
        _source = source;
        Schema = schema;
    }

    public bool CanShuffle => false;
    public DataViewSchema Schema { get; }
    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        => new Cursor(this, RowHelpers.ActiveMask(Schema, columnsNeeded));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor : RootCursor
    {
        private readonly TextView _parent;
        private readonly TextFormat _format;
        private readonly TextParseLog _log;
        private readonly LineReader _lines;
        private readonly FieldSplitter _fields;
        private readonly TextPipe[] _pipes;
        private readonly TextPipe[] _active;
        private readonly int _fieldsNeeded;

        public Cursor(TextView parent, bool[] active)
        {
            _parent = parent;
            _format = parent._format;
            _log = new TextParseLog(parent._host);
            _lines = new LineReader(parent._source, _format, _format.HasHeader, _format.MaxRows);
            _fields = new FieldSplitter(_format, _log);
            _pipes = parent._columns.Select((column, i) => active[i] ? TextPipe.Create(column, _format, _log) : null).ToArray();
            _active = _pipes.Where(pipe => pipe is not null).ToArray();
            var limits = parent._columns.Where((_, i) => active[i]).SelectMany(column => column.Segments).Select(segment => segment.Lim);
            _fieldsNeeded = Math.Min(limits.DefaultIfEmpty(1).Max(), _format.InputSize > 0 ? _format.InputSize : int.MaxValue);
        }

        public override DataViewSchema Schema => _parent.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column)
        {
            Contracts.Check(column.Index < _pipes.Length);
            return _pipes[column.Index] is not null;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) =>
        {
            CheckAtRow();
            id = new DataViewRowId((ulong)Position, 0);
        };

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
                if (_format.TrimWhitespace)
                    line = line.TrimEnd();
                _fields.Split(line, _fieldsNeeded, _lines.Path, _lines.LineNumber);
                foreach (var pipe in _active)
                    pipe.Read(line, _fields, _lines.LineNumber);
                _log.RowCount++;
                return true;
            }
            catch (Exception e) when (_format.WrapsExceptions)
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
    private static readonly MethodInfo s_create = TypedDispatch.Method(typeof(TextPipe), nameof(CreateCore));

    public static TextPipe Create(TextColumn column, TextFormat format, TextParseLog log)
        => TypedDispatch.Invoke<TextPipe>(s_create, null, column.Type.ItemTypeOf().RawType, column, format, log);

    public abstract void Read(ReadOnlySpan<char> line, FieldSplitter fields, long lineNumber);
    public abstract Delegate GetGetter(Func<bool> isAtRow);

    private static TextPipe CreateCore<T>(TextColumn column, TextFormat format, TextParseLog log)
        => column.Type is VectorDataViewType ? new Vector<T>(column, format, log) : new Scalar<T>(column, format, log);

    private abstract class Typed<T> : TextPipe
    {
        protected readonly TextColumn Column;
        private readonly FieldParser<T> _parse;
        private readonly TextParseLog _log;
        private readonly bool _hasMissing;
        private readonly T _empty;

        protected Typed(TextColumn column, TextFormat format, TextParseLog log)
        {
            Column = column;
            _log = log;
            var itemType = column.Type.ItemTypeOf();
            _parse = FieldParsers.Create<T>(itemType, format);
            _hasMissing = Conversions.HasMissing(itemType);
            _empty = format.MissingRealsAsNaNs ? Conversions.MissingOrDefault<T>() : default;
        }

        protected void Parse(ReadOnlySpan<char> text, long lineNumber, int slot, ref T value)
        {
            if (text.IsEmpty)
                value = _empty;
            else if (!_parse(text, out value))
                Unreadable(text, lineNumber, slot);
        }

        private void Unreadable(ReadOnlySpan<char> text, long lineNumber, int slot)
        {
            if (_hasMissing)
                _log.BadValue(lineNumber, Column.Name, slot);
            else if (slot < 0)
                throw Contracts.Except($"Could not parse value {text} in line {lineNumber}, column {Column.Name}");
            else
                throw Contracts.Except($"Could not parse value {text} in slot {slot} of column {Column.Name} in line {lineNumber}");
        }
    }

    private sealed class Scalar<T>(TextColumn column, TextFormat format, TextParseLog log) : Typed<T>(column, format, log)
    {
        private T _value;

        public override void Read(ReadOnlySpan<char> line, FieldSplitter fields, long lineNumber)
            => Parse(fields.Text(line, Column.Segments[0].Min), lineNumber, -1, ref _value);

        public override Delegate GetGetter(Func<bool> isAtRow) => (ValueGetter<T>)((ref T value) =>
        {
            Contracts.Check(isAtRow());
            value = _value;
        });
    }

    private sealed class Vector<T>(TextColumn column, TextFormat format, TextParseLog log) : Typed<T>(column, format, log)
    {
        private T[] _values = new T[column.Type.ValueCount()];
        private int _size;

        public override void Read(ReadOnlySpan<char> line, FieldSplitter fields, long lineNumber)
        {
            _size = 0;
            foreach (var segment in Column.Segments)
            {
                var lim = segment.IsVariable ? Math.Max(fields.Count, segment.Min) : segment.Lim;
                if (_values.Length < _size + lim - segment.Min)
                    Array.Resize(ref _values, Math.Max(2 * _size, _size + lim - segment.Min));
                for (var field = segment.Min; field < lim; field++, _size++)
                    Parse(fields.Text(line, field), lineNumber, _size, ref _values[_size]);
            }
        }

        public override Delegate GetGetter(Func<bool> isAtRow) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
        {
            Contracts.Check(isAtRow());
            var editor = VBufferEditor.Create(ref value, _size);
            _values.AsSpan(0, _size).CopyTo(editor.Values);
            value = editor.Commit();
        });
    }
}

/// <summary>Counts what could not be read, and shows the first of it.</summary>
internal sealed class TextParseLog : IDisposable
{
    private const long MaxShown = 10;
    private readonly IChannel _channel;
    private long _badValues;
    private long _badFormats;
    private bool _disposed;

    public TextParseLog(IHost host) => _channel = host.Start("ParseStats");

    public long RowCount { get; set; }

    public void BadValue(long line, string column, int slot)
    {
        if (++_badValues > MaxShown)
            return;
        if (slot < 0)
            _channel.Info(MessageSensitivity.Schema, "  Bad value at line {0} in column {1}", line, column);
        else
            _channel.Info(MessageSensitivity.Schema, "  Bad value at line {0} in column {1} at slot {2}", line, column, slot);
        if (_badValues == MaxShown)
            _channel.Info("  Suppressing further bad value messages");
    }

    public void BadFormat(string path, long line, int start, int end, string message)
    {
        if (++_badFormats > MaxShown)
            return;
        _channel.Warning(MessageSensitivity.Unknown, "Format error at {0}({1},{2})-({1},{3}): {4}", path, line, start + 1, end + 1, message);
        if (_badFormats == MaxShown)
            _channel.Warning("Suppressing further format error messages");
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (_badValues > 0 || _badFormats > 0)
            _channel.Info(MessageSensitivity.Unknown, "Processed {0} rows with {1} bad values and {2} format errors", RowCount, _badValues, _badFormats);
        _channel.Dispose();
    }
}
