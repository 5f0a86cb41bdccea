using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Regularizers.LabelSmoothing;

/// <summary>Label smoothing; gradient p − (1−ε)·onehot − ε/K: in a step no more work than cross-entropy.</summary>
internal sealed class LabelSmoothingRegularizer(LabelSmoothingOptions options) : Regularizer
{
    private Tensor? _target;

    public override void Prepare(Batch block) =>
        _target = SoftTargets.AtLabels(block.Labels, block.Scale.mul(Keep(options.Smoothing - 1)), block.Classes)
            .sub_(block.Scale.mul(Keep(options.Smoothing / block.Classes)));

    public override Tensor Loss(Batch batch, Outputs outputs) =>
        SoftTargets.CrossEntropy(outputs.LogProbabilities, batch.Labels).mul(Keep(1 - options.Smoothing))
            .sub(outputs.LogProbabilities.mean([1], keepdim: true).mul(Keep(options.Smoothing))).mul(batch.Scale).sum();

    public override Tensor LossGradient(Batch batch, Outputs outputs) =>
        batch.Of(_target!).addcmul(outputs.Probabilities, batch.Scale, Keep(1));
}
