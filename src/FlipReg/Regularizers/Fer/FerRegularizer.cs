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
    private readonly RowBank _bank;
    private readonly Tensor _everRight;
    private Tensor? _target;
    private Tensor? _hard;
    private Tensor? _softMass;
    private (Batch Batch, Tensor Bank, Tensor EverRight, Tensor Hard, Tensor Soft)? _rows;

    public FerRegularizer(FerOptions options, RowBank bank, RegularizerContext context)
    {
        (_options, _bank) = (options, bank);
        AddState("bank", bank.Values);
        _everRight = AddState("ever_right", zeros([context.Rows, 1], dtype: float32, device: context.Device));
    }

    /// <summary>A row's weight of p in the gradients of the prepared block, times its scale (and <see cref="_hard"/>, where that is not null).</summary>
    protected double HardShare { get; set; }

    public override void Prepare(Batch block)
    {
        (_hard, _softMass, HardShare) = (null, null, 1);
        if (IsPlain(block))
        {
            _target = SoftTargets.AtLabels(block.Labels, block.Scale.neg(), block.Classes);
            return;
        }

        var (_, bank, _, hard, soft) = Rows(block);
        var scaledHard = hard.mul(block.Scale);
        if (_options.NoisyLabels)
            (HardShare, _) = FerMath.Mix(block.Epoch, block.Epochs, _options.Gamma);
        else
            _hard = scaledHard;
        var scaled = soft.mul(block.Scale).mul_(Keep(_options.Temperature));
        _target = SoftTargets.AtLabels(block.Labels, scaledHard.neg(), block.Classes).addcmul_(bank, scaled, Keep(-1));
        _softMass = scaled.mul_(bank.sum([1], keepdim: true));
    }

    public override Tensor Loss(Batch batch, Outputs outputs)
    {
        if (IsPlain(batch))
            return SoftTargets.CrossEntropy(outputs.LogProbabilities, batch.Labels).mul(batch.Scale).sum();
        var (_, bank, _, hard, soft) = Rows(batch);
        var softened = outputs.LogProbabilitiesAt(_options.Temperature);
        return FerMath.RowLoss(outputs.LogProbabilities, softened, batch.Labels, bank, hard, soft, _options.Temperature).mul(batch.Scale).sum();
    }

    public override Tensor LossGradient(Batch batch, Outputs outputs)
    {
        var gradient = batch.Of(_target!).addcmul(outputs.Probabilities, _hard is null ? batch.Scale : batch.Of(_hard), Keep(HardShare));
        return _softMass is null ? gradient : gradient.addcmul_(outputs.ProbabilitiesAt(_options.Temperature), batch.Of(_softMass), Keep(1));
    }

    public override void Observe(Batch block, Outputs outputs)
    {
        if (block.Epoch < _options.InitialEpochs)
            return;
        var right = outputs.Right(block.Labels).to(float32).view(-1, 1);
        var weight = _options.AverageBehavior ? FerMath.Confidence(outputs.LogProbabilities, block.Labels, _options.Mu) : ones_like(right);
        if (!_options.NoisyLabels)
            weight = weight.mul(right);
        var (_, bank, everRight, _, _) = Rows(block);
        _bank.Write(block, FerMath.Blend(bank, outputs.ProbabilitiesAt(_options.Temperature), weight));
        _everRight.index_copy_(0, block.RowIds, everRight.maximum(right));
        _rows = null;
    }

    private bool IsPlain(Batch batch) => batch.Epoch <= _options.InitialEpochs;

    /// <summary>
    /// The state of a batch's rows, gathered once between two updates, and per row the weights of the two terms, n×1: (a, b) for rows with a kept
    /// behaviour, (1, 0) for the others.
    /// </summary>
    private (Batch Batch, Tensor Bank, Tensor EverRight, Tensor Hard, Tensor Soft) Rows(Batch batch)
    {
        if (_rows is { } gathered && ReferenceEquals(gathered.Batch, batch))
            return gathered;
        var (hard, soft) = FerMath.Mix(batch.Epoch, batch.Epochs, _options.Gamma);
        var everRight = _everRight.index_select(0, batch.RowIds);
        var kept = _options.NoisyLabels ? ones_like(everRight) : everRight;
        var rows = (batch, _bank.Read(batch), everRight, kept.mul(Keep(hard - 1)).Plus_(1), kept.mul(Keep(soft)));
        _rows = rows;
        return rows;
    }
}
