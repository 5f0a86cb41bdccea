using Microsoft.ML;

namespace MLNet.FlipReg.Scoring;

/// <summary>The input with its scores, computed while it is read.</summary>
internal sealed class ScoringView(IDataView source, ScoreSchema schema, NetworkOwner network) : IDataView
{
    public DataViewSchema Schema => schema.Output;

    public bool CanShuffle => source.CanShuffle;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var active = schema.ActiveColumns(columnsNeeded);
        var inner = source.GetRowCursor(schema.InputColumns(active), rand);
        return active[schema.PredictedLabelIndex] || active[schema.ScoreIndex]
            ? new ScoringCursor(schema, network.Open(), inner, active)
            : new SourceCursor(schema, inner, active);
    }

    // One cursor, whatever the wish: the network's own batches are what is fast here.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];
}
