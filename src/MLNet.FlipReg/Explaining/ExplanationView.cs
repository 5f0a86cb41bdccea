using FlipReg;
using FlipReg.Explaining;
using Microsoft.ML;
using MLNet.FlipReg.Scoring;

namespace MLNet.FlipReg.Explaining;

/// <summary>The input with explanations of its rows' scores, computed while it is read.</summary>
internal sealed class ExplanationView : IDataView
{
    private readonly IDataView _source;
    private readonly ScoringDevice _device;
    private readonly NetworkOwner _network;
    private readonly ExplanationSchema _schema;
    private readonly Explainer _explainer;

    public ExplanationView(FlipRegPredictionTransformerBase transformer, IDataView source, ExplainOptions options)
    {
        var model = transformer.Model;
        (_source, _device, _network) = (source, transformer.Device, model.Scores.Open());
        var request = new ExplanationRequest(model, options);
        _schema = new ExplanationSchema(source.Schema, model, request.BaselineText);
        _explainer = request.Explainer();
    }

    public DataViewSchema Schema => _schema.Output;

    public bool CanShuffle => _source.CanShuffle;

    public long? GetRowCount() => _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var active = _schema.ActiveColumns(columnsNeeded);
        var inner = _source.GetRowCursor(_schema.InputColumns(active), rand);
        try
        {
            return _schema.NeedsFeatures(active)
                ? new ExplanationCursor(_schema, _network.Open(), _device.Choose(), _explainer, inner, active)
                : new SourceCursor(_schema, inner, active);
        }
        catch
        {
            inner.Dispose();
            throw;
        }
    }

    // One cursor, whatever the wish, as of scores.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];
}
