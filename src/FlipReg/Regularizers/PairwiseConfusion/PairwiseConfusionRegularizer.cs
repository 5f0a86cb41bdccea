using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Regularizers.PairwiseConfusion;

/// <summary>Cross-entropy + λ·Σ scale·‖p − p′‖ over the pairs of a step.</summary>
internal sealed class PairwiseConfusionRegularizer(double strength) : Regularizer
{
    private Tensor? _target;

    public override void Prepare(Batch block) => _target = SoftTargets.AtLabels(block.Labels, block.Scale.neg(), block.Classes);

    public override Tensor Loss(Batch batch, Outputs outputs)
    {
        var loss = SoftTargets.CrossEntropy(outputs.LogProbabilities, batch.Labels).mul(batch.Scale).sum();
        if (strength == 0)
            return loss;
        // Rows are paired within their step.
        for (var first = 0; first < batch.Rows; first += batch.StepRows)
        {
            var rows = Math.Min(batch.StepRows, batch.Rows - first);
            var (left, right) = PairwiseConfusionMath.Halves(outputs.Probabilities.narrow(0, first, rows));
            loss = loss.add(PairwiseConfusionMath.Distance(left.sub(right)).mul(PairwiseConfusionMath.PairScale(batch.Scale.narrow(0, first, rows))).sum(), Keep(strength));
        }

        return loss;
    }

    public override Tensor LossGradient(Batch batch, Outputs outputs)
    {
        var gradient = batch.Of(_target!).addcmul(outputs.Probabilities, batch.Scale, Keep(1));
        return strength == 0 || batch.Rows < 2
            ? gradient
            : PairwiseConfusionMath.AddGradient(gradient, outputs.Probabilities, PairwiseConfusionMath.PairScale(batch.Scale).mul_(Keep(strength)));
    }
}
