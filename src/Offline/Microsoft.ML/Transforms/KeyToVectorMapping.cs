using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using VectorKind = Microsoft.ML.SchemaShape.Column.VectorKind;

namespace Microsoft.ML.Transforms;

public sealed class KeyToVectorMappingEstimator : TrivialEstimator<KeyToVectorMappingTransformer>
{
    internal KeyToVectorMappingEstimator(IHostEnvironment env, bool outputCountVector, params (string Output, string Input)[] columns)
        : base(new(env, outputCountVector, columns)) { }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
        => inputSchema.MapColumns(Transformer.Columns, (source, _) =>
        {
            var count = Transformer.OutputCountVector;
            var annotations = new List<SchemaShape.Column>();
            if (source.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out var values) && values.ItemType is TextDataViewType
                && ((count && source.IsKey) || source.Kind != VectorKind.VariableVector))
                annotations.Add(AnnotationUtils.SlotNamesShape);
            if (!count && source.Kind != VectorKind.VariableVector)
                annotations.Add(SchemaHelpers.CategoricalSlotRangesShape);
            if (!count || source.Kind == VectorKind.Scalar)
                annotations.Add(AnnotationUtils.IsNormalizedShape);
            var kind = source.Kind == VectorKind.VariableVector && !count ? VectorKind.VariableVector : VectorKind.Vector;
            return new SchemaShape.Column(source.Name, kind, NumberDataViewType.Single, false, new SchemaShape(annotations));
        });
}

public sealed class KeyToVectorMappingTransformer : OneToOneTransformerBase
{
    internal KeyToVectorMappingTransformer(IHostEnvironment env, bool outputCountVector, params (string Output, string Input)[] columns)
        : base(env, columns) => OutputCountVector = outputCountVector;

    internal KeyToVectorMappingTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, ctx) => OutputCountVector = ctx.Reader.ReadBoolean();

    internal bool OutputCountVector { get; }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        base.SaveModel(ctx);
        ctx.Writer.Write(OutputCountVector);
    }

    private protected override MappedColumn Map(DataViewSchema.Column source, int index)
    {
        var keys = KeySlots.CheckedKeyCount(source);
        var slots = source.Type.ValueCount();
        var count = OutputCountVector;
        var oneVector = count || source.Type is not VectorDataViewType;
        var type = count || slots == 1
            ? new VectorDataViewType(NumberDataViewType.Single, keys)
            : new VectorDataViewType(NumberDataViewType.Single, slots, keys);

        var annotations = new DataViewSchema.Annotations.Builder();
        if (KeySlots.KeyNames(source) is { } names && (oneVector || type.IsKnownSize))
            KeySlots.AddSlotNames(annotations, type, oneVector ? null : source, names);
        if (!count && slots > 0)
        {
            annotations.AddCategoricalSlotRanges([.. Enumerable.Range(0, slots).SelectMany(slot => (int[])[slot * keys, slot * keys + keys - 1])]);
        }
        if (!count || source.Type is not VectorDataViewType)
            annotations.AddIsNormalized();
        return new MappedColumn(type, annotations.ToAnnotations(), (row, column) => MakeGetter(KeySlots.GetKeys(row, column), keys, count));
    }

    private static ValueGetter<VBuffer<float>> MakeGetter(ValueGetter<VBuffer<uint>> getKeys, int keyCount, bool count)
    {
        VBuffer<uint> keys = default;
        if (count)
        {
            return (ref VBuffer<float> dst) =>
            {
                getKeys(ref keys);
                var editor = VBufferEditor.Create(ref dst, keyCount);
                editor.Values.Clear();
                foreach (var key in keys.GetValues())
                {
                    if (key > 0 && key <= keyCount)
                        editor.Values[(int)key - 1]++;
                }
                dst = editor.Commit();
            };
        }
        return (ref VBuffer<float> dst) =>
        {
            getKeys(ref keys);
            var values = keys.GetValues();
            var editor = VBufferEditor.Create(ref dst, checked(keyCount * keys.Length), values.Length, requireIndicesOnDense: true);
            var stored = 0;
            for (var i = 0; i < values.Length; i++)
            {
                if (values[i] == 0 || values[i] > keyCount)
                    continue;
                editor.Values[stored] = 1;
                editor.Indices[stored++] = (keys.IsDense ? i : keys.GetIndices()[i]) * keyCount + (int)values[i] - 1;
            }
            dst = editor.CommitTruncated(stored);
        };
    }
}
