using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Regularizers.MaxEntropy;

/// <summary>Loss hard·CE + soft·H(p): the maximum-entropy method, and soft bootstrapping. Gradient hard·(p − onehot) − soft·p⊙(log p + H).</summary>
internal sealed class EntropyRegularizer(double hard, double soft) : Regularizer
{
    private Tensor? _target;

    public override void Prepare(Batch block) =>
        _target = SoftTargets.AtLabels(block.Labels, block.Scale.mul(Keep(-hard)), block.Classes);

    public override Tensor Loss(Batch batch, Outputs outputs) =>
        SoftTargets.CrossEntropy(outputs.LogProbabilities, batch.Labels).mul(Keep(hard)).add(EntropyMath.Entropy(outputs), Keep(soft)).mul(batch.Scale).sum();

    public override Tensor LossGradient(Batch batch, Outputs outputs)
    {
        var gradient = batch.Of(_target!).addcmul(outputs.Probabilities, batch.Scale, Keep(hard));
        return soft == 0 ? gradient : EntropyMath.AddGradient(gradient, outputs, batch.Scale, soft);
    }
}
