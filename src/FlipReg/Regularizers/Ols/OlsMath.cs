using static TorchSharp.torch;

namespace FlipReg.Regularizers.Ols;

/// <summary>OLS's formulas as pure functions. n rows, K classes.</summary>
internal static class OlsMath
{
    /// <summary>The next table (K×K): A[c]/N[c]; for N[c] = 0 <paramref name="unseen"/>; rows at or over <paramref name="freezeAt"/> stay.</summary>
    public static Tensor NextTable(Tensor table, Tensor sums, Tensor counts, Tensor unseen, double? freezeAt)
    {
        var count = counts.view(-1, 1);
        var next = sums.div(count.clamp_min(Keep(1)));
        if (freezeAt is { } limit)
            next = where(table.max(1, keepdim: true).values.ge(Keep(limit)), table, next);
        return where(count.gt(Keep(0)), next, unseen);
    }

    /// <summary>Per-row loss hard·CE + soft·soft-CE(t, p), n×1; soft targets t n×K.</summary>
    public static Tensor RowLoss(Tensor logProbabilities, Tensor labels, Tensor targets, double hard, double soft) =>
        SoftTargets.CrossEntropy(logProbabilities, labels).mul(Keep(hard)).Plus(SoftTargets.SoftCrossEntropy(logProbabilities, targets).mul(Keep(soft)));
}
