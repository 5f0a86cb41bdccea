namespace Microsoft.ML.Data;

/// <summary>The rows of a source without the first ones, and at most so many.</summary>
internal sealed class SkipTakeView(IDataView source, long skip, long take) : WrappedView(source)
{
    public override bool CanShuffle => false;

    public override long? GetRowCount() => Source.GetRowCount() is { } count ? Math.Min(Math.Max(0, count - skip), take) : null;

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        => new Cursor(Source.GetRowCursor(columnsNeeded), skip, take);

    private sealed class Cursor(DataViewRowCursor input, long skip, long take) : FilteredCursor(input)
    {
        private long _toSkip = skip;
        private long _toTake = take;

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
