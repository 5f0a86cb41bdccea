using static TorchSharp.torch;

namespace FlipReg.Regularizers.SymmetricCrossEntropy;

/// <summary>Loss hard·CE + reverse·(1 − p[y]); gradient (hard + reverse·p[y])·(p − onehot).</summary>
internal sealed class SymmetricCrossEntropyRegularizer(double hard, double reverse) : LabelFactorRegularizer
{
    protected override Tensor RowLoss(Tensor labelLogProbabilities) =>
        labelLogProbabilities.mul(Keep(-hard)).sub(labelLogProbabilities.exp().mul(Keep(reverse))).Plus(reverse);

    protected override Tensor Factor(Tensor labelProbabilities) => labelProbabilities.mul_(Keep(reverse)).Plus_(hard);
}
