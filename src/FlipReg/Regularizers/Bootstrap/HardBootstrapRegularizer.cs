using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Regularizers.Bootstrap;

/// <summary>Hard bootstrapping: cross-entropy with β·onehot(y) + (1−β)·onehot(argmax z); gradient p less that.</summary>
internal sealed class HardBootstrapRegularizer(double labelWeight) : Regularizer
{
    private Tensor? _target;

    public override void Prepare(Batch block) =>
        _target = SoftTargets.AtLabels(block.Labels, block.Scale.mul(Keep(-labelWeight)), block.Classes);

    public override Tensor Loss(Batch batch, Outputs outputs) =>
        SoftTargets.CrossEntropy(outputs.LogProbabilities, batch.Labels).mul(Keep(labelWeight))
            .sub(outputs.LogProbabilities.amax([1], keepdim: true).mul(Keep(1 - labelWeight))).mul(batch.Scale).sum();

    public override Tensor LossGradient(Batch batch, Outputs outputs)
    {
        var gradient = batch.Of(_target!).addcmul(outputs.Probabilities, batch.Scale, Keep(1));
        return labelWeight == 1 ? gradient : gradient.scatter_add_(1, outputs.Logits.argmax(1, keepdim: true), batch.Scale.mul(Keep(labelWeight - 1)));
    }
}
