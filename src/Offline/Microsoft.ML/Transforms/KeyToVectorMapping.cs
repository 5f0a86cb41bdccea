using Encoding = Microsoft.ML.Transforms.OneHotEncodingEstimator.OutputKind;
using VectorKind = Microsoft.ML.SchemaShape.Column.VectorKind;

namespace Microsoft.ML.Transforms;

internal sealed class KeyToVectorMappingEstimator : TrivialEstimator<KeyToVectorMappingTransformer>
{
    internal KeyToVectorMappingEstimator(IHostEnvironment env, Encoding encoding, string output, string input) : base(new(env, encoding, output, input)) { }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema) => inputSchema.MapColumn(Transformer.Output, Transformer.Input, source =>
    {
        var (encoding, isVariable, isScalar) = (Transformer.Encoding, source.Kind == VectorKind.VariableVector, source.Kind == VectorKind.Scalar);
        var annotations = new List<SchemaShape.Column>();
        if (source.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out var values) && values.ItemType is TextDataViewType
            && (!isVariable || (encoding == Encoding.Bag && source.IsKey)))
            annotations.Add(AnnotationUtils.SlotNamesShape);
        if (encoding == Encoding.Indicator && !isVariable)
            annotations.Add(SchemaHelpers.CategoricalSlotRangesShape);
        if (encoding == Encoding.Indicator || isScalar)
            annotations.Add(AnnotationUtils.IsNormalizedShape);
        var kind = isVariable && encoding != Encoding.Bag ? VectorKind.VariableVector : VectorKind.Vector;
        return new SchemaShape.Column(source.Name, kind, NumberDataViewType.Single, false, new SchemaShape(annotations));
    });
}

/// <summary>The second half of one-hot encoding.</summary>
internal sealed class KeyToVectorMappingTransformer : OneToOneTransformerBase
{
    internal KeyToVectorMappingTransformer(IHostEnvironment env, Encoding encoding, string output, string input)
        : base(env, output, input) => Encoding = encoding;

    internal KeyToVectorMappingTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, ctx)
    {
        Encoding = (Encoding)ctx.Reader.ReadByte();
        Contracts.CheckDecode(Encoding is Encoding.Bag or Encoding.Indicator);
    }

    internal Encoding Encoding { get; }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        base.SaveModel(ctx);
        ctx.Writer.Write((byte)Encoding);
    }

    private protected override MappedColumn Map(DataViewSchema.Column source)
    {
        if (source.Type.ItemTypeOf() is not KeyDataViewType { Count: <= int.MaxValue } key)
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", source.Name, "key type of known cardinality", source.Type.ToString());
        var (keys, slots, isVector) = ((int)key.Count, source.Type.ValueCount(), source.Type is VectorDataViewType);
        var type = Encoding == Encoding.Bag || slots == 1
            ? new VectorDataViewType(NumberDataViewType.Single, keys)
            : new VectorDataViewType(NumberDataViewType.Single, slots, keys);

        var annotations = new DataViewSchema.Annotations.Builder();
        if (source.HasKeyValues(TextDataViewType.Instance) && type.IsKnownSize)
        {
            annotations.Add(AnnotationUtils.Kinds.SlotNames, new VectorDataViewType(TextDataViewType.Instance, type.Dimensions),
                (ref VBuffer<ReadOnlyMemory<char>> dst) =>
                {
                    var names = KeyNames(source);
                    var all = isVector && Encoding != Encoding.Bag
                        ? SlotPrefixes(source).SelectMany(prefix => names.Select(name => $"{prefix}.{name}")) : names;
                    dst = new VBuffer<ReadOnlyMemory<char>>(type.Size, all.Select(name => name.AsMemory()).ToArray());
                });
        }
        if (Encoding == Encoding.Indicator && slots > 0)
            annotations.AddCategoricalSlotRanges([.. Enumerable.Range(0, slots).SelectMany(slot => (int[])[slot * keys, slot * keys + keys - 1])]);
        if (Encoding == Encoding.Indicator || !isVector)
            annotations.AddIsNormalized();
        return new MappedColumn(type, annotations.ToAnnotations(),
            (row, column) => MakeGetter(GenericCall.Invoke<ValueGetter<VBuffer<uint>>>(GetKeys<int>, key.RawType, row, column), keys));
    }

    private ValueGetter<VBuffer<float>> MakeGetter(ValueGetter<VBuffer<uint>> getKeys, int keyCount)
    {
        VBuffer<uint> keys = default;
        if (Encoding == Encoding.Indicator)
        {
            return (ref VBuffer<float> dst) =>
            {
                getKeys(ref keys);
                var editor = VBufferEditor.Create(ref dst, checked(keyCount * keys.Length), keys.GetValues().Length, requireIndicesOnDense: true);
                var stored = 0;
                foreach (var (slot, key) in keys.Items())
                {
                    if (key == 0 || key > keyCount)
                        continue;
                    editor.Values[stored] = 1;
                    editor.Indices[stored++] = slot * keyCount + (int)key - 1;
                }
                dst = editor.CommitTruncated(stored);
            };
        }
        return (ref VBuffer<float> dst) =>
        {
            getKeys(ref keys);
            var editor = VBufferEditor.Create(ref dst, keyCount);
            editor.Values.Clear();
            foreach (var (_, key) in keys.Items())
            {
                if (key > 0 && key <= keyCount)
                    editor.Values[(int)key - 1]++;
            }
            dst = editor.Commit();
        };
    }

    private static ValueGetter<VBuffer<uint>> GetKeys<TKey>(DataViewRow row, DataViewSchema.Column column)
    {
        var convert = (Func<TKey, uint>)Conversions.Find(column.Type.ItemTypeOf(), NumberDataViewType.UInt32);
        return SlotMapping.Map(SlotMapping.AsVector<TKey>(row, column), (TKey key, int _) => convert(key), skipImplicit: true);
    }

    private static IEnumerable<string> KeyNames(DataViewSchema.Column source)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        source.GetKeyValues(ref names);
        return names.DenseValues().Select(name => name.ToString()).ToArray();
    }

    private static IEnumerable<string> SlotPrefixes(DataViewSchema.Column source)
    {
        var names = new ReadOnlyMemory<char>[source.Type.ValueCount()];
        if (source.HasSlotNames())
        {
            VBuffer<ReadOnlyMemory<char>> buffer = default;
            source.GetSlotNames(ref buffer);
            buffer.CopyTo(names);
        }
        return names.Select((name, i) => name.IsEmpty ? $"[{i}]" : name.ToString());
    }
}
