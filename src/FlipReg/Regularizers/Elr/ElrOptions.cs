using System.ComponentModel.DataAnnotations;
using FlipReg.Regularizers;
using FlipReg.Regularizers.Elr;

namespace FlipReg;

/// <summary>
/// ELR, early-learning regularization: keeps the network from fitting labels that it disagreed with while it was learning. Liu, Niles-Weed, Razavian and Fernandez-Granda,
/// "Early-Learning Regularization Prevents Memorization of Noisy Labels", NeurIPS 2020.
/// </summary>
/// <remarks>
/// Loss CE + λ·log(1 − ⟨p, t⟩), where t ← β·t + (1−β)·p averages the row's own predictions. The bank of t takes rows × classes × 4 bytes.
/// </remarks>
public sealed class ElrOptions : TrainingOptions
{
    /// <summary>λ; at least 0. 0 is plain cross-entropy. Default 3.</summary>
    [Range(0, 1000)]
    public double Strength { get; set; } = 3;

    /// <summary>β: how long t remembers a row's earlier predictions; 0 to below 1. Default 0.7.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double TargetMomentum { get; set; } = 0.7;

    internal override string MethodName => "ELR";

    internal override Regularizer CreateRegularizer(RegularizerContext context)
    {
        context.RequireRoom("ELR's bank", (long)context.Rows * context.Classes, "Use fewer rows or classes, or CrossEntropy, which keeps no state.");
        return new ElrRegularizer(this, context);
    }
}
