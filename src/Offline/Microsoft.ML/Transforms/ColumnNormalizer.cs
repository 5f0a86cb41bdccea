using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>The fitted normaliser of one column.</summary>
internal abstract class ColumnNormalizer(DataViewType type)
{
    public DataViewType Type { get; } = type;
    public abstract Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column);
    public abstract void Save(BinaryWriter writer);

    public static ColumnNormalizer Load(BinaryReader reader)
    {
        var type = ValueFile.ReadType(reader);
        return type.ItemTypeOf().RawType == typeof(float)
            ? ColumnNormalizer<float>.Load(reader, type)
            : ColumnNormalizer<double>.Load(reader, type);
    }
}

/// <summary>A normaliser with two parameters per slot.</summary>
internal abstract class ColumnNormalizer<T>(DataViewType type, T[] first, T[] second) : ColumnNormalizer(type)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    protected T[] First { get; } = first;
    protected T[] Second { get; } = second;

    /// <summary>Whether a slot that is not stored (a zero) stays zero.</summary>
    protected abstract bool SkipImplicit { get; }

    public override Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is VectorDataViewType)
            return SlotMapping.Map(Checked(row.GetGetter<VBuffer<T>>(column)), (T value, int slot) => Apply(value, slot), SkipImplicit);
        var getter = row.GetGetter<T>(column);
        return (ValueGetter<T>)((ref T dst) =>
        {
            getter(ref dst);
            dst = Apply(dst, 0);
        });
    }

    public override void Save(BinaryWriter writer)
    {
        ValueFile.WriteType(writer, Type);
        writer.Write(this is CdfNormalizer<T>);
        ValueFile.WriteValues<T>(writer, First);
        ValueFile.WriteValues<T>(writer, Second);
    }

    public static ColumnNormalizer<T> Load(BinaryReader reader, DataViewType type)
    {
        var cdf = reader.ReadBoolean();
        var first = ValueFile.ReadValues<T>(reader);
        var second = ValueFile.ReadValues<T>(reader);
        Contracts.CheckDecode(first.Length == type.ValueCount() && second.Length == type.ValueCount());
        return cdf ? new CdfNormalizer<T>(type, first, second) : new AffineNormalizer<T>(type, first, second);
    }

    protected abstract T Apply(T value, int slot);

    private ValueGetter<VBuffer<T>> Checked(ValueGetter<VBuffer<T>> getter) => (ref VBuffer<T> dst) =>
    {
        getter(ref dst);
        Contracts.Check(dst.Length == First.Length);
    };
}

/// <summary>(x − offset) · scale</summary>
internal sealed class AffineNormalizer<T>(DataViewType type, T[] scales, T[] offsets) : ColumnNormalizer<T>(type, scales, offsets)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    protected override bool SkipImplicit { get; } = Array.TrueForAll(offsets, offset => offset == T.Zero);
    protected override T Apply(T value, int slot) => (value - Second[slot]) * First[slot];
}

/// <summary>The normal distribution function with the slot's mean and standard deviation.</summary>
internal sealed class CdfNormalizer<T>(DataViewType type, T[] means, T[] deviations) : ColumnNormalizer<T>(type, means, deviations)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Constant of the elementary approximation of erf (S. Winitzki) that ML.NET uses.
    private static readonly T s_a = T.CreateTruncating(0.147);

    protected override bool SkipImplicit => true;

    protected override T Apply(T value, int slot)
    {
        if (!(Second[slot] > T.Epsilon) || !T.IsFinite(value))
            return T.Zero;
        var x = (value - First[slot]) / Second[slot];
        var half = x * x / T.CreateTruncating(2);
        var a = s_a * half;
        var exponent = -double.CreateTruncating(half) * (4 / Math.PI + double.CreateTruncating(a)) / double.CreateTruncating(T.One + a);
        return T.CreateTruncating(0.5 + 0.5 * T.Sign(x) * Math.Sqrt(1 - Math.Exp(exponent)));
    }
}
