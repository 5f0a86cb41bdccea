using System.ComponentModel.DataAnnotations;
using FlipReg.Regularizers;
using FlipReg.Regularizers.FerElr;
using RangeAttribute = System.ComponentModel.DataAnnotations.RangeAttribute;
using SweepRangeAttribute = Microsoft.ML.SearchSpace.RangeAttribute;

namespace FlipReg;

/// <summary>
/// FER-ELR: flipping error reduction in its form for wrong labels, with early-learning regularization on top, which keeps the network from fitting
/// the labels it disagreed with while it was learning. FER: Deng et al., AAAI 2022; ELR: Liu, Niles-Weed, Razavian and Fernandez-Granda,
/// "Early-Learning Regularization Prevents Memorization of Noisy Labels", NeurIPS 2020. The combination is this library's own.
/// </summary>
/// <remarks>
/// Every row has FER's loss a·CE + b·T²·soft-CE(S, softmax(z/T)) (see <see cref="FerOptions"/>) and, after the initial epochs, a·λ·min(1, 2e/E)·log(1 − ⟨p, t⟩) in
/// epoch e of E, where t ← β·t + (1−β)·p averages the row's own predictions. The two banks take rows × classes × 8 bytes.
/// </remarks>
public sealed class FerElrOptions : TrainingOptions
{
    /// <summary>Temperature T of FER's behaviour; above 0. Default 5.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [SweepRange(2.0, 15.0, 5.0, logBase: true)]
    public double Temperature { get; set; } = 5;

    /// <summary>μ: how fast a row's behaviour follows its newest prediction, with weight 1 − exp(−μ·p[y]); above 0. Default 1.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public double Mu { get; set; } = 1;

    /// <summary>γ: the share of cross-entropy that is left in the last epoch; 0 to 1. Default 0.1.</summary>
    [Range(0, 1)]
    public double Gamma { get; set; } = 0.1;

    /// <summary>Epochs of plain cross-entropy at the start, at least 0; FER's bank is filled from the last of them on, ELR's from the first. Default 1.</summary>
    [Range(0, 100_000)]
    public int InitialEpochs { get; set; } = 1;

    /// <summary>λ: the strength of early-learning regularization; at least 0. 0 is FER's form for wrong labels. Default 3.</summary>
    [Range(0, 1000)]
    [SweepRange(1.0, 10.0, 3.0, logBase: true)]
    public double Strength { get; set; } = 3;

    /// <summary>β: how long ELR's average remembers a row's earlier predictions; 0 to below 1. Default 0.9.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double TargetMomentum { get; set; } = 0.9;

    /// <summary>How the bank is kept; twice rows × classes values. Default: float32, where the network is trained, and beyond 4 GiB a mapped file.</summary>
    [Required]
    public BankOptions Bank { get; set; } = new();

    internal override string MethodName => "FER-ELR";

    internal override BankOptions? MethodBank => Bank;

    internal override Regularizer CreateRegularizer(RegularizerContext context)
    {
        var banks = RowBank.Create("The banks of FER-ELR", 2, Bank, context);
        return new FerElrRegularizer(this, banks[0], banks[1], context);
    }
}
