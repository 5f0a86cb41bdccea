using VectorKind = Microsoft.ML.SchemaShape.Column.VectorKind;

namespace Microsoft.ML.Transforms;

public sealed class TypeConvertingEstimator : TrivialEstimator<TypeConvertingTransformer>
{
    internal TypeConvertingEstimator(IHostEnvironment env, DataKind outputKind, string output, string input)
        : base(new(env, outputKind, output, input)) { }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
        => inputSchema.MapColumn(Transformer.Output, Transformer.Input, source =>
        {
            var type = Transformer.OutputType;
            Contracts.CheckParam(Conversions.Find(source.ItemType, type) is not null, nameof(inputSchema),
                $"Don't know how to convert {source.Name} into {type}");
            var annotations = source.KeepAnnotations(
                source.Kind == VectorKind.Vector ? AnnotationUtils.Kinds.SlotNames : "",
                source.IsKey ? AnnotationUtils.Kinds.KeyValues : "",
                source.ItemType is NumberDataViewType && type is NumberDataViewType ? AnnotationUtils.Kinds.IsNormalized : "");
            if (source.ItemType is BooleanDataViewType && type is NumberDataViewType)
                annotations = annotations.With(AnnotationUtils.IsNormalizedShape);
            return new SchemaShape.Column(source.Name, source.Kind, type, source.IsKey && Conversions.IsKeyRaw(type.RawType), annotations);
        });
}

public sealed class TypeConvertingTransformer : OneToOneTransformerBase
{
    internal TypeConvertingTransformer(IHostEnvironment env, DataKind outputKind, string output, string input)
        : base(env, output, input) => OutputType = outputKind.ToType();

    internal TypeConvertingTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, ctx) => OutputType = ValueFile.ReadType(ctx.Reader) as PrimitiveDataViewType ?? throw Contracts.ExceptDecode();

    internal PrimitiveDataViewType OutputType { get; }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        base.SaveModel(ctx);
        ValueFile.WriteType(ctx.Writer, OutputType);
    }

    private protected override MappedColumn Map(DataViewSchema.Column source)
    {
        var from = source.Type.ItemTypeOf();
        // A key stays a key; it cannot become anything else.
        var key = from as KeyDataViewType;
        var to = key is not null && Conversions.IsKeyRaw(OutputType.RawType)
            ? new KeyDataViewType(OutputType.RawType, Math.Min(key.Count, Conversions.MaxOf(OutputType.RawType)))
            : OutputType;
        var convert = (key is null) == (to is not KeyDataViewType) ? Conversions.Find(from, to) : null;
        Contracts.CheckParam(convert is not null, "inputSchema",
            $"source column '{source.Name}' with item type '{source.Type}' is not compatible with destination type '{to}'");

        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(source.Annotations, kind =>
            (kind == AnnotationUtils.Kinds.SlotNames && source.Type is VectorDataViewType { IsKnownSize: true })
            || (kind == AnnotationUtils.Kinds.KeyValues && key is not null && key.Count == to.KeyCount())
            || (kind == AnnotationUtils.Kinds.IsNormalized && from is NumberDataViewType && to is NumberDataViewType));
        if (source.Type is BooleanDataViewType && to is NumberDataViewType)
            annotations.AddIsNormalized();
        return new MappedColumn(source.Type.WithItemType(to), annotations.ToAnnotations(), (row, column)
            => GenericCall.Invoke<Delegate>(SlotMapping.MapItems<int, int>, from.RawType, to.RawType, row, column, convert));
    }
}
