using System.ComponentModel.DataAnnotations;
using FlipReg.Regularizers;
using FlipReg.Regularizers.CsKd;

namespace FlipReg;

/// <summary>
/// CS-KD, class-wise self-knowledge distillation: a row's prediction is drawn to that of another row of its class. Yun et al., "Regularizing Class-wise Predictions via
/// Self-knowledge Distillation", CVPR 2020.
/// </summary>
/// <remarks>
/// Loss CE + λ·T²·KL(softmax(z′/T) ‖ softmax(z/T)), z′ being the logits of the other row, without gradient. A step has one more forward pass. A row that is alone in its class is its own
/// other row, so that the term is 0 (without dropout), and a warning tells of such classes.
/// </remarks>
public sealed class CsKdOptions : TrainingOptions
{
    /// <summary>T, above 0. Default 4.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public double Temperature { get; set; } = 4;

    /// <summary>λ; at least 0. 0 is plain cross-entropy. Default 1.</summary>
    [Range(0, 1000)]
    public double Strength { get; set; } = 1;

    internal override string MethodName => "CS-KD";

    internal override Regularizer CreateRegularizer(RegularizerContext context) => new CsKdRegularizer(this, context);
}
