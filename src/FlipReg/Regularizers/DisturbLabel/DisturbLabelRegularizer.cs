using FlipReg.Data;
using FlipReg.Runtime;
using static TorchSharp.torch;

namespace FlipReg.Regularizers.DisturbLabel;

/// <summary>
/// Cross-entropy with labels of which some are redrawn in every epoch. The draws follow from the fit's seed and the epoch: they are no state, and the members of an
/// ensemble share them, as they share the rows' order.
/// </summary>
internal sealed class DisturbLabelRegularizer(double probability, RegularizerContext context) : Regularizer
{
    private Tensor? _labels;
    private int _epoch;
    private (Batch Block, Tensor Labels)? _drawn;
    private Tensor? _target;

    public override void Prepare(Batch block) => _target = SoftTargets.AtLabels(Drawn(block), block.Scale.neg(), block.Classes);

    public override Tensor Loss(Batch batch, Outputs outputs) => SoftTargets.CrossEntropy(outputs.LogProbabilities, Drawn(batch)).mul(batch.Scale).sum();

    public override Tensor LossGradient(Batch batch, Outputs outputs) => batch.Of(_target!).addcmul(outputs.Probabilities, batch.Scale, Keep(1));

    public override void Observe(Batch block, Outputs outputs) => _drawn = null;

    public override void Dispose()
    {
        _labels?.Dispose();
        base.Dispose();
    }

    /// <summary>The labels of all rows in an epoch.</summary>
    internal long[] Draw(int epoch)
    {
        var random = Seeds.Random(Seeds.Stream(context.FitSeed, 1UL << 43), (ulong)epoch);
        // Two numbers a row, whatever comes of them.
        return [.. context.Labels.Select(label => (Disturbed: random.NextDouble() < probability, Class: random.NextInt64(context.Classes), Given: label)).Select(row => row.Disturbed ? row.Class : row.Given)];
    }

    private Tensor Drawn(Batch batch)
    {
        if (_drawn is { } drawn && ReferenceEquals(drawn.Block, batch))
            return drawn.Labels;
        if (_labels is null || _epoch != batch.Epoch)
        {
            using var scope = NewDisposeScope();
            _labels?.Dispose();
            (_labels, _epoch) = (tensor(Draw(batch.Epoch)).to(context.Device).DetachFromDisposeScope(), batch.Epoch);
        }

        var labels = _labels.index_select(0, batch.RowIds);
        _drawn = (batch, labels);
        return labels;
    }
}
