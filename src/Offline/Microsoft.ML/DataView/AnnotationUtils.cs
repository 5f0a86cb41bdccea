namespace Microsoft.ML.Data;

/// <summary>The well-known annotations: names, types, builders and readers.</summary>
internal static class AnnotationUtils
{
    internal static class Kinds
    {
        public const string IsNormalized = "IsNormalized";
        public const string SlotNames = "SlotNames";
        public const string KeyValues = "KeyValues";
        public const string CategoricalSlotRanges = "CategoricalSlotRanges";
        public const string ScoreColumnKind = "ScoreColumnKind";
        public const string ScoreColumnSetId = "ScoreColumnSetId";
        public const string ScoreValueKind = "ScoreValueKind";
        public const string TrainingLabelValues = "TrainingLabelValues";
    }

    public static SchemaShape.Column SlotNamesShape { get; }
        = new(Kinds.SlotNames, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, false);

    public static SchemaShape.Column IsNormalizedShape { get; }
        = new(Kinds.IsNormalized, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, false);

    public static void AddNames(this DataViewSchema.Annotations.Builder builder, string kind, params string[] names)
        => builder.AddVector(kind, TextDataViewType.Instance, Array.ConvertAll(names, n => n.AsMemory()));

    public static void AddVector<T>(this DataViewSchema.Annotations.Builder builder, string kind, PrimitiveDataViewType itemType, T[] values)
    {
        var buffer = new VBuffer<T>(values.Length, values);
        builder.Add(kind, new VectorDataViewType(itemType, values.Length), (ref VBuffer<T> dst) => buffer.CopyTo(ref dst));
    }

    public static bool HasSlotNames(this DataViewSchema.Column column, int size)
        => size > 0 && column.Annotations.Schema.GetColumnOrNull(Kinds.SlotNames)?.Type is VectorDataViewType type
            && type.Size == size && type.ItemType is TextDataViewType;
}

public static class SchemaAnnotationsExtensions
{
    public static bool HasSlotNames(this DataViewSchema.Column column)
        => column.Type is VectorDataViewType vector && column.HasSlotNames(vector.Size);

    public static bool HasKeyValues(this DataViewSchema.Column column, PrimitiveDataViewType keyValueItemType = null)
    {
        var keyCount = column.Type.ItemTypeOf().KeyCount();
        return keyCount > 0 && column.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type is VectorDataViewType type
            && (ulong)type.Size == keyCount && (keyValueItemType is null || keyValueItemType.Equals(type.ItemType));
    }

    public static bool IsNormalized(this DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.IsNormalized)?.Type is not BooleanDataViewType)
            return false;
        var value = false;
        column.Annotations.GetValue(AnnotationUtils.Kinds.IsNormalized, ref value);
        return value;
    }

    public static void GetSlotNames(this DataViewSchema.Column column, ref VBuffer<ReadOnlyMemory<char>> slotNames)
        => column.Annotations.GetValue(AnnotationUtils.Kinds.SlotNames, ref slotNames);

    public static void GetKeyValues<TValue>(this DataViewSchema.Column column, ref VBuffer<TValue> keyValues)
        => column.Annotations.GetValue(AnnotationUtils.Kinds.KeyValues, ref keyValues);
}
