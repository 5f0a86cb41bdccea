using Microsoft.ML.Data;

namespace Microsoft.ML.Tests.Golden.Training;

/// <summary>
/// Tells the SchemaShape of a schema. The public API has no way to make one, but a chain hands it to each estimator
/// before it fits, so an estimator that only looks at its argument will do.
/// </summary>
internal sealed class ShapeProbe : IEstimator<ITransformer>
{
    private SchemaShape? _seen;

    public static SchemaShape ShapeOf(DataViewSchema schema)
    {
        var probe = new ShapeProbe();
        new EstimatorChain<ITransformer>().Append(probe).Fit(new EmptyView(schema));
        return probe._seen!;
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _seen = inputSchema;
        return inputSchema;
    }

    public ITransformer Fit(IDataView input) => new TransformerChain<ITransformer>();

    private sealed class EmptyView(DataViewSchema schema) : IDataView
    {
        public DataViewSchema Schema => schema;

        public bool CanShuffle => false;

        public long? GetRowCount() => 0;

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
            throw new NotSupportedException("Only the schema of this view is meant to be read.");

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
            [GetRowCursor(columnsNeeded, rand)];
    }
}
