using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Scoring;

namespace MLNet.FlipReg.Ensembles;

/// <summary>The input with the mean scores of several models. Each scores its own batches: their views stand on one another.</summary>
internal sealed partial class EnsembleView : IDataView
{
    private readonly FlipRegEnsembleTransformer _ensemble;
    private readonly IDataView _source;
    private readonly IDataView _last;
    private readonly EnsembleColumns _columns;

    public EnsembleView(FlipRegEnsembleTransformer ensemble, IDataView source)
    {
        (_ensemble, _source, _columns) = (ensemble, source, new EnsembleColumns(source.Schema, ensemble));
        _last = ensemble.Models.Aggregate(source, (view, model) => model.Transform(view));
    }

    public DataViewSchema Schema => _columns.Output;

    public bool CanShuffle => _source.CanShuffle;

    public long? GetRowCount() => _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var active = _columns.ActiveColumns(columnsNeeded);
        var scores = _columns.NeedsScores(active) ? _columns.Scores(_last.Schema) : [];
        return new Cursor(this, _last.GetRowCursor(_columns.Input.Where(c => active[c.Index]).Select(c => _last.Schema[c.Index]).Concat(scores), rand), active);
    }

    // One cursor, whatever the wish, as of scores.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor : DataViewRowCursor
    {
        private readonly EnsembleView _view;
        private readonly DataViewRowCursor _inner;
        private readonly bool[] _active;
        private readonly MeanScores? _scores;

        public Cursor(EnsembleView view, DataViewRowCursor inner, bool[] active)
        {
            (_view, _inner, _active) = (view, inner, active);
            if (view._columns.NeedsScores(active))
                _scores = new MeanScores([.. view._columns.Scores(inner.Schema).Select(inner.GetGetter<VBuffer<float>>)], view._ensemble.Models[0].Model.ClassCount, () => inner.Position);
        }

        public override DataViewSchema Schema => _view.Schema;

        public override long Position => _inner.Position;

        public override long Batch => _inner.Batch;

        public override bool MoveNext() => _inner.MoveNext();

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

        public override ValueGetter<DataViewRowId> GetIdGetter() => _inner.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!_active[column.Index])
                throw RowGetters.Inactive(column);
            var input = _view._columns.Input.Count;
            return column.Index < input ? _inner.GetGetter<TValue>(_inner.Schema[column.Index]) : RowGetters.Cast<TValue>(_scores!.Getter(column.Index > input), column);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
