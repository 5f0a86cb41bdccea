using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.FlipReg.LabelIssues;

/// <summary>Some rows of a view, in its order.</summary>
internal sealed class SubsetView(IDataView source, bool[] isKept) : IDataView
{
    public DataViewSchema Schema => source.Schema;

    // Which row is which follows from the order.
    public bool CanShuffle => false;

    public long? GetRowCount() => isKept.LongCount(kept => kept);

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(source.GetRowCursor(columnsNeeded), isKept);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded)];

    private sealed class Cursor(DataViewRowCursor inner, bool[] isKept) : DataViewRowCursor
    {
        private long _source = -1;
        private long _position = -1;
        private bool _isOver;

        public override DataViewSchema Schema => inner.Schema;

        public override long Position => _isOver ? -1 : _position;

        public override long Batch => inner.Batch;

        public override bool MoveNext()
        {
            do
            {
                _isOver = !inner.MoveNext();
                _source++;
            }
            while (!_isOver && _source < isKept.Length && !isKept[_source]);
            if (!_isOver && _source >= isKept.Length)
                throw new InvalidOperationException(FormattableString.Invariant($"The data whose labels are looked at must give the same rows each time. Got more than {isKept.Length} rows. Pass data that were saved or collected."));
            if (!_isOver)
                _position++;
            return !_isOver;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => inner.IsColumnActive(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => inner.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => inner.GetGetter<TValue>(column);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
