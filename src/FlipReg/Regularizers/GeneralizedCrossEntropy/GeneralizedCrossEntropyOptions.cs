using System.ComponentModel.DataAnnotations;
using FlipReg.Regularizers;
using FlipReg.Regularizers.GeneralizedCrossEntropy;

namespace FlipReg;

/// <summary>
/// Generalized cross-entropy (1 − p[y]^q)/q, between cross-entropy and the mean absolute error, for wrong labels. Zhang and Sabuncu, "Generalized Cross Entropy Loss for Training Deep
/// Neural Networks with Noisy Labels", NeurIPS 2018.
/// </summary>
public sealed class GeneralizedCrossEntropyOptions : TrainingOptions
{
    /// <summary>q, from 0 to 1: 0 is plain cross-entropy (the limit), 1 the mean absolute error, up to a factor. Default 0.7.</summary>
    [Range(0, 1)]
    public double Exponent { get; set; } = 0.7;

    internal override string MethodName => "GCE";

    internal override Regularizer CreateRegularizer(RegularizerContext context) => new GeneralizedCrossEntropyRegularizer(Exponent);
}
