namespace Microsoft.ML.Transforms;

public sealed class MissingValueIndicatorEstimator : TrivialEstimator<MissingValueIndicatorTransformer>
{
    internal MissingValueIndicatorEstimator(IHostEnvironment env, string output, string input) : base(new(env, (output, input))) { }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
        => inputSchema.MapColumns(Transformer.Columns, source =>
        {
            if (!Conversions.HasMissing(source.ItemType))
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", source.Name);
            var annotations = source.KeepAnnotations(AnnotationUtils.Kinds.SlotNames).With(AnnotationUtils.IsNormalizedShape);
            return new SchemaShape.Column(source.Name, source.Kind, BooleanDataViewType.Instance, false, annotations);
        });
}

public sealed class MissingValueIndicatorTransformer : OneToOneTransformerBase
{
    internal MissingValueIndicatorTransformer(IHostEnvironment env, params (string Output, string Input)[] columns) : base(env, columns) { }
    internal MissingValueIndicatorTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env, ctx) { }

    private protected override MappedColumn Map(DataViewSchema.Column source, int index)
    {
        var itemType = source.Type.ItemTypeOf();
        if (!Conversions.HasMissing(itemType))
            throw Contracts.Except($"No IsNA predicate for '{itemType}'");
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(source.Annotations, kind => kind == AnnotationUtils.Kinds.SlotNames);
        annotations.AddIsNormalized();
        return new MappedColumn(source.Type.WithItemType(BooleanDataViewType.Instance), annotations.ToAnnotations(),
            (row, column) => GenericCall.Invoke<Delegate>(MakeGetter<int>, itemType.RawType, row, column));
    }

    private static Delegate MakeGetter<T>(DataViewRow row, DataViewSchema.Column column)
        => SlotMapping.MapItems(row, column, Conversions.FindIsMissing<T>(column.Type.ItemTypeOf()));
}
