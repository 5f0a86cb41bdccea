using FlipReg.Data;
using FlipReg.Regularizers.Elr;
using FlipReg.Regularizers.Fer;
using static TorchSharp.torch;

namespace FlipReg.Regularizers.FerElr;

/// <summary>
/// FER in its form for wrong labels, plus c times early-learning regularization with a bank of its own, c = a·λ·min(1, 2e/E). A part of that term's
/// gradient goes into FER's own weight of p.
/// </summary>
internal sealed class FerElrRegularizer : FerRegularizer
{
    private readonly FerElrOptions _options;
    private readonly ElrTerm _term;

    public FerElrRegularizer(FerElrOptions options, RowBank bank, RowBank targets, RegularizerContext context)
        : base(Fer(options), bank, context)
    {
        _options = options;
        AddState("targets", targets.Values);
        _term = new ElrTerm(targets, options.TargetMomentum);
    }

    public override void Prepare(Batch block)
    {
        base.Prepare(block);
        if (Weight(block) is not { } weight)
            return;
        _term.Prepare(block);
        HardShare -= weight;
    }

    public override Tensor Loss(Batch batch, Outputs outputs)
    {
        var loss = base.Loss(batch, outputs);
        return Weight(batch) is { } weight ? loss.Plus(_term.Loss(batch, outputs).mul(Keep(weight))) : loss;
    }

    public override Tensor LossGradient(Batch batch, Outputs outputs)
    {
        var gradient = base.LossGradient(batch, outputs);
        return Weight(batch) is { } weight ? _term.AddGradient(gradient, batch, outputs, weight) : gradient;
    }

    public override void Observe(Batch block, Outputs outputs)
    {
        base.Observe(block, outputs);
        _term.Observe(block, outputs);
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
