using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Regularizers.CrossEntropy;

/// <summary>Cross-entropy; gradient softmax(z) − onehot(y). Of mixed images, of both labels by their shares.</summary>
internal sealed class CrossEntropyRegularizer : Regularizer
{
    private Tensor? _target;

    public override void Prepare(Batch block) => _target = block.Mix is not { } mix
        ? SoftTargets.AtLabels(block.Labels, block.Scale.neg(), block.Classes)
        : SoftTargets.AtLabels(block.Labels, block.Scale.mul(mix.Share).neg_(), block.Classes)
            .Plus_(SoftTargets.AtLabels(mix.Labels, block.Scale.mul(mix.Share.Plus(-1)), block.Classes));

    public override Tensor Loss(Batch batch, Outputs outputs)
    {
        var loss = SoftTargets.CrossEntropy(outputs.LogProbabilities, batch.Labels);
        if (batch.Mix is { } mix)
            loss = loss.mul(mix.Share).Plus(SoftTargets.CrossEntropy(outputs.LogProbabilities, mix.Labels).mul(mix.Share.neg().Plus_(1)));
        return loss.mul(batch.Scale).sum();
    }

    public override Tensor LossGradient(Batch batch, Outputs outputs) =>
        batch.Of(_target!).addcmul(outputs.Probabilities, batch.Scale, Keep(1));
}
