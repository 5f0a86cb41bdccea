using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Regularizers.CsKd;

/// <summary>CS-KD; gradient p − onehot + λ·T·(softmax(z/T) − softmax(z′/T)).</summary>
internal sealed class CsKdRegularizer : Regularizer
{
    private readonly CsKdOptions _options;
    private readonly INetworkView _network;
    private Tensor? _target;

    public CsKdRegularizer(CsKdOptions options, RegularizerContext context)
    {
        (_options, _network) = (options, context.Network);
        context.WarnOfSingleRows("CS-KD", "It learns from no other row there: give these classes more rows, or leave them out.");
    }

    public override NetworkNeeds Needs => _options.Strength == 0 ? NetworkNeeds.None : NetworkNeeds.Companions;

    public override void Prepare(Batch block) => _target = SoftTargets.AtLabels(block.Labels, block.Scale.neg(), block.Classes);

    public override Tensor Loss(Batch batch, Outputs outputs) =>
        DistillationMath.Loss(outputs, Needs == NetworkNeeds.None ? null : new Outputs(_network.Companions(batch)), batch.Labels, batch.Scale, _options.Strength, _options.Temperature);

    public override Tensor LossGradient(Batch batch, Outputs outputs)
    {
        var gradient = batch.Of(_target!).addcmul(outputs.Probabilities, batch.Scale, Keep(1));
        if (Needs == NetworkNeeds.None)
            return gradient;
        var difference = outputs.ProbabilitiesAt(_options.Temperature).sub_(new Outputs(_network.Companions(batch)).ProbabilitiesAt(_options.Temperature));
        return gradient.addcmul_(difference, batch.Scale, Keep(_options.Strength * _options.Temperature));
    }
}
