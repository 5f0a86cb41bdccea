using static TorchSharp.torch;

namespace FlipReg.Regularizers.PairwiseConfusion;

/// <summary>Pairwise confusion's formulas as pure functions. A step's n rows make h = n / 2 pairs, row i with row h + i; an odd row is left over.</summary>
internal static class PairwiseConfusionMath
{
    /// <summary>Below this, squared, two predictions are the same: the distance has no direction there, and its gradient is 0.</summary>
    private const double SmallestSquare = 1e-24;

    /// <summary>The two halves of a tensor of n rows.</summary>
    public static (Tensor Left, Tensor Right) Halves(Tensor rows)
    {
        var half = rows.shape[0] / 2;
        return (rows.narrow(0, 0, half), rows.narrow(0, half, half));
    }

    /// <summary>‖left − right‖ of each pair, h×1.</summary>
    public static Tensor Distance(Tensor difference) => difference.mul(difference).sum([1], keepdim: true).clamp_min(Keep(SmallestSquare)).sqrt();

    /// <summary>Scale of each pair, h×1: the mean of its rows', n×1.</summary>
    public static Tensor PairScale(Tensor scale)
    {
        var (left, right) = Halves(scale);
        return left.Plus(right).mul_(Keep(0.5));
    }

    /// <summary>Adds the gradient in the logits of Σ weight·‖left − right‖ to <paramref name="gradient"/> (n×K); weights h×1.</summary>
    public static Tensor AddGradient(Tensor gradient, Tensor probabilities, Tensor weights)
    {
        var (left, right) = Halves(probabilities);
        var (leftGradient, rightGradient) = Halves(gradient);
        var difference = left.sub(right);
        var direction = difference.mul(weights.div(Distance(difference)));
        Add(leftGradient, left, direction, 1);
        Add(rightGradient, right, direction, -1);
        return gradient;

        // Through softmax: p⊙(g − ⟨p, g⟩).
        static void Add(Tensor gradient, Tensor p, Tensor direction, double sign)
        {
            var product = p.mul(direction);
            gradient.add_(product, Keep(sign)).addcmul_(p, product.sum([1], keepdim: true), Keep(-sign));
        }
    }
}
