using static TorchSharp.torch;

namespace FlipReg.Regularizers.Fer;

/// <summary>FER's formulas as pure functions. n rows, K classes; logits and behaviours n×K, per-row values n×1.</summary>
internal static class FerMath
{
    /// <summary>Weights of cross-entropy (a) and of kept behaviour (b) in epoch e of E: a = γ + (1−γ)(1 − e/E), b = (1−γ)·e/E.</summary>
    public static (double Hard, double Soft) Mix(int epoch, int epochs, double gamma)
    {
        var progress = (double)epoch / epochs;
        return (gamma + ((1 - gamma) * (1 - progress)), (1 - gamma) * progress);
    }

    /// <summary>Behaviour softmax(z/T).</summary>
    public static Tensor Behavior(Tensor logits, double temperature) => nn.functional.softmax(logits.mul(1 / temperature), 1);

    /// <summary>1 where a row's largest logit is its label's, else 0; n×1.</summary>
    public static Tensor Right(Tensor logits, Tensor labels) => logits.argmax(1).eq(labels).to(float32).view(-1, 1);

    /// <summary>Weight of the newest behaviour, 1 − exp(−μ·p[y]); n×1, from 0 to below 1.</summary>
    public static Tensor Confidence(Tensor logits, Tensor labels, double mu) =>
        nn.functional.softmax(logits, 1).gather(1, labels.view(-1, 1)).mul(-mu).exp().neg().add(1);

    /// <summary>Bank rows after an update with weight w (n×1): (1−w)·S + w·s.</summary>
    public static Tensor Blend(Tensor bank, Tensor behavior, Tensor weight) => bank.mul(weight.neg().add(1)).addcmul_(behavior, weight, 1);

    /// <summary>Per-row loss hard·CE + soft·T²·soft-CE(S, softmax(z/T)), n×1; <paramref name="hard"/> and <paramref name="soft"/> are n×1.</summary>
    public static Tensor RowLoss(Tensor logits, Tensor labels, Tensor bank, Tensor hard, Tensor soft, double temperature) =>
        SoftTargets.CrossEntropy(logits, labels).mul(hard)
            .add(SoftTargets.SoftCrossEntropy(logits.mul(1 / temperature), bank).mul(soft).mul(temperature * temperature));
}
