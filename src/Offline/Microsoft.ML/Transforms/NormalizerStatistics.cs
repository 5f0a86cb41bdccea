using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>What one pass over a column tells about each of its slots.</summary>
internal abstract class NormalizerStatistics<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private long _rows;

    public void Add(in VBuffer<T> row)
    {
        _rows++;
        var values = row.GetValues();
        var indices = row.GetIndices();
        for (var i = 0; i < values.Length; i++)
            Add(row.IsDense ? i : indices[i], values[i]);
    }

    /// <summary>Makes the normaliser of what has been added.</summary>
    public ColumnNormalizer<T> Finish(DataViewType type, bool fixZero, bool useCdf)
    {
        AddImplicitZeros(_rows);
        return Make(type, fixZero, useCdf);
    }

    protected abstract void Add(int slot, T value);

    protected abstract void AddImplicitZeros(long rows);

    protected abstract ColumnNormalizer<T> Make(DataViewType type, bool fixZero, bool useCdf);
}

/// <summary>Smallest and largest value; NaN counts for neither.</summary>
internal sealed class MinMaxStatistics<T> : NormalizerStatistics<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _min;
    private readonly T[] _max;
    private readonly long[] _stored;

    public MinMaxStatistics(int size)
    {
        _min = new T[size];
        _max = new T[size];
        _stored = new long[size];
        Array.Fill(_min, T.PositiveInfinity);
        Array.Fill(_max, T.NegativeInfinity);
    }

    protected override void Add(int slot, T value)
    {
        _stored[slot]++;
        Widen(slot, value);
    }

    protected override void AddImplicitZeros(long rows)
    {
        for (var slot = 0; slot < _min.Length; slot++)
        {
            if (_stored[slot] < rows)
                Widen(slot, T.Zero);
        }
    }

    protected override ColumnNormalizer<T> Make(DataViewType type, bool fixZero, bool useCdf)
    {
        var scales = new T[_min.Length];
        var offsets = new T[_min.Length];
        for (var slot = 0; slot < scales.Length; slot++)
        {
            // A constant or empty slot says nothing and is mapped to zero.
            if (!(_max[slot] > _min[slot]))
                continue;
            scales[slot] = T.One / (fixZero ? T.Max(T.Abs(_max[slot]), T.Abs(_min[slot])) : _max[slot] - _min[slot]);
            if (!fixZero && scales[slot] != T.Zero)
                offsets[slot] = _min[slot];
        }
        return new AffineNormalizer<T>(type, scales, offsets);
    }

    private void Widen(int slot, T value)
    {
        if (value > _max[slot])
            _max[slot] = value;
        if (value < _min[slot])
            _min[slot] = value;
    }
}

/// <summary>Mean and sum of squared deviations (Welford), in double precision over the finite values; zeros join at the end.</summary>
internal sealed class MeanVarianceStatistics<T>(int size) : NormalizerStatistics<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly double[] _mean = new double[size];
    private readonly double[] _deviations = new double[size];
    private readonly long[] _count = new long[size];
    private readonly long[] _skipped = new long[size];

    protected override void Add(int slot, T value)
    {
        if (value == T.Zero)
            return;
        if (!T.IsFinite(value))
        {
            _skipped[slot]++;
            return;
        }
        var x = double.CreateTruncating(value);
        var delta = x - _mean[slot];
        _mean[slot] += delta / ++_count[slot];
        _deviations[slot] += delta * (x - _mean[slot]);
    }

    protected override void AddImplicitZeros(long rows)
    {
        for (var slot = 0; slot < size; slot++)
        {
            var zeros = rows - _count[slot] - _skipped[slot];
            if (zeros == 0)
                continue;
            _count[slot] += zeros;
            var delta = -_mean[slot];
            _mean[slot] += delta * zeros / _count[slot];
            _deviations[slot] += delta * -_mean[slot] * zeros;
        }
    }

    protected override ColumnNormalizer<T> Make(DataViewType type, bool fixZero, bool useCdf)
    {
        var first = new T[size];
        var second = new T[size];
        for (var slot = 0; slot < size; slot++)
        {
            // A constant or empty slot says nothing and is mapped to zero.
            if (_deviations[slot] == 0)
                continue;
            var (mean, variance) = (_mean[slot], _deviations[slot] / _count[slot]);
            if (useCdf)
                (first[slot], second[slot]) = (T.CreateTruncating(mean), T.CreateTruncating(Math.Sqrt(variance)));
            else if (fixZero)
                first[slot] = variance == 0 ? T.Zero : T.One / T.CreateTruncating(Math.Sqrt(variance + mean * mean));
            else
            {
                var deviation = Math.Sqrt(variance);
                first[slot] = deviation == 0 ? T.Zero : T.One / T.CreateTruncating(deviation);
                second[slot] = first[slot] == T.Zero ? T.Zero : T.CreateTruncating(mean);
            }
        }
        return useCdf ? new CdfNormalizer<T>(type, first, second) : new AffineNormalizer<T>(type, first, second);
    }
}
