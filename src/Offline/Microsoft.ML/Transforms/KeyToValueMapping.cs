namespace Microsoft.ML.Transforms;

public sealed class KeyToValueMappingEstimator : TrivialEstimator<KeyToValueMappingTransformer>
{
    internal KeyToValueMappingEstimator(IHostEnvironment env, string output, string input) : base(new(env, output, input)) { }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
        => inputSchema.MapColumn(Transformer.Output, Transformer.Input, source =>
        {
            if (!source.IsKey)
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", source.Name, "KeyType", source.GetTypeString());
            Contracts.CheckParam(source.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out var values), nameof(inputSchema),
                $"Input column '{source.Name}' doesn't contain key values metadata");
            return new SchemaShape.Column(source.Name, source.Kind, values.ItemType, values.IsKey,
                source.KeepAnnotations(AnnotationUtils.Kinds.SlotNames));
        });
}

public sealed class KeyToValueMappingTransformer : OneToOneTransformerBase
{
    internal KeyToValueMappingTransformer(IHostEnvironment env, string output, string input) : base(env, output, input) { }
    internal KeyToValueMappingTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env, ctx) { }

    private protected override MappedColumn Map(DataViewSchema.Column source)
    {
        var valuesType = source.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type as VectorDataViewType;
        Contracts.Check(valuesType != null, "Metadata KeyValues does not exist");
        var keyType = source.Type.ItemTypeOf();
        Contracts.Check((ulong)valuesType.Size == keyType.KeyCount(), "KeyValues metadata size does not match column type key count");
        var makeGetter = GenericCall.Invoke<Func<DataViewRow, DataViewSchema.Column, Delegate>>(Bind<uint, int>,
            keyType.RawType, valuesType.ItemType.RawType, source);
        return new MappedColumn(source.Type.WithItemType(valuesType.ItemType), source.KeepAnnotations(AnnotationUtils.Kinds.SlotNames), makeGetter);
    }

    private static Func<DataViewRow, DataViewSchema.Column, Delegate> Bind<TKey, TValue>(DataViewSchema.Column source)
    {
        VBuffer<TValue> buffer = default;
        source.GetKeyValues(ref buffer);
        TValue[] values = [.. buffer.DenseValues()];
        var missing = Conversions.MissingOrDefault<TValue>();
        var toNumber = (Func<TKey, ulong>)Conversions.Find(source.Type.ItemTypeOf(), NumberDataViewType.UInt64);
        return (row, column) => SlotMapping.MapItems<TKey, TValue>(row, column,
            key => toNumber(key) is > 0 and var number && number <= (ulong)values.Length ? values[number - 1] : missing);
    }
}
