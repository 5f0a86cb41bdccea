using System.ComponentModel.DataAnnotations;
using FlipReg.Regularizers;
using FlipReg.Regularizers.MaxEntropy;

namespace FlipReg;

/// <summary>
/// Cross-entropy − β·H(p): a reward for predictions that are not too sure. Pereyra et al., "Regularizing Neural Networks by Penalizing Confident Output Distributions", ICLR 2017
/// workshop.
/// </summary>
public sealed class MaxEntropyOptions : TrainingOptions
{
    /// <summary>β: weight of the entropy H(p) = −Σ p·log p (natural logarithm); at least 0. 0 is plain cross-entropy. Default 0.1.</summary>
    [Range(0, 1000)]
    public double Strength { get; set; } = 0.1;

    internal override string MethodName => "MaxEntropy";

    internal override Regularizer CreateRegularizer(RegularizerContext context) => new EntropyRegularizer(1, -Strength);
}
