namespace Microsoft.ML.Transforms;

internal static class SchemaHelpers
{
    /// <summary>The shape after an estimator that makes an output column of one input column.</summary>
    public static SchemaShape MapColumn(this SchemaShape inputSchema, string output, string input,
        Func<SchemaShape.Column, SchemaShape.Column> map)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(map(inputSchema.Find(input)).WithName(output));
    }

    public static SchemaShape.Column Find(this SchemaShape inputSchema, string name) => inputSchema.TryFindColumn(name, out var column)
        ? column : throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", name);

    public static bool Has(this SchemaShape.Column column, string kind) => column.Annotations.TryFindColumn(kind, out _);

    public static SchemaShape KeepAnnotations(this SchemaShape.Column column, params string[] kinds)
        => new(column.Annotations.Where(a => kinds.Contains(a.Name)));

    public static DataViewSchema.Annotations KeepAnnotations(this DataViewSchema.Column column, params string[] kinds)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(column.Annotations, kinds.Contains);
        return builder.ToAnnotations();
    }

    public static void AddIsNormalized(this DataViewSchema.Annotations.Builder builder)
        => builder.AddPrimitiveValue(AnnotationUtils.Kinds.IsNormalized, BooleanDataViewType.Instance, true);

    /// <summary>Pairs of first and last slot of each categorical feature.</summary>
    public static void AddCategoricalSlotRanges(this DataViewSchema.Annotations.Builder builder, int[] ranges)
        => builder.Add(AnnotationUtils.Kinds.CategoricalSlotRanges, new VectorDataViewType(NumberDataViewType.Int32, ranges.Length / 2, 2),
            (ref VBuffer<int> dst) => VBuffer<int>.Copy(ranges, 0, ref dst, ranges.Length));

    public static SchemaShape.Column CategoricalSlotRangesShape { get; }
        = new(AnnotationUtils.Kinds.CategoricalSlotRanges, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Int32, false);
}
