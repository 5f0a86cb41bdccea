using System.ComponentModel.DataAnnotations;
using FlipReg.Regularizers;
using FlipReg.Regularizers.TfReg;

namespace FlipReg;

/// <summary>
/// TF-Reg, teacher-free regularization: distillation from a teacher that is made by hand and always right. Yuan et al., "Revisiting Knowledge Distillation via Label Smoothing
/// Regularization", CVPR 2020.
/// </summary>
/// <remarks>
/// Loss (1−α)·CE + α·T²·KL(softmax(d/T) ‖ softmax(z/T)), where d is a at the label and (1−a)/(classes−1) at the others.
/// </remarks>
public sealed class TfRegOptions : TrainingOptions
{
    /// <summary>α: weight of the teacher; 0 to 1. 0 is plain cross-entropy. Default 0.1.</summary>
    [Range(0, 1)]
    public double Strength { get; set; } = 0.1;

    /// <summary>T, above 0. Default 20.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public double Temperature { get; set; } = 20;

    /// <summary>a: the teacher's probability of the label; 0 to 1. Default 0.99.</summary>
    [Range(0, 1)]
    public double LabelProbability { get; set; } = 0.99;

    internal override string MethodName => "TF-Reg";

    internal override Regularizer CreateRegularizer(RegularizerContext context) => new TfRegRegularizer(this, context.Classes);
}
