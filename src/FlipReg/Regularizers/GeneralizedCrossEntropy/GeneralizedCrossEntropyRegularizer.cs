using static TorchSharp.torch;

namespace FlipReg.Regularizers.GeneralizedCrossEntropy;

/// <summary>Loss (1 − p[y]^q)/q, for q = 0 its limit −log p[y]; gradient p[y]^q·(p − onehot).</summary>
internal sealed class GeneralizedCrossEntropyRegularizer(double exponent) : LabelFactorRegularizer
{
    // With expm1, as p^q is next to 1 where q is small.
    protected override Tensor RowLoss(Tensor labelLogProbabilities) => exponent == 0
        ? labelLogProbabilities.neg()
        : labelLogProbabilities.mul(Keep(exponent)).expm1().mul(Keep(-1 / exponent));

    protected override Tensor Factor(Tensor labelProbabilities) => labelProbabilities.pow(Keep(exponent));
}
