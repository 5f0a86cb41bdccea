namespace Microsoft.ML.Transforms;

/// <summary>
/// The fitted normaliser of a column: per slot scale and offset of (x − offset) · scale. It computes in double;
/// <see cref="Round"/> makes each step that of the column's own precision.
/// </summary>
internal sealed record ColumnNormalizer(DataViewType Type, double[] Scales, double[] Offsets)
{
    /// <summary>Rounds to the precision of a column's items.</summary>
    public static Func<double, double> Round(DataViewType type)
        => type.ItemTypeOf() == NumberDataViewType.Single ? x => (float)x : x => x;

    public Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column)
    {
        Contracts.Check(column.Type.ValueCount() == Scales.Length);
        var round = Round(Type);
        return SlotMapping.MapReals(row, column, (x, slot) => round(x - Offsets[slot]) * Scales[slot], skipImplicit: Array.TrueForAll(Offsets, x => x == 0));
    }
}
