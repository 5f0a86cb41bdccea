namespace Microsoft.ML.Transforms;

public sealed class ColumnCopyingEstimator : TrivialEstimator<ColumnCopyingTransformer>
{
    internal ColumnCopyingEstimator(IHostEnvironment env, string output, string input) : base(new(env, output, input)) { }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema) => inputSchema.MapColumn(Transformer.Output, Transformer.Input, source => source);
}

public sealed class ColumnCopyingTransformer : OneToOneTransformerBase
{
    internal ColumnCopyingTransformer(IHostEnvironment env, string output, string input) : base(env, output, input) { }
    internal ColumnCopyingTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env, ctx) { }

    private protected override MappedColumn Map(DataViewSchema.Column source)
        => new(source.Type, source.Annotations, RowHelpers.GetGetter);
}
