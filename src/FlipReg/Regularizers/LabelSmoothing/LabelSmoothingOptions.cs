using System.ComponentModel.DataAnnotations;
using FlipReg.Regularizers;
using FlipReg.Regularizers.LabelSmoothing;

namespace FlipReg;

/// <summary>
/// Label smoothing: cross-entropy with (1−ε)·onehot + ε/classes in place of the label. Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016.
/// </summary>
public sealed class LabelSmoothingOptions : TrainingOptions
{
    /// <summary>ε: the share of the label that is spread over all classes; from 0 to below 1. 0 is plain cross-entropy. Default 0.1.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Smoothing { get; set; } = 0.1;

    internal override string MethodName => "LabelSmoothing";

    internal override Regularizer CreateRegularizer(RegularizerContext context) => new LabelSmoothingRegularizer(this);
}
