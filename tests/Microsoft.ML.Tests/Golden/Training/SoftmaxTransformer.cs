using Microsoft.ML.Data;

namespace Microsoft.ML.Tests.Golden.Training;

/// <summary>Adds PredictedLabel and Score. It cannot be saved: writing to a ModelSaveContext is not public.</summary>
internal sealed class SoftmaxTransformer(SoftmaxModel model, DataViewSchema.Column features, DataViewSchema.Column label)
    : ISingleFeaturePredictionTransformer<object>
{
    public object Model => model;

    public string FeatureColumnName => features.Name;

    public DataViewType FeatureColumnType => features.Type;

    public bool IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema).Schema;

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new Mapper(this, inputSchema);

    public IDataView Transform(IDataView input) => new View(this, input);

    void ICanSaveModel.Save(ModelSaveContext ctx) =>
        throw new NotSupportedException("A transformer made of public API alone cannot be saved.");

    private sealed class Mapper(SoftmaxTransformer transformer, DataViewSchema inputSchema) : IRowToRowMapper
    {
        private readonly ScoreBindings _bindings = transformer.Bind(inputSchema);

        public DataViewSchema InputSchema => inputSchema;

        public DataViewSchema OutputSchema => _bindings.Schema;

        public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
        {
            var needed = dependingColumns.Select(_bindings.SourceOf).ToHashSet();
            if (needed.Remove(-1))
                needed.Add(inputSchema[transformer.FeatureColumnName].Index);
            return inputSchema.Where(column => needed.Contains(column.Index));
        }

        public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) =>
            new Row(transformer, _bindings, input, activeColumns);
    }

    private sealed class View(SoftmaxTransformer transformer, IDataView source) : IDataView
    {
        private readonly Mapper _mapper = new(transformer, source.Schema);

        public DataViewSchema Schema => _mapper.OutputSchema;

        public bool CanShuffle => source.CanShuffle;

        public long? GetRowCount() => source.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
        {
            var active = columnsNeeded.ToList();
            DataViewRowCursor cursor = source.GetRowCursor(_mapper.GetDependencies(active), rand);
            return new Cursor(cursor, _mapper.GetRow(cursor, active));
        }

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
            [GetRowCursor(columnsNeeded, rand)];
    }

    private sealed class Row(
        SoftmaxTransformer transformer, ScoreBindings bindings, DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
        : DataViewRow
    {
        private readonly HashSet<int> _active = [.. activeColumns.Select(column => column.Index)];

        public override DataViewSchema Schema => bindings.Schema;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => _active.Contains(column.Index);

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (bindings.SourceOf(column) is >= 0 and var source)
                return input.GetGetter<TValue>(input.Schema[source]);
            ValueGetter<VBuffer<float>> getFeatures = input.GetGetter<VBuffer<float>>(input.Schema[transformer.FeatureColumnName]);
            VBuffer<float> features = default;
            float[] Scores()
            {
                getFeatures(ref features);
                return transformer.Score(features);
            }

            Delegate getter = column.Name == ScoreColumns.Score
                ? (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Fill(ref value, Scores()))
                : (ValueGetter<uint>)((ref uint value) => value = SoftmaxModel.Best(Scores()));
            return (ValueGetter<TValue>)getter;
        }

        /// <summary>Writes into the caller's buffer, as getters of vectors should.</summary>
        private static void Fill(ref VBuffer<float> value, float[] scores)
        {
            VBufferEditor<float> editor = VBufferEditor.Create(ref value, scores.Length);
            scores.CopyTo(editor.Values);
            value = editor.Commit();
        }
    }

    private ScoreBindings Bind(DataViewSchema inputSchema) => new(inputSchema, model.ClassCount, label.Annotations);

    private float[] Score(VBuffer<float> features) => model.Score([.. features.DenseValues()]);

    private sealed class Cursor(DataViewRowCursor source, DataViewRow row) : DataViewRowCursor
    {
        public override DataViewSchema Schema => row.Schema;

        public override long Position => source.Position;

        public override long Batch => source.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => row.IsColumnActive(column);

        public override bool MoveNext() => source.MoveNext();

        public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => row.GetGetter<TValue>(column);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                source.Dispose();
            base.Dispose(disposing);
        }
    }
}
