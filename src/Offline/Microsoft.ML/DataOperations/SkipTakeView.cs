namespace Microsoft.ML.Data;

/// <summary>The rows of a source without the first ones, and at most so many.</summary>
internal sealed class SkipTakeView : WrappedView
{
    private readonly long _skip;
    private readonly long _take;

    public SkipTakeView(IDataView source, long skip, long take)
        : base(source)
    {
        _skip = skip;
        _take = take;
    }

    public override bool CanShuffle => false;

    public override long? GetRowCount() => Source.GetRowCount() is { } count ? Math.Min(Math.Max(0, count - _skip), _take) : null;

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        => new Cursor(Source.GetRowCursor(columnsNeeded), _skip, _take);

    private sealed class Cursor : FilteredCursor
    {
        private long _toSkip;
        private long _toTake;

        public Cursor(DataViewRowCursor input, long skip, long take)
            : base(input)
        {
            _toSkip = skip;
            _toTake = take;
        }

        public override long Batch => 0;

        protected override bool MoveNextCore()
        {
            for (; _toSkip > 0; _toSkip--)
            {
                if (!Input.MoveNext())
                    return false;
            }
            return _toTake-- > 0 && Input.MoveNext();
        }
    }
}
