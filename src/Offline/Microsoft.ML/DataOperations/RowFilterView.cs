namespace Microsoft.ML.Data;

/// <summary>The rows of a source that pass a test, in its order.</summary>
/// <remarks>Those whose number is in the range, the upper bound not included, or not in it; never those without a number.</remarks>
internal sealed class RowFilterView(IDataView source, RowNumber number, double lowerBound, double upperBound, bool complement = false)
    : WrappedView(source)
{
    // A number of no column goes by the place of the row, so the places must stay.
    public override bool CanShuffle => number.Columns.Length > 0 && Source.CanShuffle;

    public override long? GetRowCount() => null;

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = RowHelpers.ActiveMask(Schema, columnsNeeded);
        var read = RowHelpers.ActiveMask(Schema, number.Columns);
        return new Cursor(Source.GetRowCursor(Schema.Where(c => active[c.Index] || read[c.Index]), CanShuffle ? rand : null), this, number, active);
    }

    private bool Passes(double value) => !double.IsNaN(value) && (lowerBound <= value && value < upperBound) != complement;

    private sealed class Cursor(DataViewRowCursor input, RowFilterView parent, RowNumber number, bool[] active) : FilteredCursor(input)
    {
        private readonly Func<double> _read = number.Open(input);

        public override bool IsColumnActive(DataViewSchema.Column column) => RowHelpers.IsActive(active, column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Contracts.Check(IsColumnActive(column));
            if (typeof(TValue) != column.Type.RawType && Array.Exists(number.Columns, tested => tested.Index == column.Index))
                throw Contracts.Except($"Invalid TValue in GetGetter: '{typeof(TValue)}', expected type: '{column.Type.RawType}'.");
            return base.GetGetter<TValue>(column);
        }

        protected override bool MoveNextCore()
        {
            while (Input.MoveNext())
            {
                if (parent.Passes(_read()))
                    return true;
            }
            return false;
        }
    }
}
