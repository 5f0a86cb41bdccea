using Microsoft.ML;
using Microsoft.ML.Data;
using TorchSharp;

namespace MLNet.FlipReg.Scoring;

/// <summary>Scores rows batch by batch.</summary>
internal sealed class ScoringCursor : ReadAheadCursor
{
    private readonly ScoreSchema _schema;
    private readonly ScoreBatch _batch;

    public ScoringCursor(ScoreSchema schema, NetworkOwner network, torch.Device device, DataViewRowCursor source, bool[] active)
        : this(schema, new ScoreBatch(network, schema.Encoder, device, schema.Classes, CapacityFor(schema, active, schema.Classes)), source, active)
    {
    }

    private ScoringCursor(ScoreSchema schema, ScoreBatch batch, DataViewRowCursor source, bool[] active)
        : base(schema, batch, source, active) => (_schema, _batch) = (schema, batch);

    protected override Delegate AddedGetter(int index) => index == _schema.ScoreIndex
        ? (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => _batch.Score(Current(), ref value))
        : (ValueGetter<uint>)((ref uint value) => value = _batch.PredictedKey(Current()));
}
