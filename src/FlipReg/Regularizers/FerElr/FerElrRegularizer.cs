using FlipReg.Data;
using FlipReg.Regularizers.Fer;
using static TorchSharp.torch;

namespace FlipReg.Regularizers.FerElr;

/// <summary>
/// FER in its form for wrong labels, plus early-learning regularization with a bank of its own, t (rows × K). The closed-form gradient of a row
/// gains −c·p⊙(t − ⟨p, t⟩) / (1 + ε − ⟨p, t⟩), c = a·λ·min(1, 2e/E). As p sums to 1, that is c·p⊙(u / ⟨p, u⟩ − 1) with u = t − 1 − ε, of which
/// the last term goes into FER's own weight of p.
/// </summary>
internal sealed class FerElrRegularizer : FerRegularizer
{
    /// <summary>Added to 1 − ⟨p, t⟩, which rounds to 0 where a row is certain.</summary>
    private const double Epsilon = 1e-6;

    private readonly FerElrOptions _options;
    private readonly Tensor _targets;
    private (Batch Batch, Tensor Values)? _remembered;
    private Tensor? _shifted;

    public FerElrRegularizer(FerElrOptions options, RegularizerContext context)
        : base(Fer(options), context)
    {
        _options = options;
        _targets = AddState("targets", zeros([context.Rows, context.Classes], dtype: float32, device: context.Device));
    }

    public override void Prepare(Batch block)
    {
        base.Prepare(block);
        if (Weight(block) is not { } weight)
            return;
        _shifted = Remembered(block).Plus(-1 - Epsilon);
        HardShare -= weight;
    }

    public override Tensor Loss(Batch batch, Outputs outputs)
    {
        var loss = base.Loss(batch, outputs);
        if (Weight(batch) is not { } weight)
            return loss;
        var p = outputs.Probabilities;
        var agreement = p.mul(Remembered(batch).add(p.detach(), NewestShare)).sum([1], keepdim: true);
        return loss.Plus(agreement.neg().Plus(1 + Epsilon).log().mul(batch.Scale).sum().mul(Keep(weight)));
    }

    public override Tensor LossGradient(Batch batch, Outputs outputs)
    {
        var gradient = base.LossGradient(batch, outputs);
        if (Weight(batch) is not { } weight)
            return gradient;
        var product = batch.Of(_shifted!).add(outputs.Probabilities, NewestShare).mul_(outputs.Probabilities);
        return gradient.addcmul_(product, batch.Scale.div(product.sum([1], keepdim: true)), Keep(weight));
    }

    public override void Observe(Batch block, Outputs outputs)
    {
        base.Observe(block, outputs);
        _targets.index_copy_(0, block.RowIds, Remembered(block).add_(outputs.Probabilities, NewestShare));
        _remembered = null;
    }

    /// <summary>1 − β: t after a row is seen is β·t + (1−β)·p.</summary>
    private TorchSharp.Scalar NewestShare => Keep(1 - _options.TargetMomentum);

    /// <summary>β·t of a batch's rows before they are seen, gathered once between two updates.</summary>
    private Tensor Remembered(Batch batch)
    {
        if (_remembered is { } gathered && ReferenceEquals(gathered.Batch, batch))
            return gathered.Values;
        _remembered = (batch, SoftTargets.ByColumns(_targets.index_select(0, batch.RowIds)).mul_(Keep(_options.TargetMomentum)));
        return _remembered.Value.Values;
    }

    /// <summary>c = a·λ·min(1, 2e/E), or null in the initial epochs and where there is no regularization.</summary>
    private double? Weight(Batch batch)
    {
        if (batch.Epoch <= _options.InitialEpochs || _options.Strength == 0)
            return null;
        var (hard, _) = FerMath.Mix(batch.Epoch, batch.Epochs, _options.Gamma);
        return hard * _options.Strength * Math.Min(1, 2.0 * batch.Epoch / batch.Epochs);
    }

    private static FerOptions Fer(FerElrOptions options) => new()
    {
        Temperature = options.Temperature,
        Mu = options.Mu,
        Gamma = options.Gamma,
        InitialEpochs = options.InitialEpochs,
        NoisyLabels = true,
    };
}
