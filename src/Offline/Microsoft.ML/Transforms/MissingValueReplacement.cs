using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Mode = Microsoft.ML.Transforms.MissingValueReplacingEstimator.ReplacementMode;

namespace Microsoft.ML.Transforms;

/// <summary>What stands in for the missing values of a column.</summary>
internal abstract class MissingValueReplacement
{
    public abstract DataViewType ItemType { get; }

    // 0: one value for all slots.
    public abstract int SlotCount { get; }

    public static MissingValueReplacement Load(BinaryReader reader) => reader.ReadBoolean()
        ? new MissingValueReplacement<double>(reader.ReadBoolean(), ValueFile.ReadValues<double>(reader))
        : new MissingValueReplacement<float>(reader.ReadBoolean(), ValueFile.ReadValues<float>(reader));

    public abstract void Save(BinaryWriter writer);
    public abstract Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column);
}

internal sealed class MissingValueReplacement<T>(bool bySlot, T[] values) : MissingValueReplacement
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public override DataViewType ItemType { get; } = DataViewTypes.FromRawType(typeof(T));
    public override int SlotCount => bySlot ? values.Length : 0;

    /// <summary>Gathers the replacement of each slot, or of all together (0 slots), in one pass.</summary>
    public static MissingValueReplacement<T> Measure(DataViewRowCursor cursor, DataViewSchema.Column source, Mode mode, int slots, IChannel channel)
    {
        if (mode == Mode.DefaultValue)
            return new(false, [T.Zero]);
        var statistics = new SlotStatistics[Math.Max(1, slots)];
        for (var i = 0; i < statistics.Length; i++)
            statistics[i] = mode switch { Mode.Mean => new Mean(), Mode.Mode => new MostFrequent(), _ => new Extreme(mode == Mode.Maximum) };
        var getter = SlotMapping.AsVector<T>(cursor, source);
        VBuffer<T> buffer = default;
        // Values each slot should have seen; the difference was not stored, thus zero.
        long expected = 0;
        while (cursor.MoveNext())
        {
            getter(ref buffer);
            expected += slots > 0 ? 1 : buffer.Length;
            var values = buffer.GetValues();
            for (var i = 0; i < values.Length; i++)
                statistics[slots == 0 ? 0 : buffer.IsDense ? i : buffer.GetIndices()[i]].Add(values[i]);
        }
        return new(slots > 0, Array.ConvertAll(statistics, slot => slot.Finish(expected, channel)));
    }

    public override void Save(BinaryWriter writer)
    {
        writer.Write(typeof(T) == typeof(double));
        writer.Write(bySlot);
        ValueFile.WriteValues<T>(writer, values);
    }

    public override Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column) => bySlot
        ? SlotMapping.Map(row.GetGetter<VBuffer<T>>(column), (T value, int slot) => T.IsNaN(value) ? values[slot] : value, skipImplicit: true)
        : SlotMapping.MapItems(row, column, (T value) => T.IsNaN(value) ? values[0] : value);

    private abstract class SlotStatistics
    {
        public abstract void Add(T value);
        public abstract T Finish(long expected, IChannel channel);
    }

    /// <summary>Running mean of the values other than zero, scaled down by the zeros at the end.</summary>
    private sealed class Mean : SlotStatistics
    {
        private double _mean;
        private long _count;
        private long _missing;

        public override void Add(T value)
        {
            var x = double.CreateTruncating(value);
            if (x == 0)
                return;
            if (!double.IsFinite(x))
            {
                _missing++;
                return;
            }
            _count++;
            // The difference of values of opposite sign could overflow.
            _mean = (_mean > 0) != (x > 0) ? _mean - _mean / _count + x / _count : _mean + (x - _mean) / _count;
        }

        public override T Finish(long expected, IChannel channel)
        {
            if (expected > _missing)
                return T.CreateTruncating(_mean * ((double)_count / (expected - _missing)));
            channel.Warning("All values in this column are NAs, using default value for imputation");
            return T.Zero;
        }
    }

    private sealed class Extreme(bool maximum) : SlotStatistics
    {
        private T _extreme = maximum ? T.NegativeInfinity : T.PositiveInfinity;
        private long _seen;

        public override void Add(T value)
        {
            _seen++;
            if (maximum ? value > _extreme : value < _extreme)
                _extreme = value;
        }

        public override T Finish(long expected, IChannel channel)
        {
            if (_seen < expected)
                Add(T.Zero);
            return _extreme;
        }
    }

    /// <summary>The most frequent finite stored value; of several the one that came to the count first.</summary>
    private sealed class MostFrequent : SlotStatistics
    {
        private readonly Dictionary<T, int> _counts = [];
        private T _best;
        private int _bestCount;

        public override void Add(T value)
        {
            if (!T.IsFinite(value))
                return;
            var count = _counts[value] = _counts.GetValueOrDefault(value) + 1;
            if (count > _bestCount)
                (_best, _bestCount) = (value, count);
        }

        public override T Finish(long expected, IChannel channel) => _best;
    }
}
