using System.ComponentModel.DataAnnotations;
using FlipReg.Regularizers;
using FlipReg.Regularizers.PairwiseConfusion;

namespace FlipReg;

/// <summary>
/// Pairwise confusion: cross-entropy + λ times the distance between the predictions of a step's two halves. Dubey et al., "Pairwise Confusion for Fine-Grained Visual Classification",
/// ECCV 2018.
/// </summary>
public sealed class PairwiseConfusionOptions : TrainingOptions
{
    /// <summary>λ for 100 classes and more.</summary>
    private const double PublishedStrength = 10;

    /// <summary>
    /// λ: weight of the distances; at least 0. 0 is plain cross-entropy. Null: 10, the paper's, for 100 classes or more, with fewer in proportion less: there 10 would
    /// outweigh cross-entropy. Default null.
    /// </summary>
    [Range(0, 1000)]
    public double? Strength { get; set; }

    internal override string MethodName => "PairwiseConfusion";

    internal override void ResolveMethod(int rows, int classes) => Strength ??= PublishedStrength * Math.Min(1, classes / 100.0);

    internal override Regularizer CreateRegularizer(RegularizerContext context) => new PairwiseConfusionRegularizer(Strength!.Value);
}
