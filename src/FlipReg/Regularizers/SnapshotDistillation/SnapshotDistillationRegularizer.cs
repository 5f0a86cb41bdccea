using FlipReg.Data;
using FlipReg.Training;
using static TorchSharp.torch;

namespace FlipReg.Regularizers.SnapshotDistillation;

/// <summary>
/// SD; gradient p − onehot + λ·T·(softmax(z/T) − softmax(z′/T)), z′ being the snapshot's logits. As the snapshot is fixed for a cycle, its forward pass is one a block.
/// </summary>
internal sealed class SnapshotDistillationRegularizer(SnapshotDistillationOptions options, RegularizerContext context) : Regularizer
{
    private (Batch Block, Outputs? Outputs)? _snapshot;
    private Tensor? _target;

    public override NetworkNeeds Needs => options.Strength == 0 ? NetworkNeeds.None : NetworkNeeds.Snapshot;

    public override void Prepare(Batch block)
    {
        _target = SoftTargets.AtLabels(block.Labels, block.Scale.neg(), block.Classes);
        if (Snapshot(block) is { } snapshot)
            _target = _target.addcmul_(snapshot.ProbabilitiesAt(options.Temperature), block.Scale, Keep(-options.Strength * options.Temperature));
    }

    public override Tensor Loss(Batch batch, Outputs outputs) =>
        DistillationMath.Loss(outputs, Snapshot(batch), batch.Labels, batch.Scale, options.Strength, options.Temperature);

    public override Tensor LossGradient(Batch batch, Outputs outputs)
    {
        var gradient = batch.Of(_target!).addcmul(outputs.Probabilities, batch.Scale, Keep(1));
        return _snapshot!.Value.Outputs is null ? gradient : gradient.addcmul_(outputs.ProbabilitiesAt(options.Temperature), batch.Scale, Keep(options.Strength * options.Temperature));
    }

    public override void Observe(Batch block, Outputs outputs) => _snapshot = null;

    public override void EndEpoch(int epoch)
    {
        if (Needs != NetworkNeeds.None && CosineCycles.Ends(options, epoch) && epoch < options.Epochs)
            context.Network.TakeSnapshot();
    }

    private Outputs? Snapshot(Batch batch)
    {
        if (_snapshot is { } known && ReferenceEquals(known.Block, batch))
            return known.Outputs;
        var outputs = Needs == NetworkNeeds.None || context.Network.Snapshot(batch) is not { } logits ? null : new Outputs(logits);
        _snapshot = (batch, outputs);
        return outputs;
    }
}
