using FlipReg.Data;
using FlipReg.Runtime;
using static TorchSharp.torch;

namespace FlipReg.Regularizers.Ols;

/// <summary>
/// OLS with its table, sums and counts. As L is constant inside a period, a row's gradient is p·(hard + soft·ΣL[y]) − (hard·onehot +
/// soft·L[y]): no more work in a step than cross-entropy, all but p being gathered once a block.
/// </summary>
internal sealed class OlsRegularizer : Regularizer
{
    private readonly OlsOptions _options;
    private readonly Tensor _table;
    private readonly Tensor _sums;
    private readonly Tensor _counts;
    private readonly OlsSingle? _single;
    private readonly Counter _iterations;
    private readonly Counter _periods;
    private Tensor? _target;
    private Tensor? _factor;

    public OlsRegularizer(OlsOptions options, RegularizerContext context)
    {
        _options = options;
        var classes = context.Classes;
        var initial = options.InitialTable == OlsTable.Uniform ? 1.0 / classes : 0;
        _table = AddState("table", full([classes, classes], Keep(initial), dtype: float32, device: context.Device));
        _sums = AddState("sums", zeros([classes, classes], dtype: float32, device: context.Device));
        _counts = AddState("counts", zeros([classes], dtype: float32, device: context.Device));
        _iterations = AddCounter("iterations");
        _periods = AddCounter("periods");
        if (options.Single)
        {
            context.WarnOfSingleRows("OLS-Single", "Such a row's soft label is its own prediction: give these classes more rows, or turn Single off.");
            _single = new OlsSingle(context, initial);
            AddState("predictions", _single.Predictions);
            AddState("targets", _single.Targets);
        }
    }

    public override int StepsUntilUpdate => _options.UpdateUnit == OlsUpdateUnit.Iterations
        ? (int)(_options.UpdatePeriod - (_iterations.Value % _options.UpdatePeriod))
        : int.MaxValue;

    public override void Prepare(Batch block)
    {
        var targets = Targets(block);
        _factor = targets.sum([1], keepdim: true).mul_(Keep(_options.SoftWeight)).Plus_(_options.HardWeight).mul_(block.Scale);
        _target = SoftTargets.AtLabels(block.Labels, block.Scale.mul(Keep(-_options.HardWeight)), block.Classes)
            .addcmul_(targets, block.Scale, Keep(-_options.SoftWeight));
    }

    public override Tensor Loss(Batch batch, Outputs outputs) =>
        OlsMath.RowLoss(outputs.LogProbabilities, batch.Labels, Targets(batch), _options.HardWeight, _options.SoftWeight).mul(batch.Scale).sum();

    public override Tensor LossGradient(Batch batch, Outputs outputs) =>
        batch.Of(_target!).addcmul(outputs.Probabilities, batch.Of(_factor!), Keep(1));

    public override void Observe(Batch block, Outputs outputs)
    {
        var right = SoftTargets.AtLabels(block.Labels, outputs.Right(block.Labels).to(float32).view(-1, 1), block.Classes);
        _sums.Plus_(right.t().matmul(outputs.Probabilities));
        _counts.Plus_(right.sum([0]));
        _single?.Observe(block, outputs.Probabilities);
        _iterations.Value += block.Steps;
        if (_options.UpdateUnit == OlsUpdateUnit.Iterations && _iterations.Value % _options.UpdatePeriod == 0)
            EndPeriod();
    }

    public override void EndEpoch(int epoch)
    {
        if (_options.UpdateUnit == OlsUpdateUnit.Epochs && epoch % _options.UpdatePeriod == 0)
            EndPeriod();
    }

    private Tensor Targets(Batch batch) =>
        SoftTargets.ByColumns(_single?.Targets.index_select(0, batch.RowIds) ?? _table.index_select(0, batch.Labels));

    private void EndPeriod()
    {
        using var scope = NewDisposeScope();
        var unseen = _options.UnseenClass == OlsUnseen.Keep ? _table : full_like(_table, Keep(1.0 / _table.shape[0]));
        _table.copy_(OlsMath.NextTable(_table, _sums, _counts, unseen, _options.FreezeAt));
        _sums.zero_();
        _counts.zero_();
        _single?.EndPeriod(_periods.Value++);
    }
}
