namespace Microsoft.ML.Transforms;

/// <summary>
/// The fitted normaliser of a column: per slot scale and offset of (x − offset) · scale, or mean and deviation of the normal distribution
/// function. It computes in double; <see cref="Round"/> makes each step that of the column's own precision.
/// </summary>
internal sealed record ColumnNormalizer(DataViewType Type, bool UseCdf, double[] First, double[] Second)
{
    /// <summary>Rounds to the precision of a column's items.</summary>
    public static Func<double, double> Round(DataViewType type)
        => type.ItemTypeOf() == NumberDataViewType.Single ? x => (float)x : x => x;

    public Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column)
    {
        Contracts.Check(column.Type.ValueCount() == First.Length);
        var round = Round(Type);
        if (UseCdf)
            return SlotMapping.MapReals(row, column, (x, slot) => Cdf(x, First[slot], Second[slot], round), skipImplicit: true);
        return SlotMapping.MapReals(row, column, (x, slot) => round(x - Second[slot]) * First[slot], skipImplicit: Array.TrueForAll(Second, x => x == 0));
    }

    // By the elementary approximation of erf (S. Winitzki), as ML.NET does.
    private double Cdf(double value, double mean, double deviation, Func<double, double> round)
    {
        if (!(deviation > (Type.ItemTypeOf() == NumberDataViewType.Single ? float.Epsilon : double.Epsilon)) || !double.IsFinite(value))
            return 0;
        var x = round(round(value - mean) / deviation);
        var half = round(round(x * x) / 2);
        var a = round(round(0.147) * half);
        return 0.5 + 0.5 * Math.Sign(x) * Math.Sqrt(1 - Math.Exp(-half * (4 / Math.PI + a) / round(1 + a)));
    }
}
