using System.ComponentModel.DataAnnotations;
using FlipReg.Regularizers;
using FlipReg.Regularizers.DisturbLabel;

namespace FlipReg;

/// <summary>
/// DisturbLabel: in every epoch, a share of the labels is redrawn. Xie et al., "DisturbLabel: Regularizing CNN on the Loss Layer", CVPR 2016.
/// </summary>
public sealed class DisturbLabelOptions : TrainingOptions
{
    /// <summary>q: the probability with which a label is redrawn, uniformly among all classes, its own among them; 0 to 1. 0 is plain cross-entropy. Default 0.1.</summary>
    [Range(0, 1)]
    public double DisturbProbability { get; set; } = 0.1;

    internal override string MethodName => "DisturbLabel";

    internal override Regularizer CreateRegularizer(RegularizerContext context) => new DisturbLabelRegularizer(DisturbProbability, context);
}
