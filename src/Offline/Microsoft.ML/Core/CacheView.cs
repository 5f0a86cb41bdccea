namespace Microsoft.ML.Data;

/// <summary>
/// A view that reads each column of its source once, at the first cursor that needs it, and keeps it in memory
/// (what DataOperationsCatalog.Cache returns and AppendCacheCheckpoint inserts). It can be shuffled.
/// </summary>
internal sealed class CacheView : IDataView
{
    private readonly IDataView _source;
    private readonly ValueBuffer[] _columns;
    private readonly Lock _lock = new();
    private long _rowCount = -1;

    public CacheView(IDataView source, IEnumerable<DataViewSchema.Column> columnsToPrefetch = null)
    {
        _source = source;
        _columns = new ValueBuffer[source.Schema.Count];
        if (columnsToPrefetch?.ToArray() is { Length: > 0 } prefetch)
            Fill(RowHelpers.ActiveMask(Schema, prefetch));
    }

    public bool CanShuffle => true;
    public DataViewSchema Schema => _source.Schema;

    public long? GetRowCount()
    {
        lock (_lock)
            return _rowCount >= 0 ? _rowCount : _source.GetRowCount();
    }

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = RowHelpers.ActiveMask(Schema, columnsNeeded);
        var rowCount = Fill(active);
        int[] order = null;
        if (rand is not null)
        {
            order = Enumerable.Range(0, rowCount).ToArray();
            rand.Shuffle(order);
        }
        return new Cursor(this, active, rowCount, order);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    // Under the lock, so that two fits on one cache read the source once.
    private int Fill(bool[] active)
    {
        lock (_lock)
        {
            var missing = Schema.Where(c => active[c.Index] && _columns[c.Index] is null).ToArray();
            if (missing.Length == 0 && _rowCount >= 0)
                return (int)_rowCount;
            var buffers = missing.Select(c => ValueBuffer.Create(c.Type)).ToArray();
            using var cursor = _source.GetRowCursor(missing);
            var writers = missing.Select((c, i) => buffers[i].Writer(cursor, c)).ToArray();
            var count = 0;
            for (; cursor.MoveNext(); count++)
            {
                foreach (var write in writers)
                    write(count);
            }
            for (var i = 0; i < missing.Length; i++)
                _columns[missing[i].Index] = buffers[i];
            _rowCount = count;
            return count;
        }
    }

    private sealed class Cursor(CacheView parent, bool[] active, int rowCount, int[] order) : RootCursor
    {
        private int _row = -1;

        public override DataViewSchema Schema => parent.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column)
        {
            Contracts.CheckParam(column.Index < active.Length, nameof(column));
            return active[column.Index];
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)Row(), 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            CheckActive(IsColumnActive(column));
            return parent._columns[column.Index].Reader(Row) as ValueGetter<TValue>
                ?? throw Contracts.Except($"Invalid TValue: '{typeof(TValue)}', expected type: '{column.Type.RawType}'.");
        }

        protected override bool MoveNextCore() => ++_row < rowCount;

        private int Row()
        {
            CheckAtRow();
            return order is null ? _row : order[_row];
        }
    }
}
