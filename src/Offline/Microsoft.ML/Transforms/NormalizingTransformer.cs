using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

public sealed class NormalizingTransformer : OneToOneTransformerBase
{
    private readonly ColumnNormalizer[] _normalizers;

    internal NormalizingTransformer(IHostEnvironment env, (string Output, string Input)[] columns, ColumnNormalizer[] normalizers)
        : base(env.Register(nameof(NormalizingTransformer)), columns)
        => _normalizers = normalizers;

    internal NormalizingTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(env.Register(nameof(NormalizingTransformer)), ctx)
        => _normalizers = Array.ConvertAll(Columns, _ => ColumnNormalizer.Load(ctx.Reader));

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        base.SaveModel(ctx);
        foreach (var normalizer in _normalizers)
            normalizer.Save(ctx.Writer);
    }

    private protected override MappedColumn Map(DataViewSchema.Column source, int index)
    {
        var normalizer = _normalizers[index];
        var itemType = source.Type.ItemTypeOf();
        var actual = source.Type is VectorDataViewType { IsKnownSize: false } ? "variable-size vector"
            : itemType != NumberDataViewType.Single && itemType != NumberDataViewType.Double ? source.Type.ToString()
            : null;
        if (actual is not null)
        {
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", source.Name, "scalar or known-size vector of Single", actual);
        }
        if (!itemType.Equals(normalizer.Type.ItemTypeOf()) || source.Type.ValueCount() != normalizer.Type.ValueCount())
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", source.Name, normalizer.Type.ToString(), source.Type.ToString());
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.AddIsNormalized();
        annotations.Add(source.Annotations, kind => kind == AnnotationUtils.Kinds.SlotNames);
        return new MappedColumn(normalizer.Type, annotations.ToAnnotations(), normalizer.MakeGetter);
    }
}
