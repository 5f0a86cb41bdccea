using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.FlipReg.Scoring;

/// <summary>
/// Reads ahead a batch of rows, keeps what the caller may ask of them, and has what is computed from their features computed for all of them
/// when it is first asked for. Batches start small, so that a look at a few rows stays cheap.
/// </summary>
internal abstract class ReadAheadCursor : DataViewRowCursor
{
    /// <summary>Rows of the first batch; each further one is four times as large, up to <see cref="MaximumRows"/>.</summary>
    private const int FirstRows = 16;

    private const int MaximumRows = 1024;

    /// <summary>Values that the network's layers give for a batch at most (64 MiB of Single): wide layers get few rows at once.</summary>
    private const long MaximumLayerValues = 1 << 24;

    /// <summary>Values of a batch of images at most (64 MiB of Single).</summary>
    private const int ImageValues = 1 << 24;

    /// <summary>What a value of unknown size (a vector, an image) is taken for.</summary>
    private const int UnknownSize = 1 << 14;

    private readonly FeatureSchema _schema;
    private readonly DataViewRowCursor _source;
    private readonly ColumnBuffer?[] _columns;
    private readonly bool[] _active;
    private readonly ColumnBuffer[] _wideColumns;
    private readonly FeatureBatch _batch;
    private readonly FeatureInput _input;
    private readonly ValueGetter<DataViewRowId> _readId;
    private readonly DataViewRowId[] _ids;
    private readonly long[] _batchNumbers;
    private ExceptionDispatchInfo? _failure;
    private long _wideValues;
    private int _limit;
    private int _rows;
    private int _row = -1;
    private long _position = -1;
    private bool _isAtEnd;

    protected ReadAheadCursor(FeatureSchema schema, FeatureBatch batch, DataViewRowCursor source, bool[] active)
    {
        (_schema, _batch, _source, _active) = (schema, batch, source, active);
        var capacity = batch.Capacity;
        _limit = Math.Min(FirstRows, capacity);
        _columns = new ColumnBuffer?[schema.Input.Count];
        foreach (var column in schema.Input)
        {
            if (active[column.Index])
                _columns[column.Index] = ColumnBuffer.Create(source, column, capacity);
        }

        _wideColumns = batch.TakesSparse ? [.. schema.Features.All.Select(column => _columns[column.Index]).OfType<ColumnBuffer>()] : [];
        _input = FeatureInput.Of(schema, source, batch);
        _readId = source.GetIdGetter();
        _ids = new DataViewRowId[capacity];
        _batchNumbers = new long[capacity];
    }

    /// <summary>Rows of a batch at most.</summary>
    public int Capacity => _batch.Capacity;

    public override DataViewSchema Schema => _schema.Output;

    public override long Position => _position;

    public override long Batch => _row < 0 ? 0 : _batchNumbers[_row];

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = _ids[Current()];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!_active[column.Index])
            throw RowGetters.Inactive(column);
        return RowGetters.Cast<TValue>(_schema.IsAdded(column.Index) ? AddedGetter(column.Index) : _columns[column.Index]!.Getter(Current), column);
    }

    public override bool MoveNext()
    {
        if (_row + 1 >= _rows && !Fill())
        {
            (_row, _position) = (-1, -1);
            return false;
        }

        _row++;
        _position++;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _source.Dispose();
            _batch.Dispose();
            _input.Dispose();
        }

        (_row, _rows, _position, _isAtEnd) = (-1, 0, -1, true);
        base.Dispose(disposing);
    }

    /// <summary>Getter of a column that is computed from the features.</summary>
    protected abstract Delegate AddedGetter(int index);

    /// <summary>Number, in the batch, of the row that the cursor is on; throws where it is on none.</summary>
    protected int Current() => _row >= 0 ? _row : throw RowGetters.NoRow();

    /// <summary>Rows to read ahead at most.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="active">The columns that are asked for.</param>
    /// <param name="values">Values that are kept of a row besides its features.</param>
    /// <param name="sparse">Whether the batch holds features sparse where it can: it sees how many values are not 0, and ends early where they are many.</param>
    protected static int CapacityFor(FeatureSchema schema, bool[] active, long values, bool sparse = false)
    {
        var features = sparse ? 0 : Math.Max(schema.Width, schema.Encoder.Width);
        var columns = schema.Input.Where(c => active[c.Index] && !(sparse && schema.Features.Contains(c)));
        // Images are decoded in parallel, and their scores take longer than their way into the batch.
        var most = schema.Images is null ? FeatureBatch.MaximumValues : ImageValues;
        return (int)Math.Clamp(most / (features + values + columns.Sum(Size)), 1, Math.Clamp(MaximumLayerValues / schema.RowValues, 1, MaximumRows));
    }

    private static long Size(DataViewSchema.Column column) => column.Type switch
    {
        VectorDataViewType { IsKnownSize: true } vector => vector.Size,
        PrimitiveDataViewType => 1,
        _ => UnknownSize,
    };

    private bool Fill()
    {
        _failure?.Throw();
        _batch.Clear();
        (_row, _rows, _wideValues) = (-1, 0, 0);
        try
        {
            while (_rows < _limit && !_batch.IsFull && _wideValues < FeatureBatch.MaximumValues && !_isAtEnd)
            {
                if (_source.MoveNext())
                    Fetch();
                else
                    _isAtEnd = true;
            }
        }
        catch (Exception e)
        {
            // The rows before the one that failed are good: the caller meets the failure where it would without batches, and stays there.
            _failure = ExceptionDispatchInfo.Capture(e);
            if (_rows == 0)
                throw;
        }

        if (_rows > 0 && _input.Complete() is (var good, { } failure))
        {
            (_rows, _failure) = (good, ExceptionDispatchInfo.Capture(failure));
            if (_rows == 0)
                _failure.Throw();
        }

        _limit = Math.Min(4 * _limit, _batch.Capacity);
        return _rows > 0;
    }

    private void Fetch()
    {
        // A dense row's memory is not kept for the sparse row that may come in its place.
        foreach (var wide in _wideColumns)
        {
            if (wide.ValuesOf(_rows) > FeatureBatch.MaximumValues / _batch.Capacity)
                wide.Free(_rows);
        }

        foreach (var column in _columns)
            column?.Fetch(_rows);
        foreach (var wide in _wideColumns)
            _wideValues += wide.ValuesOf(_rows);
        _readId(ref _ids[_rows]);
        _batchNumbers[_rows] = _source.Batch;
        _input.Read(_position + 1 + _rows);
        _rows++;
    }
}
