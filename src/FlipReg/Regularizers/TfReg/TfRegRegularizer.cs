using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Regularizers.TfReg;

/// <summary>TF-Reg; gradient (1−α)·(p − onehot) + α·T·(p^T − d^T). The teacher d^T has two values: the label's and the others'.</summary>
internal sealed class TfRegRegularizer : Regularizer
{
    private readonly double _temperature;
    private readonly double _strength;
    private readonly double _label;
    private readonly double _other;
    private readonly double _constant;
    private Tensor? _target;

    public TfRegRegularizer(TfRegOptions options, int classes)
    {
        (_temperature, _strength) = (options.Temperature, options.Strength);
        (_label, _other) = TfRegMath.Teacher(options.LabelProbability, options.Temperature, classes);
        _constant = (_label * Math.Log(_label)) + ((classes - 1) * _other * Math.Log(_other));
    }

    public override void Prepare(Batch block) =>
        _target = SoftTargets.AtLabels(block.Labels, block.Scale.mul(Keep(_strength - 1 - (_strength * _temperature * (_label - _other)))), block.Classes)
            .sub_(block.Scale.mul(Keep(_strength * _temperature * _other)));

    public override Tensor Loss(Batch batch, Outputs outputs)
    {
        var softened = outputs.LogProbabilitiesAt(_temperature);
        // Σ d·log p = (d[y] − d[other])·log p[y] + d[other]·Σ log p.
        var divergence = SoftTargets.CrossEntropy(softened, batch.Labels).mul(Keep(_label - _other)).sub(softened.sum([1], keepdim: true).mul(Keep(_other))).Plus(_constant);
        return SoftTargets.CrossEntropy(outputs.LogProbabilities, batch.Labels).mul(Keep(1 - _strength))
            .add(divergence, Keep(_strength * _temperature * _temperature)).mul(batch.Scale).sum();
    }

    public override Tensor LossGradient(Batch batch, Outputs outputs)
    {
        var gradient = batch.Of(_target!).addcmul(outputs.Probabilities, batch.Scale, Keep(1 - _strength));
        return _strength == 0 ? gradient : gradient.addcmul_(outputs.ProbabilitiesAt(_temperature), batch.Scale, Keep(_strength * _temperature));
    }
}
