using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Scoring;

namespace MLNet.FlipReg.Ensembles;

/// <summary>Scores rows one by one with several models, for PredictionEngine: each takes the row of the one before.</summary>
internal sealed class EnsembleMapper : IRowToRowMapper
{
    private readonly FlipRegEnsembleTransformer _ensemble;
    private readonly EnsembleColumns _columns;
    private readonly List<IRowToRowMapper> _mappers = [];

    public EnsembleMapper(FlipRegEnsembleTransformer ensemble, DataViewSchema input)
    {
        (_ensemble, _columns) = (ensemble, new EnsembleColumns(input, ensemble));
        foreach (var model in ensemble.Models)
            _mappers.Add(((ITransformer)model).GetRowToRowMapper(_mappers.Count == 0 ? input : _mappers[^1].OutputSchema));
    }

    public DataViewSchema InputSchema => _columns.Input;

    public DataViewSchema OutputSchema => _columns.Output;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        var active = _columns.ActiveColumns(dependingColumns);
        var features = _columns.NeedsScores(active) ? _ensemble.Models.SelectMany(model => model.FeatureColumnNames).Select(name => InputSchema[name].Index).ToHashSet() : [];
        return InputSchema.Where(c => active[c.Index] || features.Contains(c.Index));
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        var active = _columns.ActiveColumns(activeColumns);
        var needsScores = _columns.NeedsScores(active);
        var row = input;
        for (var i = 0; i < _mappers.Count; i++)
            row = _mappers[i].GetRow(row, needsScores ? [_mappers[i].OutputSchema[_columns.Input.Count + (2 * i) + 1]] : []);
        return new Row(this, row, active, needsScores);
    }

    private sealed class Row : DataViewRow
    {
        private readonly EnsembleMapper _mapper;
        private readonly DataViewRow _inner;
        private readonly bool[] _active;
        private readonly MeanScores? _scores;

        public Row(EnsembleMapper mapper, DataViewRow inner, bool[] active, bool needsScores)
        {
            (_mapper, _inner, _active) = (mapper, inner, active);
            if (needsScores)
                _scores = new MeanScores([.. mapper._columns.Scores(inner.Schema).Select(inner.GetGetter<VBuffer<float>>)], mapper._ensemble.Models[0].Model.ClassCount, () => inner.Position);
        }

        public override DataViewSchema Schema => _mapper.OutputSchema;

        public override long Position => _inner.Position;

        public override long Batch => _inner.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

        public override ValueGetter<DataViewRowId> GetIdGetter() => _inner.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            var input = _mapper._columns.Input.Count;
            if (column.Index < input)
                return _inner.GetGetter<TValue>(_inner.Schema[column.Index]);
            return _active[column.Index] ? RowGetters.Cast<TValue>(_scores!.Getter(column.Index > input), column) : throw RowGetters.Inactive(column);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
