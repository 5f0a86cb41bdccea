namespace Microsoft.ML.Data;

/// <summary>A cursor that counts its own position; unless told otherwise its row ids are the positions.</summary>
internal abstract class RootCursor : DataViewRowCursor
{
    private long _position = -1;
    private bool _done;

    public sealed override long Position => _position;
    public override long Batch => 0;
    protected bool AtRow => _position >= 0;

    public sealed override bool MoveNext()
    {
        if (_done)
            return false;
        if (MoveNextCore())
        {
            _position++;
            return true;
        }
        Dispose();
        return false;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) =>
    {
        CheckAtRow();
        id = new DataViewRowId((ulong)Position, 0);
    };

    protected abstract bool MoveNextCore();

    protected override void Dispose(bool disposing)
    {
        _done = true;
        _position = -1;
        base.Dispose(disposing);
    }

    protected void CheckAtRow()
    {
        if (!AtRow)
            throw Contracts.Except("Values cannot be fetched at this time. This method was called either before the first call to MoveNext, or at any point after that method returned false.");
    }

    protected static void CheckActive(bool active)
        => Contracts.CheckParam(active, "column", "requested column not active");
}

/// <summary>A cursor over a subset of a source cursor's rows, in its order, with its columns, ids and batches.</summary>
internal abstract class FilteredCursor(DataViewRowCursor input) : RootCursor
{
    protected readonly DataViewRowCursor Input = input;

    public override DataViewSchema Schema => Input.Schema;
    public override long Batch => Input.Batch;
    public override ValueGetter<DataViewRowId> GetIdGetter() => Input.GetIdGetter();
    public override bool IsColumnActive(DataViewSchema.Column column) => Input.IsColumnActive(column);
    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => Input.GetGetter<TValue>(column);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Input.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>
/// A view with the schema of its source. By default all else is the source's too: override what differs
/// (row count, cursor, shuffling). A cursor set has one cursor unless overridden.
/// </summary>
internal abstract class WrappedView(IDataView source) : IDataView
{
    protected readonly IDataView Source = source;

    public virtual DataViewSchema Schema => Source.Schema;
    public virtual bool CanShuffle => Source.CanShuffle;
    public virtual long? GetRowCount() => Source.GetRowCount();
    public abstract DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null);

    public virtual DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded, rand)];
}
