namespace Microsoft.ML.Transforms;

public sealed class MissingValueReplacingEstimator : IEstimator<MissingValueReplacingTransformer>
{
    private readonly IHostEnvironment _env;
    private readonly ReplacementMode _mode;
    private readonly bool _bySlot;
    private readonly string _output;
    private readonly string _input;

    internal MissingValueReplacingEstimator(IHostEnvironment env, ReplacementMode mode, bool imputeBySlot, string name, string input)
    {
        Contracts.CheckNonWhiteSpace(name, nameof(name));
        (_env, _mode, _bySlot, _output, _input) = (env, mode, imputeBySlot, name, input);
    }

    public enum ReplacementMode : byte
    {
        DefaultValue = 0,
        Mean = 1,
    }

    public MissingValueReplacingTransformer Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        var source = input.Schema.Find(_input, paramName: nameof(input));
        MissingValueReplacingTransformer.CheckType(source.Type);
        if (_mode == ReplacementMode.DefaultValue)
            return new MissingValueReplacingTransformer(_env, new(source.Type.ItemTypeOf(), false, [0]), _output, _input);
        using var channel = _env.Start("Computing Statistics");
        using var cursor = input.GetRowCursor([source]);
        var slots = _bySlot && source.Type is VectorDataViewType vector ? vector.Size : 0;
        if (_bySlot && source.Type is VectorDataViewType { IsKnownSize: false })
            channel.Warning("By-slot imputation can not be done on variable-length column");
        return new MissingValueReplacingTransformer(_env, MissingValueReplacement.Measure(cursor, source, slots, channel), _output, _input);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => inputSchema.MapColumn(_output, _input, source =>
    {
        MissingValueReplacingTransformer.CheckType(source.ItemType);
        return new SchemaShape.Column(source.Name, source.Kind, source.ItemType, false,
            source.KeepAnnotations(AnnotationUtils.Kinds.SlotNames, AnnotationUtils.Kinds.IsNormalized));
    });
}

public sealed class MissingValueReplacingTransformer : OneToOneTransformerBase
{
    private readonly MissingValueReplacement _replacement;

    internal MissingValueReplacingTransformer(IHostEnvironment env, MissingValueReplacement replacement, string output, string input)
        : base(env, output, input) => _replacement = replacement;

    internal MissingValueReplacingTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, ctx)
        => _replacement = new(ValueFile.ReadType(ctx.Reader), ctx.Reader.ReadBoolean(), ValueFile.ReadValues<double>(ctx.Reader));

    internal static void CheckType(DataViewType type)
    {
        Contracts.CheckParam(Conversions.HasMissing(type.ItemTypeOf()), "inputSchema",
            $"Type '{type}' is not supported by NAReplaceTransform since it doesn't have an NA value");
        Contracts.CheckParam(type.ItemTypeOf() is not KeyDataViewType, "inputSchema",
            $"Type '{type}' is not supported by NAReplaceTransform since its NA value is equivalent to its default value");
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        base.SaveModel(ctx);
        ValueFile.WriteType(ctx.Writer, _replacement.ItemType);
        ctx.Writer.Write(_replacement.BySlot);
        ValueFile.WriteValues<double>(ctx.Writer, _replacement.Values);
    }

    private protected override MappedColumn Map(DataViewSchema.Column source)
    {
        CheckType(source.Type);
        var type = _replacement.ItemType;
        Contracts.CheckParam(source.Type.ItemTypeOf().Equals(type), "InputSchema",
            $"Column '{source.Name}' item type '{type}' does not match expected ColumnType of '{source.Type}'");
        Contracts.CheckParam(!_replacement.BySlot || _replacement.Values.Length == (source.Type as VectorDataViewType)?.Size, "inputSchema",
            $"Column '{source.Name}' item type '{type}' must be a scalar or a vector of the same size as Columntype '{source.Type}'");
        return new MappedColumn(source.Type, source.KeepAnnotations(AnnotationUtils.Kinds.SlotNames, AnnotationUtils.Kinds.IsNormalized),
            _replacement.MakeGetter);
    }
}
