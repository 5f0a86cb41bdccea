using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.FlipReg.Tests.Support;

/// <summary>
/// A view over another that counts the rows it gives out and can misbehave: vectors of a wrong length or keys out of range in one row, or an exception there.
/// </summary>
internal sealed class LyingView(IDataView source, int row = -1, int? length = null, uint? key = null, Exception? failure = null) : IDataView
{
    /// <summary>Rows that cursors of this view have moved to.</summary>
    public int RowsRead { get; private set; }

    /// <summary>Cursors that are open.</summary>
    public int OpenCursors { get; private set; }

    /// <summary>Names of the columns that the latest cursor was asked for.</summary>
    public IReadOnlyList<string> AskedFor { get; private set; } = [];

    public DataViewSchema Schema => source.Schema;

    public bool CanShuffle => source.CanShuffle;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var needed = columnsNeeded.ToList();
        AskedFor = [.. needed.Select(c => c.Name)];
        OpenCursors++;
        return new Cursor(this, source.GetRowCursor(needed, rand));
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(LyingView view, DataViewRowCursor inner) : DataViewRowCursor
    {
        private bool _isDisposed;

        public override DataViewSchema Schema => inner.Schema;

        public override long Position => inner.Position;

        // Something a consumer could get wrong.
        public override long Batch => 1000 + (inner.Position / 3);

        private bool IsBad => inner.Position == view.BadRow;

        public override bool MoveNext()
        {
            if (!inner.MoveNext())
                return false;
            view.RowsRead++;
            if (IsBad && view.Failure is { } failure)
                throw failure;
            return true;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => inner.IsColumnActive(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => inner.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            var getter = inner.GetGetter<TValue>(column);
            return (ref TValue value) =>
            {
                if (IsBad && typeof(TValue) == typeof(VBuffer<float>) && view.WrongLength is { } wrong)
                    value = (TValue)(object)new VBuffer<float>(wrong, new float[wrong]);
                else if (IsBad && typeof(TValue) == typeof(uint) && view.WrongKey is { } wrongKey)
                    value = (TValue)(object)wrongKey;
                else
                    getter(ref value);
            };
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing && !_isDisposed)
            {
                _isDisposed = true;
                view.OpenCursors--;
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }

    private int BadRow => row;

    private int? WrongLength => length;

    private uint? WrongKey => key;

    private Exception? Failure => failure;
}
