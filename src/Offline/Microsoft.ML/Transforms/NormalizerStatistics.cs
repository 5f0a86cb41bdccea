using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>What one pass over a column tells about each of its slots.</summary>
internal abstract class NormalizerStatistics<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static ColumnNormalizer<T> Measure(DataViewRowCursor cursor, DataViewSchema.Column source, NormalizingEstimator.ColumnOptions options)
    {
        var size = source.Type.ValueCount();
        NormalizerStatistics<T> statistics = options.UseMeanVariance ? new MeanVarianceStatistics<T>(size) : new MinMaxStatistics<T>(size);
        var getter = SlotMapping.AsVector<T>(cursor, source);
        VBuffer<T> row = default;
        long rows = 0;
        for (; rows < options.MaximumExampleCount && cursor.MoveNext(); rows++)
        {
            getter(ref row);
            Contracts.Check(row.Length == size, $"Normalizer expected {size} slots but got {row.Length}");
            var values = row.GetValues();
            for (var i = 0; i < values.Length; i++)
                statistics.Add(row.IsDense ? i : row.GetIndices()[i], values[i]);
        }
        // (scale, offset), or (mean, deviation) for the distribution function. A constant or empty slot says nothing and is mapped to zero.
        var (first, second) = (new T[size], new T[size]);
        for (var slot = 0; slot < size; slot++)
            (first[slot], second[slot]) = statistics.Finish(slot, rows, options);
        return options.UseCdf ? new CdfNormalizer<T>(source.Type, first, second) : new AffineNormalizer<T>(source.Type, first, second);
    }

    protected abstract void Add(int slot, T value);

    /// <summary>Counts in the zeros that were not stored, and gives the slot's two parameters.</summary>
    protected abstract (T First, T Second) Finish(int slot, long rows, NormalizingEstimator.ColumnOptions options);

    protected static (T Scale, T Offset) Scale(T range, T offset)
    {
        var scale = T.One / range;
        return (scale, scale == T.Zero ? T.Zero : offset);
    }
}

/// <summary>Smallest and largest value; NaN counts for neither.</summary>
internal sealed class MinMaxStatistics<T>(int size) : NormalizerStatistics<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly (T Min, T Max, long Stored)[] _slots = [.. Enumerable.Repeat((T.PositiveInfinity, T.NegativeInfinity, 0L), size)];

    protected override void Add(int slot, T value)
    {
        ref var it = ref _slots[slot];
        it.Stored++;
        if (value < it.Min)
            it.Min = value;
        if (value > it.Max)
            it.Max = value;
    }

    protected override (T First, T Second) Finish(int slot, long rows, NormalizingEstimator.ColumnOptions options)
    {
        if (_slots[slot].Stored < rows)
            Add(slot, T.Zero);
        var (min, max, _) = _slots[slot];
        if (!(max > min))
            return default;
        return options.FixZero ? Scale(T.Max(T.Abs(max), T.Abs(min)), T.Zero) : Scale(max - min, min);
    }
}

/// <summary>Mean and sum of squared deviations (Welford), in double precision over the finite values; zeros join at the end.</summary>
internal sealed class MeanVarianceStatistics<T>(int size) : NormalizerStatistics<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly (double Mean, double Deviations, long Count, long Skipped)[] _slots = new (double, double, long, long)[size];

    protected override void Add(int slot, T value)
    {
        ref var it = ref _slots[slot];
        if (!T.IsFinite(value))
            it.Skipped++;
        else if (value != T.Zero)
        {
            var x = double.CreateTruncating(value);
            var delta = x - it.Mean;
            it.Mean += delta / ++it.Count;
            it.Deviations += delta * (x - it.Mean);
        }
    }

    protected override (T First, T Second) Finish(int slot, long rows, NormalizingEstimator.ColumnOptions options)
    {
        var (mean, deviations, count, skipped) = _slots[slot];
        if (rows - count - skipped is > 0 and var zeros)
        {
            count += zeros;
            var delta = -mean;
            mean += delta * zeros / count;
            deviations += delta * -mean * zeros;
        }
        var variance = deviations / count;
        if (deviations == 0 || variance == 0)
            return default;
        if (options.UseCdf)
            return (T.CreateTruncating(mean), T.CreateTruncating(Math.Sqrt(variance)));
        return options.FixZero
            ? Scale(T.CreateTruncating(Math.Sqrt(variance + mean * mean)), T.Zero)
            : Scale(T.CreateTruncating(Math.Sqrt(variance)), T.CreateTruncating(mean));
    }
}
