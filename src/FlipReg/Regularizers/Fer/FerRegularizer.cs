using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Regularizers.Fer;

/// <summary>
/// FER with its bank (rows × K) and flags (rows × 1). The closed-form gradient of a row is
/// hard·(p − onehot) + soft·T·(mass·p^T − S), with mass = Σ S; all but p and p^T is gathered once a block.
/// </summary>
internal class FerRegularizer : Regularizer
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
        if (IsPlain(block))
        {
            (_hard, _softMass) = (block.Scale, null);
            _target = SoftTargets.AtLabels(block.Labels, _hard.neg(), block.Classes);
            return;
        }

        var (hard, soft) = RowWeights(block);
        _hard = hard.mul(block.Scale);
        var bank = _bank.index_select(0, block.RowIds);
        var scaled = soft.mul(block.Scale).mul_(Keep(_options.Temperature));
        _target = SoftTargets.AtLabels(block.Labels, _hard.neg(), block.Classes).addcmul_(bank, scaled, Keep(-1));
        _softMass = scaled.mul_(bank.sum([1], keepdim: true));
    }

    public override Tensor Loss(Batch batch, Outputs outputs)
    {
        if (IsPlain(batch))
            return SoftTargets.CrossEntropy(outputs.LogProbabilities, batch.Labels).mul(batch.Scale).sum();
        var (hard, soft) = RowWeights(batch);
        var softened = outputs.LogProbabilitiesAt(_options.Temperature);
        return FerMath.RowLoss(outputs.LogProbabilities, softened, batch.Labels, _bank.index_select(0, batch.RowIds), hard, soft, _options.Temperature)
            .mul(batch.Scale).sum();
    }

    public override Tensor LossGradient(Batch batch, Outputs outputs)
    {
        var gradient = batch.Of(_target!).addcmul(outputs.Probabilities, batch.Of(_hard!), Keep(1));
        return _softMass is null ? gradient : gradient.addcmul_(Behavior(outputs), batch.Of(_softMass), Keep(1));
    }

    public override void Observe(Batch block, Outputs outputs)
    {
        if (block.Epoch < _options.InitialEpochs)
            return;
        var right = outputs.Right(block.Labels).to(float32).view(-1, 1);
        var weight = _options.AverageBehavior ? FerMath.Confidence(outputs.LogProbabilities, block.Labels, _options.Mu) : ones_like(right);
        if (!_options.NoisyLabels)
            weight = weight.mul(right);
        _bank.index_copy_(0, block.RowIds, FerMath.Blend(_bank.index_select(0, block.RowIds), Behavior(outputs), weight));
        _everRight.index_copy_(0, block.RowIds, _everRight.index_select(0, block.RowIds).maximum(right));
    }

    /// <summary>softmax(z/T), n×K.</summary>
    private Tensor Behavior(Outputs outputs) => outputs.LogProbabilitiesAt(_options.Temperature).exp();

    private bool IsPlain(Batch batch) => batch.Epoch <= _options.InitialEpochs;

    /// <summary>Weights of the two terms per row, n×1: (a, b) for rows with a kept behaviour, (1, 0) for the others.</summary>
    private (Tensor Hard, Tensor Soft) RowWeights(Batch batch)
    {
        var (hard, soft) = FerMath.Mix(batch.Epoch, batch.Epochs, _options.Gamma);
        var kept = _options.NoisyLabels ? ones_like(batch.Scale) : _everRight.index_select(0, batch.RowIds);
        return (kept.mul(Keep(hard - 1)).Plus_(1), kept.mul(Keep(soft)));
    }
}
