using Microsoft.ML;
using TorchSharp;

namespace MLNet.FlipReg.Scoring;

/// <summary>Scores rows batch by batch.</summary>
internal sealed class ScoringCursor : ReadAheadCursor
{
    private readonly ScoreSchema _schema;
    private readonly ScoreBatch _batch;

    public ScoringCursor(ScoreSchema schema, NetworkOwner network, torch.Device device, DataViewRowCursor source, bool[] active)
        : this(schema, new ScoreBatch(network, schema.Encoder, device, schema.ScoreValues, CapacityFor(schema, active, schema.ScoreValues, ScoreBatch.TakesSparseRows(network, schema.Encoder))), source, active)
    {
    }

    private ScoringCursor(ScoreSchema schema, ScoreBatch batch, DataViewRowCursor source, bool[] active)
        : base(schema, batch, source, active) => (_schema, _batch) = (schema, batch);

    protected override Delegate AddedGetter(int index) => _schema.Getter(index, _batch, Current);
}
