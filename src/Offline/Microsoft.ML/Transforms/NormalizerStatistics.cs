namespace Microsoft.ML.Transforms;

/// <summary>How to measure; without mean and variance it is by smallest and largest value.</summary>
internal sealed record NormalizerOptions(long MaximumExampleCount, bool FixZero, bool UseMeanVariance);

/// <summary>What one pass over a column tells about one of its slots.</summary>
internal abstract class NormalizerStatistics
{
    public static ColumnNormalizer Measure(DataViewRowCursor cursor, DataViewSchema.Column source, NormalizerOptions options)
    {
        var slots = new NormalizerStatistics[source.Type.ValueCount()];
        for (var slot = 0; slot < slots.Length; slot++)
            slots[slot] = options.UseMeanVariance ? new MeanVarianceStatistics() : new MinMaxStatistics();
        var (rows, _) = SlotMapping.ForEachReal(cursor, source, options.MaximumExampleCount, (slot, value) => slots[slot].Add(value));
        var round = ColumnNormalizer.Round(source.Type);
        var results = Array.ConvertAll(slots, slot => slot.Finish(rows, options, round));
        return new(source.Type, Array.ConvertAll(results, r => r.Scale), Array.ConvertAll(results, r => r.Offset));
    }

    protected abstract void Add(double value);

    /// <summary>Counts in the zeros that were not stored, and gives the slot's scale and offset; both 0 for a slot that says nothing.</summary>
    protected abstract (double Scale, double Offset) Finish(long rows, NormalizerOptions options, Func<double, double> round);

    protected static (double Scale, double Offset) Scale(double range, double offset, Func<double, double> round)
    {
        var scale = round(1 / round(range));
        return (scale, scale == 0 ? 0 : round(offset));
    }
}

/// <summary>Smallest and largest value; NaN counts for neither.</summary>
internal sealed class MinMaxStatistics : NormalizerStatistics
{
    private double _min = double.PositiveInfinity;
    private double _max = double.NegativeInfinity;
    private long _stored;

    protected override void Add(double value)
    {
        _stored++;
        if (value < _min)
            _min = value;
        if (value > _max)
            _max = value;
    }

    protected override (double Scale, double Offset) Finish(long rows, NormalizerOptions options, Func<double, double> round)
    {
        if (_stored < rows)
            Add(0);
        if (!(_max > _min))
            return default;
        return options.FixZero ? Scale(Math.Max(Math.Abs(_max), Math.Abs(_min)), 0, round) : Scale(_max - _min, _min, round);
    }
}

/// <summary>Mean and sum of squared deviations (Welford), in double precision over the finite values; zeros join at the end.</summary>
internal sealed class MeanVarianceStatistics : NormalizerStatistics
{
    private double _mean;
    private double _deviations;
    private long _count;
    private long _skipped;

    protected override void Add(double value)
    {
        if (!double.IsFinite(value))
            _skipped++;
        else if (value != 0)
        {
            var delta = value - _mean;
            _mean += delta / ++_count;
            _deviations += delta * (value - _mean);
        }
    }

    protected override (double Scale, double Offset) Finish(long rows, NormalizerOptions options, Func<double, double> round)
    {
        if (rows - _count - _skipped is > 0 and var zeros)
        {
            _count += zeros;
            var delta = -_mean;
            _mean += delta * zeros / _count;
            _deviations += delta * -_mean * zeros;
        }
        var variance = _deviations / _count;
        if (_deviations == 0 || variance == 0)
            return default;
        return options.FixZero ? Scale(Math.Sqrt(variance + _mean * _mean), 0, round) : Scale(Math.Sqrt(variance), _mean, round);
    }
}
