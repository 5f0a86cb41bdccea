using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Regularizers.PDiff;

/// <summary>
/// A block of steps on its way through the window. The histogram changes with every step; what leaves it follows from the numbers of rows alone,
/// so that for the whole block it is counted at once. The window itself changes in <see cref="Commit"/> only.
/// </summary>
internal sealed class PDiffBlock
{
    private readonly PDiffOptions _options;
    private readonly PDiffWindow _window;
    private readonly int _stepsOfEpoch;
    private readonly Tensor _labels;
    private readonly Tensor _away;
    private readonly Tensor _ones;
    private readonly Tensor _counts;
    private readonly Tensor _bins;
    private readonly Tensor _magnitudes;
    private readonly List<Leaving> _leaving = [];
    private readonly Tensor? _leavingOld;
    private readonly Tensor _rate;
    private int _step;
    private int _rows;

    public PDiffBlock(PDiffOptions options, PDiffWindow window, int stepsOfEpoch, Tensor magnitudes, Batch block)
    {
        (_options, _window, _stepsOfEpoch, _magnitudes, Block) = (options, window, stepsOfEpoch, magnitudes, block);
        _labels = block.Labels.view(-1, 1);
        _away = PDiffMath.Away(block.Labels, block.Classes);
        (_counts, _rate) = (window.Counts.clone(), window.Rate.clone());
        _bins = empty_like(block.Labels);
        _ones = ones([block.Rows], dtype: float64, device: block.Labels.device);
        Kept = ones([block.Rows, 1], dtype: float32, device: block.Labels.device);
        _leavingOld = CountLeaving();
    }

    /// <summary>The block of steps.</summary>
    public Batch Block { get; }

    /// <summary>1 for rows that count and 0 for those that are dropped, n×1, as far as the steps have come.</summary>
    public Tensor Kept { get; }

    /// <summary>Whether all steps are made.</summary>
    public bool IsDone => _rows == Block.Rows;

    /// <summary>Makes the next step, from the probabilities of its rows; returns what rows of it count, n×1, or null where all do.</summary>
    public Tensor? Step(Tensor probabilities, int rows)
    {
        var bins = _bins.narrow(0, _rows, rows);
        var difference = PDiffMath.Difference(probabilities, _labels.narrow(0, _rows, rows), _away.narrow(0, _rows, rows));
        PDiffMath.Bins(difference.view(-1), _options.Histogram, bins);
        _counts.scatter_add_(0, bins, _ones.narrow(0, 0, rows));
        var leaving = _leaving[_step];
        if (_leavingOld is not null)
            _counts.sub_(_leavingOld.select(0, _step));
        if (leaving.OwnRows > 0)
            _counts.sub_(zeros_like(_counts).scatter_add_(0, _bins.narrow(0, leaving.OwnStart, leaving.OwnRows), _ones.narrow(0, 0, leaving.OwnRows)));
        var iteration = _window.Iterations.Value + ++_step;
        var kept = Kept.narrow(0, _rows, rows);
        _rows += rows;
        if (iteration < Math.Max(_options.StartIteration, _options.Window!.Value))
            return null;
        var cumulative = _counts.cumsum(0);
        // At or above the cut is where the cumulative share is above R.
        var shares = cumulative.index_select(0, bins);
        kept.copy_((_options.NoiseRate is { } noise
            ? shares.gt(Keep((SetKnown(noise, iteration) + PDiffMath.Margin) * leaving.Length))
            : shares.gt(SetUnknown(cumulative, iteration, leaving.Length).Plus(PDiffMath.Margin).mul_(Keep(leaving.Length)))).view(-1, 1));
        return kept;
    }

    /// <summary>Brings the window to the end of the block.</summary>
    public void Commit()
    {
        _window.Counts.copy_(_counts);
        _window.Rate.copy_(_rate);
        _window.Append(_bins, _leaving[^1].Length);
        _window.Iterations.Value += _step;
    }

    /// <summary>Steps without a row that counts, a scalar.</summary>
    public Tensor EmptySteps()
    {
        var full = Block.Rows / Block.StepRows;
        var rows = full * Block.StepRows;
        var empty = Kept.narrow(0, 0, rows).view(full, Block.StepRows).amax([1]).eq(Keep(0)).sum();
        return rows == Block.Rows ? empty : empty.Plus(Kept.narrow(0, rows, Block.Rows - rows).amax().eq(Keep(0)));
    }

    private double SetKnown(double noise, long iteration)
    {
        var rate = PDiffMath.KnownRate(noise, iteration / _stepsOfEpoch, _options.RampEpochs);
        _rate.fill_(Keep(rate));
        return rate;
    }

    /// <summary>R where the rate is unknown: the share of rows below a δ that rises to 0, until they are told apart.</summary>
    private Tensor SetUnknown(Tensor cumulative, long iteration, long length)
    {
        var epoch = iteration / _stepsOfEpoch;
        var below = _options.Histogram.Of(-1 + Math.Min(1, (double)epoch / _options.RampEpochs));
        var share = cumulative.narrow(0, below, 1).div(Keep(length));
        if (epoch <= _options.RampEpochs)
            return _rate.copy_(share);
        var saturation = _counts.narrow(0, 0, _options.Histogram.Bins).dot(_magnitudes);
        return _rate.copy_(where(saturation.lt(Keep(_options.Saturation * length)), share, _rate));
    }

    /// <summary>
    /// For each step, what leaves the window after its rows have come: as long as it holds more than window · rows of the step, the oldest row. Returns the
    /// histograms of those that were there before the block, steps × bins, or null where none of them leaves.
    /// </summary>
    private Tensor? CountLeaving()
    {
        var (before, length) = (_window.Length.Value, _window.Length.Value);
        // Rows that have left so far: first those from before the block, then its own.
        var left = 0L;
        var steps = new List<long>();
        for (var first = 0; first < Block.Rows; first += Block.StepRows)
        {
            var rows = Math.Min(Block.StepRows, Block.Rows - first);
            length += rows;
            var leaving = Math.Max(0, length - ((long)_options.Window!.Value * rows));
            var old = Math.Min(leaving, Math.Max(0, before - left));
            steps.AddRange(Enumerable.Repeat((long)_leaving.Count * _counts.shape[0], (int)old));
            _leaving.Add(new Leaving(length -= leaving, (int)Math.Max(0, left - before), (int)(leaving - old)));
            left += leaving;
        }

        if (steps.Count == 0)
            return null;
        var places = tensor(steps.ToArray()).to(_bins.device).add_(_window.Oldest(steps.Count), Keep(1));
        return zeros([_leaving.Count * _counts.shape[0]], dtype: float64, device: _bins.device)
            .scatter_add_(0, places, ones([steps.Count], dtype: float64, device: _bins.device)).view(_leaving.Count, -1);
    }

    /// <param name="Length">Rows in the window after the step.</param>
    /// <param name="OwnStart">First row of the block that leaves.</param>
    /// <param name="OwnRows">Rows of the block that leave.</param>
    private readonly record struct Leaving(long Length, int OwnStart, int OwnRows);
}
