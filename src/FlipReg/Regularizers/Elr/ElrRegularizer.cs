using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Regularizers.Elr;

/// <summary>Cross-entropy and early-learning regularization.</summary>
internal sealed class ElrRegularizer : Regularizer
{
    private readonly double _strength;
    private readonly ElrTerm _term;
    private Tensor? _target;

    public ElrRegularizer(ElrOptions options, RowBank targets)
    {
        _strength = options.Strength;
        AddState("targets", targets.Values);
        _term = new ElrTerm(targets, options.TargetMomentum);
    }

    public override void Prepare(Batch block)
    {
        _target = SoftTargets.AtLabels(block.Labels, block.Scale.neg(), block.Classes);
        if (_strength > 0)
            _term.Prepare(block);
    }

    public override Tensor Loss(Batch batch, Outputs outputs)
    {
        var loss = SoftTargets.CrossEntropy(outputs.LogProbabilities, batch.Labels).mul(batch.Scale).sum();
        return _strength == 0 ? loss : loss.add(_term.Loss(batch, outputs), Keep(_strength));
    }

    public override Tensor LossGradient(Batch batch, Outputs outputs)
    {
        var gradient = batch.Of(_target!).addcmul(outputs.Probabilities, batch.Scale, Keep(1 - _strength));
        return _strength == 0 ? gradient : _term.AddGradient(gradient, batch, outputs, _strength);
    }

    public override void Observe(Batch block, Outputs outputs) => _term.Observe(block, outputs);
}
