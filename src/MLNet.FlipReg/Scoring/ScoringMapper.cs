using Microsoft.ML;
using Microsoft.ML.Data;
using TorchSharp;

namespace MLNet.FlipReg.Scoring;

/// <summary>Scores rows one by one, for PredictionEngine: on the CPU, as the way to a GPU and back takes longer than a row.</summary>
internal sealed class ScoringMapper(ScoreSchema schema, NetworkOwner network) : IRowToRowMapper
{
    public DataViewSchema InputSchema => schema.Input;

    public DataViewSchema OutputSchema => schema.Output;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        ArgumentNullException.ThrowIfNull(dependingColumns);
        return schema.InputColumns(schema.ActiveColumns(dependingColumns));
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(activeColumns);
        if (input.Schema != InputSchema)
            throw new ArgumentException("The row must have the schema that the mapper was made for. Make a mapper with GetRowToRowMapper(row.Schema).", nameof(input));
        return new ScoringRow(schema, network.Open(), input, schema.ActiveColumns(activeColumns));
    }
}

/// <summary>A row with its scores. They are computed once per position of the input row.</summary>
internal sealed class ScoringRow : DataViewRow
{
    private readonly ScoreSchema _schema;
    private readonly DataViewRow _input;
    private readonly bool[] _active;
    private readonly ScoreBatch? _batch;
    private readonly FeatureInput? _features;
    private long _scoredPosition = -1;

    public ScoringRow(ScoreSchema schema, NetworkOwner network, DataViewRow input, bool[] active)
    {
        (_schema, _input, _active) = (schema, input, active);
        if (!schema.NeedsFeatures(active))
            return;
        _batch = new ScoreBatch(network, schema.Encoder, torch.CPU, schema.ScoreValues, capacity: 1);
        _features = FeatureInput.Of(schema, input, _batch);
    }

    public override DataViewSchema Schema => _schema.Output;

    public override long Position => _input.Position;

    public override long Batch => _input.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => _schema.IsAdded(column.Index) ? _active[column.Index] : _input.IsColumnActive(_schema.Input[column.Index]);

    public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!_schema.IsAdded(column.Index))
            return _input.GetGetter<TValue>(_schema.Input[column.Index]);
        if (!_active[column.Index])
            throw RowGetters.Inactive(column);
        return RowGetters.Cast<TValue>(_schema.Getter(column.Index, _batch!, Current), column);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _input.Dispose();
            _batch?.Dispose();
            _features?.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Reads the input row where that was not done yet; its place in the batch is 0.</summary>
    private int Current()
    {
        if (_input.Position < 0)
            throw RowGetters.NoRow();
        if (_scoredPosition != _input.Position)
        {
            _batch!.Clear();
            _features!.Read(_input.Position);
            if (_features.Complete().Failure is { } failure)
                throw failure;
            _scoredPosition = _input.Position;
        }

        return 0;
    }
}
