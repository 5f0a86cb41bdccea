using static TorchSharp.torch;

namespace FlipReg.Regularizers.Ols;

/// <summary>OLS's formulas as pure functions. n rows, K classes.</summary>
internal static class OlsMath
{
    /// <summary>onehot(y) of the rows whose largest logit is their label's, 0 for the others; n×K.</summary>
    public static Tensor RightOneHot(Tensor logits, Tensor labels) =>
        SoftTargets.AtLabels(labels, logits.argmax(1).eq(labels).to(float32).view(-1, 1), logits.shape[1]);

    /// <summary>The next table (K×K): A[c]/N[c]; for N[c] = 0 <paramref name="unseen"/>; rows at or over <paramref name="freezeAt"/> stay.</summary>
    public static Tensor NextTable(Tensor table, Tensor sums, Tensor counts, Tensor unseen, double? freezeAt)
    {
        var count = counts.view(-1, 1);
        var next = sums.div(count.clamp_min(1));
        if (freezeAt is { } limit)
            next = where(table.max(1, keepdim: true).values.ge(limit), table, next);
        return where(count.gt(0), next, unseen);
    }

    /// <summary>Per-row loss hard·CE + soft·soft-CE(t, softmax(z)), n×1; soft targets t n×K.</summary>
    public static Tensor RowLoss(Tensor logits, Tensor labels, Tensor targets, double hard, double soft) =>
        SoftTargets.CrossEntropy(logits, labels).mul(hard).add(SoftTargets.SoftCrossEntropy(logits, targets).mul(soft));
}
