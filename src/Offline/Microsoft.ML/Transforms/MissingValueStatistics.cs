using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Mode = Microsoft.ML.Transforms.MissingValueReplacingEstimator.ReplacementMode;

namespace Microsoft.ML.Transforms;

/// <summary>Gathers, in one pass, what shall replace the missing values of a column.</summary>
internal abstract class MissingValueStatistics
{
    // slots: how many have a value of their own; 0 for one value over all.
    public static MissingValueStatistics Create(Mode mode, DataViewSchema.Column source, int slots, DataViewRow row)
        => source.Type.ItemTypeOf().RawType == typeof(float)
            ? new MissingValueStatistics<float>(mode, source, slots, row)
            : new MissingValueStatistics<double>(mode, source, slots, row);

    public abstract void AddRow();

    public abstract Replacement Finish(IChannel channel);
}

internal sealed class MissingValueStatistics<T> : MissingValueStatistics
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly bool _bySlot;
    private readonly Action _addRow;
    private readonly SlotStatistics<T>[] _slots;

    // Values that the slots should have seen; fewer seen means that the others were not stored, thus zero.
    private long _expected;

    public MissingValueStatistics(Mode mode, DataViewSchema.Column source, int slots, DataViewRow row)
    {
        _bySlot = slots > 0;
        _slots = new SlotStatistics<T>[Math.Max(1, slots)];
        for (var i = 0; i < _slots.Length; i++)
        {
            _slots[i] = mode switch
            {
                Mode.Mean => new MeanStatistics<T>(),
                Mode.Minimum => new ExtremeStatistics<T>(maximum: false),
                Mode.Maximum => new ExtremeStatistics<T>(maximum: true),
                _ => new ModeStatistics<T>(),
            };
        }
        if (source.Type is VectorDataViewType)
        {
            var getter = row.GetGetter<VBuffer<T>>(source);
            VBuffer<T> buffer = default;
            _addRow = () =>
            {
                getter(ref buffer);
                var values = buffer.GetValues();
                for (var i = 0; i < values.Length; i++)
                    _slots[!_bySlot ? 0 : buffer.IsDense ? i : buffer.GetIndices()[i]].Add(values[i]);
                _expected += _bySlot ? 1 : buffer.Length;
            };
        }
        else
        {
            var getter = row.GetGetter<T>(source);
            T value = default;
            _addRow = () =>
            {
                getter(ref value);
                _slots[0].Add(value);
                _expected++;
            };
        }
    }

    public override void AddRow() => _addRow();

    public override Replacement Finish(IChannel channel)
        => new Replacement<T>(Array.ConvertAll(_slots, slot => slot.Finish(_expected, channel)), _bySlot);
}

internal abstract class SlotStatistics<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    protected long Seen { get; private set; }

    public void Add(T value)
    {
        Seen++;
        AddCore(value);
    }

    public abstract T Finish(long expected, IChannel channel);

    protected abstract void AddCore(T value);
}

/// <summary>Running mean of the values other than zero, scaled down by the zeros at the end.</summary>
internal sealed class MeanStatistics<T> : SlotStatistics<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private double _mean;
    private long _count;
    private long _missing;

    public override T Finish(long expected, IChannel channel)
    {
        if (expected > _missing)
            return T.CreateTruncating(_mean * ((double)_count / (expected - _missing)));
        channel.Warning("All values in this column are NAs, using default value for imputation");
        return T.Zero;
    }

    protected override void AddCore(T value)
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
        if ((_mean > 0) != (x > 0))
            _mean = _mean - _mean / _count + x / _count;
        else
            _mean += (x - _mean) / _count;
    }
}

internal sealed class ExtremeStatistics<T>(bool maximum) : SlotStatistics<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private T _extreme = maximum ? T.NegativeInfinity : T.PositiveInfinity;

    public override T Finish(long expected, IChannel channel)
    {
        if (Seen < expected)
            AddCore(T.Zero);
        return _extreme;
    }

    protected override void AddCore(T value)
    {
        if (maximum ? value > _extreme : value < _extreme)
            _extreme = value;
    }
}

/// <summary>The most frequent finite stored value; of several the one that came to the count first.</summary>
internal sealed class ModeStatistics<T> : SlotStatistics<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Dictionary<T, int> _counts = [];
    private T _mode;
    private int _count;

    public override T Finish(long expected, IChannel channel) => _mode;

    protected override void AddCore(T value)
    {
        if (!T.IsFinite(value))
            return;
        var count = _counts[value] = _counts.GetValueOrDefault(value) + 1;
        if (count > _count)
            (_mode, _count) = (value, count);
    }
}
