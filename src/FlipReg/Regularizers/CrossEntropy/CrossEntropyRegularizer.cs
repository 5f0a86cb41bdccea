using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Regularizers.CrossEntropy;

/// <summary>Cross-entropy; gradient softmax(z) − onehot(y).</summary>
internal sealed class CrossEntropyRegularizer : Regularizer
{
    private Tensor? _target;

    public override void Prepare(Batch block) =>
        _target = SoftTargets.AtLabels(block.Labels, block.Scale.neg(), block.Classes);

    public override Tensor Loss(Batch batch, Outputs outputs) => SoftTargets.CrossEntropy(outputs.LogProbabilities, batch.Labels).mul(batch.Scale).sum();

    public override Tensor LossGradient(Batch batch, Outputs outputs) =>
        batch.Of(_target!).addcmul(outputs.Probabilities, batch.Scale, Keep(1));
}
