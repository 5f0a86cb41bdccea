using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Regularizers.Fer;

/// <summary>
/// FER with its bank (rows × K) and flags (rows × 1). The closed-form gradient of a row is
/// hard·(p − onehot) + soft·T·(mass·p^T − S), with mass = Σ S; all but p and p^T is gathered once a block.
/// </summary>
internal sealed class FerRegularizer : Regularizer
{
    private readonly FerOptions _options;
    private readonly Tensor _bank;
    private readonly Tensor _everRight;
    private Tensor? _target;
    private Tensor? _hard;
    private Tensor? _softMass;

    public FerRegularizer(FerOptions options, RegularizerContext context)
    {
        _options = options;
        _bank = AddState("bank", zeros([context.Rows, context.Classes], dtype: float32, device: context.Device));
        _everRight = AddState("ever_right", zeros([context.Rows, 1], dtype: float32, device: context.Device));
    }

    public override void Prepare(Batch block)
    {
        var (hard, soft) = RowWeights(block);
        _hard = hard.mul(block.Scale);
        var target = SoftTargets.AtLabels(block.Labels, _hard.neg(), block.Classes);
        if (IsPlain(block))
        {
            (_target, _softMass) = (target, null);
            return;
        }

        var bank = _bank.index_select(0, block.RowIds);
        var scaled = soft.mul(block.Scale).mul_(_options.Temperature);
        _target = target.addcmul_(bank, scaled, -1);
        _softMass = scaled.mul_(bank.sum([1], keepdim: true));
    }

    public override Tensor Loss(Batch batch, Tensor logits)
    {
        var (hard, soft) = RowWeights(batch);
        var loss = IsPlain(batch)
            ? SoftTargets.CrossEntropy(logits, batch.Labels)
            : FerMath.RowLoss(logits, batch.Labels, _bank.index_select(0, batch.RowIds), hard, soft, _options.Temperature);
        return loss.mul(batch.Scale).sum();
    }

    public override Tensor LossGradient(Batch batch, Tensor logits)
    {
        var gradient = batch.Of(_target!).addcmul(nn.functional.softmax(logits, 1), batch.Of(_hard!), 1);
        return _softMass is null ? gradient : gradient.addcmul_(FerMath.Behavior(logits, _options.Temperature), batch.Of(_softMass), 1);
    }

    public override void Observe(Batch block, Tensor logits)
    {
        if (block.Epoch < _options.InitialEpochs)
            return;
        var right = FerMath.Right(logits, block.Labels);
        var weight = _options.AverageBehavior ? FerMath.Confidence(logits, block.Labels, _options.Mu) : ones_like(right);
        if (!_options.NoisyLabels)
            weight = weight.mul(right);
        var behavior = FerMath.Behavior(logits, _options.Temperature);
        _bank.index_copy_(0, block.RowIds, FerMath.Blend(_bank.index_select(0, block.RowIds), behavior, weight));
        _everRight.index_copy_(0, block.RowIds, _everRight.index_select(0, block.RowIds).maximum(right));
    }

    private bool IsPlain(Batch batch) => batch.Epoch <= _options.InitialEpochs;

    /// <summary>Weights of the two terms per row, n×1: (a, b) for rows with a kept behaviour, (1, 0) for the others.</summary>
    private (Tensor Hard, Tensor Soft) RowWeights(Batch batch)
    {
        if (IsPlain(batch))
            return (ones_like(batch.Scale), zeros_like(batch.Scale));
        var (hard, soft) = FerMath.Mix(batch.Epoch, batch.Epochs, _options.Gamma);
        var kept = _options.NoisyLabels ? ones_like(batch.Scale) : _everRight.index_select(0, batch.RowIds);
        return (kept.mul(hard - 1).add_(1), kept.mul(soft));
    }
}
