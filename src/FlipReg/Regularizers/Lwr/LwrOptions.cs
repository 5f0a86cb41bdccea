using System.ComponentModel.DataAnnotations;
using FlipReg.Regularizers;
using FlipReg.Regularizers.Fer;

namespace FlipReg;

/// <summary>
/// LWR, learning with retrospection: every row is trained towards the network's own prediction for it in the epoch before. Deng and Zhang, "Learning with Retrospection", AAAI 2021.
/// </summary>
/// <remarks>
/// The loss is a·CE + b·T²·soft-CE(s, softmax(z/T)), a = γ + (1−γ)(1 − e/E) and b = (1−γ)·e/E in epoch e of E, s being softmax(z/T) of the row one epoch ago: FER without its two
/// steps. The bank of s takes rows × classes × 4 bytes.
/// </remarks>
public sealed class LwrOptions : TrainingOptions
{
    /// <summary>T, above 0. Default 5.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public double Temperature { get; set; } = 5;

    /// <summary>γ: the share of cross-entropy that is left in the last epoch; 0 to 1. 1 is plain cross-entropy. Default 0.1.</summary>
    [Range(0, 1)]
    public double Gamma { get; set; } = 0.1;

    /// <summary>Epochs of plain cross-entropy at the start, at least 0; the bank is filled from the last of them on. Default 1.</summary>
    [Range(0, 100_000)]
    public int InitialEpochs { get; set; } = 1;

    /// <summary>How the bank is kept; rows × classes values. Default: float32, where the network is trained, and beyond 4 GiB a mapped file.</summary>
    [Required]
    public BankOptions Bank { get; set; } = new();

    internal override string MethodName => "LWR";

    internal override BankOptions? MethodBank => Bank;

    internal override Regularizer CreateRegularizer(RegularizerContext context) =>
        new FerRegularizer(new FerOptions { Temperature = Temperature, Gamma = Gamma, InitialEpochs = InitialEpochs, NoisyLabels = true, AverageBehavior = false }, RowBank.Create("LWR's bank", 1, Bank, context)[0], context);
}
