using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Regularizers;

/// <summary>
/// A method whose loss is a function of p[y] alone: its gradient is that of cross-entropy, (p − onehot), times a factor of each row, f = −dL/d(log p[y]).
/// </summary>
internal abstract class LabelFactorRegularizer : Regularizer
{
    private Tensor? _target;
    private Tensor? _labels;

    public override void Prepare(Batch block)
    {
        _target = SoftTargets.AtLabels(block.Labels, block.Scale.neg(), block.Classes);
        _labels = block.Labels.view(-1, 1);
    }

    public override Tensor Loss(Batch batch, Outputs outputs) => RowLoss(outputs.LogProbabilities.gather(1, batch.Labels.view(-1, 1))).mul(batch.Scale).sum();

    public override Tensor LossGradient(Batch batch, Outputs outputs) =>
        batch.Of(_target!).addcmul(outputs.Probabilities, batch.Scale, Keep(1)).mul_(Factor(outputs.Probabilities.gather(1, batch.Of(_labels!))));

    /// <summary>The loss of each row, n×1, from log p[y], n×1.</summary>
    protected abstract Tensor RowLoss(Tensor labelLogProbabilities);

    /// <summary>f of each row, n×1, from p[y], n×1, which it may overwrite.</summary>
    protected abstract Tensor Factor(Tensor labelProbabilities);
}
