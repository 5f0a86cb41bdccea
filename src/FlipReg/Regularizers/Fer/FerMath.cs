using static TorchSharp.torch;

namespace FlipReg.Regularizers.Fer;

/// <summary>FER's formulas as pure functions. n rows, K classes; log-probabilities and behaviours n×K, per-row values n×1.</summary>
internal static class FerMath
{
    /// <summary>Weights of cross-entropy (a) and of kept behaviour (b) in epoch e of E: a = γ + (1−γ)(1 − e/E), b = (1−γ)·e/E.</summary>
    public static (double Hard, double Soft) Mix(int epoch, int epochs, double gamma)
    {
        var progress = (double)epoch / epochs;
        return (gamma + ((1 - gamma) * (1 - progress)), (1 - gamma) * progress);
    }

    /// <summary>Weight of the newest behaviour, 1 − exp(−μ·p[y]), from log p; n×1, from 0 to below 1.</summary>
    public static Tensor Confidence(Tensor logProbabilities, Tensor labels, double mu) =>
        logProbabilities.gather(1, labels.view(-1, 1)).exp().mul(Keep(-mu)).exp().neg().Plus(1);

    /// <summary>Bank rows after an update with weight w (n×1): (1−w)·S + w·s.</summary>
    public static Tensor Blend(Tensor bank, Tensor behavior, Tensor weight) => bank.mul(weight.neg().Plus(1)).addcmul_(behavior, weight, Keep(1));

    /// <summary>
    /// Per-row loss hard·CE + soft·T²·soft-CE(S, softmax(z/T)), n×1, from log p and log p^T; <paramref name="hard"/> and
    /// <paramref name="soft"/> are n×1.
    /// </summary>
    public static Tensor RowLoss(Tensor logProbabilities, Tensor softened, Tensor labels, Tensor bank, Tensor hard, Tensor soft, double temperature) =>
        SoftTargets.CrossEntropy(logProbabilities, labels).mul(hard)
            .Plus(SoftTargets.SoftCrossEntropy(softened, bank).mul(soft).mul(Keep(temperature * temperature)));
}
