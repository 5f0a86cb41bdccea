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

    /// <summary>How the bank is kept; rows × classes values. Default: float32, where the network is trained, and beyond 4 GiB a mapped file.</summary>
    [Required]
    public BankOptions Bank { get; set; } = new();

    internal override string MethodName => "ELR";

    internal override BankOptions? MethodBank => Bank;

    internal override Regularizer CreateRegularizer(RegularizerContext context) => new ElrRegularizer(this, RowBank.Create("ELR's bank", 1, Bank, context)[0]);
}
