using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using VectorKind = Microsoft.ML.SchemaShape.Column.VectorKind;

namespace Microsoft.ML.Transforms;

public sealed class KeyToBinaryVectorMappingEstimator : TrivialEstimator<KeyToBinaryVectorMappingTransformer>
{
    internal KeyToBinaryVectorMappingEstimator(IHostEnvironment env, params (string Output, string Input)[] columns) : base(new(env, columns)) { }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
        => inputSchema.MapColumns(Transformer.Columns, (source, _) =>
        {
            var annotations = new List<SchemaShape.Column>();
            if (source.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out var values) && values.ItemType is TextDataViewType
                && source.Kind != VectorKind.VariableVector)
                annotations.Add(AnnotationUtils.SlotNamesShape);
            if (source.Kind == VectorKind.Scalar)
                annotations.Add(AnnotationUtils.IsNormalizedShape);
            var kind = source.Kind == VectorKind.VariableVector ? VectorKind.VariableVector : VectorKind.Vector;
            return new SchemaShape.Column(source.Name, kind, NumberDataViewType.Single, false, new SchemaShape(annotations));
        });
}

public sealed class KeyToBinaryVectorMappingTransformer : OneToOneTransformerBase
{
    internal KeyToBinaryVectorMappingTransformer(IHostEnvironment env, params (string Output, string Input)[] columns) : base(env, columns) { }
    internal KeyToBinaryVectorMappingTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env, ctx) { }

    private protected override MappedColumn Map(DataViewSchema.Column source, int index)
    {
        // One bit more than the count needs: a missing key (count from zero: -1) has all bits set.
        var bits = BitOperations.Log2((uint)KeySlots.CheckedKeyCount(source)) + 2;
        var slots = source.Type.ValueCount();
        var isVector = source.Type is VectorDataViewType;
        var type = slots == 1
            ? new VectorDataViewType(NumberDataViewType.Single, bits)
            : new VectorDataViewType(NumberDataViewType.Single, slots, bits);
        var annotations = new DataViewSchema.Annotations.Builder();
        if (KeySlots.KeyNames(source) is not null && type.IsKnownSize)
        {
            var names = Enumerable.Range(0, bits).Select(i => $"Bit{bits - i - 1}".AsMemory()).ToArray();
            KeySlots.AddSlotNames(annotations, type, isVector ? source : null, () => names);
        }
        if (!isVector)
            annotations.AddIsNormalized();
        return new MappedColumn(type, annotations.ToAnnotations(), (row, column) => MakeGetter(KeySlots.GetKeys(row, column), bits));
    }

    private static ValueGetter<VBuffer<float>> MakeGetter(ValueGetter<VBuffer<uint>> getKeys, int bits)
    {
        VBuffer<uint> keys = default;
        return (ref VBuffer<float> dst) =>
        {
            getKeys(ref keys);
            var editor = VBufferEditor.Create(ref dst, checked(bits * keys.Length));
            var next = 0;
            foreach (var key in keys.DenseValues())
            {
                for (var bit = bits - 1; bit >= 0; bit--)
                    editor.Values[next++] = ((key - 1) >> bit) & 1;
            }
            dst = editor.Commit();
        };
    }
}
