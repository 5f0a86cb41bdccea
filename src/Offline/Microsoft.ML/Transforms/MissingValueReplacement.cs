using Mode = Microsoft.ML.Transforms.MissingValueReplacingEstimator.ReplacementMode;

namespace Microsoft.ML.Transforms;

/// <summary>What stands in for the missing values of a column: a value of each slot, or one for all. Floats are kept as doubles.</summary>
internal sealed record MissingValueReplacement(DataViewType ItemType, bool BySlot, double[] Values)
{
    /// <summary>Gathers the replacements in one pass; 0 slots: one of all together.</summary>
    public static MissingValueReplacement Measure(DataViewRowCursor cursor, DataViewSchema.Column source, Mode mode, int slots, IChannel channel)
    {
        var statistics = new SlotStatistics[Math.Max(1, slots)];
        for (var i = 0; i < statistics.Length; i++)
            statistics[i] = mode switch { Mode.Mean => new Mean(), Mode.Mode => new MostFrequent(), _ => new Extreme(mode == Mode.Maximum) };
        var (rows, read) = SlotMapping.ForEachReal(cursor, source, long.MaxValue, (slot, value) => statistics[slots == 0 ? 0 : slot].Add(value));
        // Values each slot should have seen; the difference was not stored, thus zero.
        var expected = slots > 0 ? rows : read;
        return new(source.Type.ItemTypeOf(), slots > 0, Array.ConvertAll(statistics, slot => slot.Finish(expected, channel)));
    }

    public Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column)
        => SlotMapping.MapReals(row, column, (value, slot) => double.IsNaN(value) ? Values[BySlot ? slot : 0] : value, skipImplicit: true);

    private abstract class SlotStatistics
    {
        public abstract void Add(double value);
        public abstract double Finish(long expected, IChannel channel);
    }

    /// <summary>Running mean of the values other than zero, scaled down by the zeros at the end.</summary>
    private sealed class Mean : SlotStatistics
    {
        private double _mean;
        private long _count;
        private long _missing;

        public override void Add(double value)
        {
            if (!double.IsFinite(value))
                _missing++;
            else if (value != 0)
            {
                _count++;
                // The difference of values of opposite sign could overflow.
                _mean = (_mean > 0) != (value > 0) ? _mean - _mean / _count + value / _count : _mean + (value - _mean) / _count;
            }
        }

        public override double Finish(long expected, IChannel channel)
        {
            if (expected > _missing)
                return _mean * ((double)_count / (expected - _missing));
            channel.Warning("All values in this column are NAs, using default value for imputation");
            return 0;
        }
    }

    private sealed class Extreme(bool maximum) : SlotStatistics
    {
        private double _extreme = maximum ? double.NegativeInfinity : double.PositiveInfinity;
        private long _seen;

        public override void Add(double value)
        {
            _seen++;
            if (maximum ? value > _extreme : value < _extreme)
                _extreme = value;
        }

        public override double Finish(long expected, IChannel channel)
        {
            if (_seen < expected)
                Add(0);
            return _extreme;
        }
    }

    /// <summary>The most frequent finite stored value; of several the one that came to the count first.</summary>
    private sealed class MostFrequent : SlotStatistics
    {
        private readonly Dictionary<double, int> _counts = [];
        private double _best;
        private int _bestCount;

        public override void Add(double value)
        {
            if (!double.IsFinite(value))
                return;
            var count = _counts[value] = _counts.GetValueOrDefault(value) + 1;
            if (count > _bestCount)
                (_best, _bestCount) = (value, count);
        }

        public override double Finish(long expected, IChannel channel) => _best;
    }
}
