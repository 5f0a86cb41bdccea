namespace Microsoft.ML.Transforms;

public sealed class NormalizingEstimator : IEstimator<NormalizingTransformer>
{
    private readonly IHostEnvironment _env;
    private readonly string _output;
    private readonly string _input;
    private readonly NormalizerOptions _options;

    internal NormalizingEstimator(IHostEnvironment env, string name, string input, NormalizerOptions options)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        Contracts.CheckParam(options.MaximumExampleCount > 1, "maximumExampleCount", "Must be greater than 1");
        (_env, _output, _input, _options) = (env, name, input ?? name, options);
    }

    public NormalizingTransformer Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        var source = input.Schema.Find(_input, paramName: "data");
        Contracts.CheckParam(NormalizingTransformer.Accepts(source.Type), "srcType",
            $"Wrong column type for input column. Expected: Single, Double, Vector of Single or Vector of Double. Got: {source.Type}.");
        using var cursor = input.GetRowCursor([source]);
        return new NormalizingTransformer(_env, NormalizerStatistics.Measure(cursor, source, _options), _output, _input);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => inputSchema.MapColumn(_output, _input, source =>
    {
        var expected = source.Kind == SchemaShape.Column.VectorKind.VariableVector ? "known-size vector or scalar"
            : source.ItemType != NumberDataViewType.Single && source.ItemType != NumberDataViewType.Double ? "vector or scalar of Single or Double"
            : null;
        if (expected is not null)
            throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", source.Name, expected, source.GetTypeString());
        var annotations = source.KeepAnnotations(AnnotationUtils.Kinds.SlotNames).Prepend(AnnotationUtils.IsNormalizedShape);
        return new SchemaShape.Column(source.Name, source.Kind, source.ItemType, false, new SchemaShape(annotations));
    });
}

public sealed class NormalizingTransformer : OneToOneTransformerBase
{
    private readonly ColumnNormalizer _normalizer;

    internal NormalizingTransformer(IHostEnvironment env, ColumnNormalizer normalizer, string output, string input)
        : base(env, output, input) => _normalizer = normalizer;

    internal NormalizingTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, ctx)
    {
        _normalizer = new(ValueFile.ReadType(ctx.Reader), ValueFile.ReadValues<double>(ctx.Reader), ValueFile.ReadValues<double>(ctx.Reader));
        Contracts.CheckDecode(_normalizer.Scales.Length == _normalizer.Type.ValueCount() && _normalizer.Offsets.Length == _normalizer.Scales.Length);
    }

    internal static bool Accepts(DataViewType type) => type is not VectorDataViewType { IsKnownSize: false }
        && (type.ItemTypeOf() == NumberDataViewType.Single || type.ItemTypeOf() == NumberDataViewType.Double);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        base.SaveModel(ctx);
        ValueFile.WriteType(ctx.Writer, _normalizer.Type);
        ValueFile.WriteValues<double>(ctx.Writer, _normalizer.Scales);
        ValueFile.WriteValues<double>(ctx.Writer, _normalizer.Offsets);
    }

    private protected override MappedColumn Map(DataViewSchema.Column source)
    {
        if (source.Type.ItemTypeOf() != _normalizer.Type.ItemTypeOf() || source.Type.ValueCount() != _normalizer.Type.ValueCount())
        {
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", source.Name,
                Accepts(source.Type) ? _normalizer.Type.ToString() : "scalar or known-size vector of Single",
                source.Type is VectorDataViewType { IsKnownSize: false } ? "variable-size vector" : source.Type.ToString());
        }
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.AddIsNormalized();
        annotations.Add(source.Annotations, kind => kind == AnnotationUtils.Kinds.SlotNames);
        return new MappedColumn(_normalizer.Type, annotations.ToAnnotations(), _normalizer.MakeGetter);
    }
}
