using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Scoring;
using MLNet.FlipReg.Training;
using static System.FormattableString;

namespace MLNet.FlipReg.Noise;

/// <summary>A view whose labels differ in some rows. Behind the source's columns: the labels as they are there, and the changed ones, which hide them.</summary>
internal sealed class CorruptedView : IDataView
{
    private readonly IDataView _source;
    private readonly DataViewSchema.Column _label;
    private readonly int[] _rows;
    private readonly uint[] _keys;
    private readonly uint[] _before;
    private readonly int _count;

    public CorruptedView(IDataView source, LabelNoise noise, string labelName, string originalName, ulong stream)
    {
        var schema = source.Schema;
        var present = schema.Where(c => !c.IsHidden).Select(c => c.Name).ToList();
        var label = schema.GetColumnOrNull(labelName);
        if (label?.Type is not BooleanDataViewType)
            ColumnRules.CheckKeyLabel(TrainingColumns.Shape(label), labelName, present, nameof(source));
        if (originalName == labelName || present.Contains(originalName))
            throw new ArgumentException($"originalLabelColumnName must be the name of a new column. Got '{originalName}', which the data have. Give another name.", nameof(originalName));
        (_source, _label) = (source, label!.Value);
        var labels = LabelReader.Read(source, _label);
        _count = labels.Keys.Length;
        (_rows, _keys) = noise.Draw(labels.Keys, labels.Classes, stream);
        _before = Array.ConvertAll(_rows, row => labels.Keys[row]);
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(schema);
        builder.AddColumn(originalName, _label.Type, _label.Annotations);
        builder.AddColumn(labelName, _label.Type, _label.Annotations);
        Schema = builder.ToSchema();
    }

    public DataViewSchema Schema { get; }

    // Which row is which follows from the order.
    public bool CanShuffle => false;

    public long? GetRowCount() => _count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var active = new bool[Schema.Count];
        foreach (var column in columnsNeeded)
            active[column.Index] = true;
        var needed = _source.Schema.Where(c => active[c.Index] || c.Index == _label.Index);
        return new Cursor(this, _source.GetRowCursor(needed), active);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded)];

    private sealed class Cursor(CorruptedView view, DataViewRowCursor source, bool[] active) : DataViewRowCursor
    {
        private readonly Func<ulong> _key = KeyReader.Of(source, view._label);
        private long _position = -1;
        private int _next;

        public override DataViewSchema Schema => view.Schema;

        public override long Position => source.Position;

        public override long Batch => source.Batch;

        /// <summary>Whether the label of the current row changes: to the key at <see cref="_next"/>.</summary>
        private bool IsChanged => _next < view._rows.Length && view._rows[_next] == _position;

        public override bool MoveNext()
        {
            if (!source.MoveNext())
            {
                return _position + 1 == view._count ? false : throw Other(Invariant($"{_position + 1} rows in place of {view._count}"));
            }

            if (IsChanged)
                _next++;
            _position++;
            if (_position >= view._count)
                throw Other(Invariant($"more than {view._count} rows"));
            if (IsChanged && _key() is var key && key != view._before[_next])
                throw Other(Invariant($"key {key} in place of {view._before[_next]} in row {_position} (counted from 0)"));
            return true;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!active[column.Index])
                throw RowGetters.Inactive(column);
            if (column.Index < view._source.Schema.Count)
                return source.GetGetter<TValue>(view._source.Schema[column.Index]);
            var read = source.GetGetter<TValue>(view._label);
            return column.Index == view._source.Schema.Count ? read : (ref TValue value) =>
            {
                if (IsChanged)
                    value = KeyReader.Value<TValue>(view._keys[_next]);
                else
                    read(ref value);
            };
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                source.Dispose();
            base.Dispose(disposing);
        }

        private InvalidOperationException Other(string got) =>
            new($"The data whose labels were corrupted must give the same rows in the same order each time. Got {got} of column '{view._label.Name}'. Corrupt data that were saved or collected, such as LoadFromEnumerable over a list.");
    }
}
