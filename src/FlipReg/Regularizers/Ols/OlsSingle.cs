using FlipReg.Data;
using FlipReg.Runtime;
using static TorchSharp.torch;

namespace FlipReg.Regularizers.Ols;

/// <summary>
/// The state of OLS-Single: the latest prediction for every row, and as every row's soft label the prediction of one other row of its class,
/// drawn on the host from the fit's seed and the period's number. A row that is alone in its class is its own partner.
/// </summary>
internal sealed class OlsSingle(RegularizerContext context, double initial)
{
    private readonly ClassPartners _partners = new(context.Labels);

    /// <summary>Latest predictions, rows × K; the initial table's until a row is first seen.</summary>
    public Tensor Predictions { get; } = full([context.Rows, context.Classes], Keep(initial), dtype: float32, device: context.Device);

    /// <summary>Soft labels, rows × K; constant inside a period.</summary>
    public Tensor Targets { get; } = full([context.Rows, context.Classes], Keep(initial), dtype: float32, device: context.Device);

    public void Observe(Batch block, Tensor predictions) => Predictions.index_copy_(0, block.RowIds, predictions);

    /// <param name="period">The period's number, from 0.</param>
    public void EndPeriod(long period) => Targets.copy_(Predictions.index_select(0, tensor(Partners(period), device: context.Device)));

    /// <summary>For every row another row of its class.</summary>
    internal long[] Partners(long period) => _partners.Draw(Seeds.Random(Seeds.Stream(context.Seed, 1UL << 41), (ulong)period));
}
