using FlipReg.Data;
using FlipReg.Runtime;
using static TorchSharp.torch;

namespace FlipReg.Regularizers.PDiff;

/// <summary>
/// P-DIFF: cross-entropy of the rows that are kept. Which are follows from a histogram that every step changes, so that a step does more than cross-entropy's;
/// it stays on the device.
/// </summary>
internal sealed class PDiffRegularizer : Regularizer
{
    private static readonly string[] _figureNames = ["drop rate", "kept share", "empty steps"];

    private readonly PDiffOptions _options;
    private readonly int _stepsOfEpoch;
    private readonly PDiffWindow _window;
    private readonly Tensor _sums;
    private readonly Tensor _magnitudes;
    private readonly Counter _epochRows;
    private Tensor? _target;
    private PDiffBlock? _block;

    /// <param name="options">The options, resolved.</param>
    /// <param name="context">The fit.</param>
    public PDiffRegularizer(PDiffOptions options, RegularizerContext context)
    {
        (_options, _stepsOfEpoch) = (options, context.StepsOfEpoch);
        using var scope = NewDisposeScope();
        // A step's rows come before others leave.
        _window = new(
            AddState("window", zeros([(options.Window!.Value + 1L) * options.BatchSize!.Value], dtype: int64, device: context.Device)),
            AddState("counts", zeros([options.Histogram.Bins + 1], dtype: float64, device: context.Device)),
            AddState("rate", zeros([1], dtype: float64, device: context.Device)),
            AddCounter("iterations"), AddCounter("next"), AddCounter("length"));
        _sums = AddState("sums", zeros([2], dtype: float64, device: context.Device));
        _epochRows = AddCounter("rows");
        _magnitudes = tensor(options.Histogram.Magnitudes()).to(context.Device).DetachFromDisposeScope();
    }

    public override IReadOnlyList<string> FigureNames => _figureNames;

    public override void Prepare(Batch block)
    {
        _target = SoftTargets.AtLabels(block.Labels, block.Scale.neg(), block.Classes);
        _block = new PDiffBlock(_options, _window, _stepsOfEpoch, _magnitudes, block);
    }

    public override Tensor Loss(Batch batch, Outputs outputs)
    {
        var kept = _block is { IsDone: true } && ReferenceEquals(_block.Block, batch) ? _block.Kept : KeptOf(batch, outputs);
        return SoftTargets.CrossEntropy(outputs.LogProbabilities, batch.Labels).mul(kept.mul(batch.Scale)).sum();
    }

    public override Tensor LossGradient(Batch batch, Outputs outputs)
    {
        var gradient = batch.Of(_target!).addcmul(outputs.Probabilities, batch.Scale, Keep(1));
        return _block!.Step(outputs.Probabilities, batch.Rows) is { } kept ? gradient.mul_(kept) : gradient;
    }

    public override void Observe(Batch block, Outputs outputs)
    {
        if (!ReferenceEquals(_block?.Block, block) || !_block.IsDone)
            throw new InvalidOperationException("A block is observed after the gradients of its steps.");
        _block.Commit();
        _sums.Plus_(stack([_block.Kept.sum(), _block.EmptySteps()]));
        _epochRows.Value += block.Rows;
        (_block, _target) = (null, null);
    }

    public override Tensor Figures() => cat([_window.Rate, _sums.div(tensor(new double[] { _epochRows.Value, 1 }).to(_sums.device))]);

    public override void EndEpoch(int epoch)
    {
        _sums.zero_();
        _epochRows.Value = 0;
    }

    public override void Dispose()
    {
        _magnitudes.Dispose();
        base.Dispose();
    }

    /// <summary>Which rows of a block would count, without a change to the state.</summary>
    private Tensor KeptOf(Batch batch, Outputs outputs)
    {
        using var noGrad = no_grad();
        var block = new PDiffBlock(_options, _window, _stepsOfEpoch, _magnitudes, batch);
        for (var first = 0; first < batch.Rows; first += batch.StepRows)
        {
            var rows = Math.Min(batch.StepRows, batch.Rows - first);
            block.Step(outputs.Probabilities.detach().narrow(0, first, rows), rows);
        }

        return block.Kept;
    }
}
