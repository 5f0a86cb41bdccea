namespace Microsoft.ML.Data;

/// <summary>The rows of a source that pass a test, in its order.</summary>
internal sealed class RowFilterView : WrappedView
{
    private readonly DataViewSchema.Column[] _tested;
    private readonly Func<DataViewRow, Func<bool>> _openTest;

    private RowFilterView(IDataView source, DataViewSchema.Column[] tested, Func<DataViewRow, Func<bool>> openTest)
        : base(source)
    {
        _tested = tested;
        _openTest = openTest;
    }

    // A test of no column goes by the place of the row, so the places must stay.
    public override bool CanShuffle => _tested.Length > 0 && Source.CanShuffle;

    /// <summary>Rows whose number is in the range, the upper bound not included, or not in it; never those without a number.</summary>
    public static RowFilterView InRange(IDataView source, RowNumber number, double lowerBound, double upperBound, bool complement = false)
        => new(source, number.Columns, row =>
        {
            var read = number.Open(row);
            return () => read() is var value && !double.IsNaN(value) && (lowerBound <= value && value < upperBound) != complement;
        });

    public override long? GetRowCount() => null;

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = RowHelpers.ActiveMask(Schema, columnsNeeded);
        var read = RowHelpers.ActiveMask(Schema, _tested);
        return new Cursor(Source.GetRowCursor(Schema.Where(c => active[c.Index] || read[c.Index]), CanShuffle ? rand : null), this, active);
    }

    private sealed class Cursor : FilteredCursor
    {
        private readonly RowFilterView _parent;
        private readonly bool[] _active;
        private readonly Func<bool> _test;

        public Cursor(DataViewRowCursor input, RowFilterView parent, bool[] active)
            : base(input)
        {
            _parent = parent;
            _active = active;
            _test = parent._openTest(input);
        }

        public override bool IsColumnActive(DataViewSchema.Column column)
        {
            Contracts.Check(column.Index < _active.Length);
            return _active[column.Index];
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Contracts.Check(IsColumnActive(column));
            if (typeof(TValue) != column.Type.RawType && Array.Exists(_parent._tested, tested => tested.Index == column.Index))
                throw Contracts.Except($"Invalid TValue in GetGetter: '{typeof(TValue)}', expected type: '{column.Type.RawType}'.");
            return base.GetGetter<TValue>(column);
        }

        protected override bool MoveNextCore()
        {
            while (Input.MoveNext())
            {
                if (_test())
                    return true;
            }
            return false;
        }
    }
}
