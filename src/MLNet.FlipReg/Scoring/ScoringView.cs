using FlipReg;
using Microsoft.ML;

namespace MLNet.FlipReg.Scoring;

/// <summary>The input with its scores, computed while it is read.</summary>
internal sealed partial class ScoringView(FlipRegPredictionTransformerBase transformer, IDataView source) : IDataView
{
    private readonly ScoreSchema _schema = new(source.Schema, transformer.Model);
    private readonly NetworkOwner _network = transformer.Model.Scores.Open();

    public DataViewSchema Schema => _schema.Output;

    public bool CanShuffle => source.CanShuffle;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var active = _schema.ActiveColumns(columnsNeeded);
        var inner = source.GetRowCursor(_schema.InputColumns(active), rand);
        try
        {
            return _schema.NeedsFeatures(active)
                ? new ScoringCursor(_schema, _network.Open(), transformer.Device.Choose(), inner, active)
                : new SourceCursor(_schema, inner, active);
        }
        catch
        {
            inner.Dispose();
            throw;
        }
    }

    // One cursor, whatever the wish: the network's own batches are what is fast here.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];
}
