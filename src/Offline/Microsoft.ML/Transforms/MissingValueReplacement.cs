namespace Microsoft.ML.Transforms;

/// <summary>What stands in for the missing values of a column: a value of each slot, or one for all. Floats are kept as doubles.</summary>
internal sealed record MissingValueReplacement(DataViewType ItemType, bool BySlot, double[] Values)
{
    /// <summary>Takes the means in one pass; 0 slots: one of all together.</summary>
    public static MissingValueReplacement Measure(DataViewRowCursor cursor, DataViewSchema.Column source, int slots, IChannel channel)
    {
        var means = new SlotMean[Math.Max(1, slots)];
        for (var i = 0; i < means.Length; i++)
            means[i] = new SlotMean();
        var (rows, read) = SlotMapping.ForEachReal(cursor, source, long.MaxValue, (slot, value) => means[slots == 0 ? 0 : slot].Add(value));
        // Values each slot should have seen; the difference was not stored, thus zero.
        var expected = slots > 0 ? rows : read;
        return new(source.Type.ItemTypeOf(), slots > 0, Array.ConvertAll(means, slot => slot.Finish(expected, channel)));
    }

    public Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column)
        => SlotMapping.MapReals(row, column, (value, slot) => double.IsNaN(value) ? Values[BySlot ? slot : 0] : value, skipImplicit: true);

    /// <summary>Running mean of the values other than zero, scaled down by the zeros at the end.</summary>
    private sealed class SlotMean
    {
        private double _mean;
        private long _count;
        private long _missing;

        public void Add(double value)
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

        public double Finish(long expected, IChannel channel)
        {
            if (expected > _missing)
                return _mean * ((double)_count / (expected - _missing));
            channel.Warning("All values in this column are NAs, using default value for imputation");
            return 0;
        }
    }
}
