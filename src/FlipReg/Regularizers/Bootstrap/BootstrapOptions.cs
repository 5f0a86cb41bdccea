using System.ComponentModel.DataAnnotations;
using FlipReg.Regularizers;
using FlipReg.Regularizers.Bootstrap;
using FlipReg.Regularizers.MaxEntropy;

namespace FlipReg;

/// <summary>
/// Bootstrapping: cross-entropy with β·label + (1−β)·what the network itself says, for wrong labels. Reed et al., "Training Deep Neural Networks on Noisy Labels with Bootstrapping",
/// ICLR 2015 workshop.
/// </summary>
public sealed class BootstrapOptions : TrainingOptions
{
    /// <summary>Whether the network says its most probable class (hard), or its probabilities (soft). Default false: soft.</summary>
    public bool Hard { get; set; }

    /// <summary>β: weight of the label; 0 to 1. 1 is plain cross-entropy. Null: 0.95 soft, 0.8 hard. Default null.</summary>
    [Range(0, 1)]
    public double? LabelWeight { get; set; }

    internal override string MethodName => "Bootstrap";

    internal override void ResolveMethod(int rows, int classes) => LabelWeight ??= Hard ? 0.8 : 0.95;

    internal override Regularizer CreateRegularizer(RegularizerContext context) =>
        Hard ? new HardBootstrapRegularizer(LabelWeight!.Value) : new EntropyRegularizer(LabelWeight!.Value, 1 - LabelWeight.Value);
}
