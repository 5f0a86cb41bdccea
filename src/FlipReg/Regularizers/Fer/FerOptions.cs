using System.ComponentModel.DataAnnotations;
using FlipReg.Regularizers;
using FlipReg.Regularizers.Fer;
using Microsoft.ML.SearchSpace;
using RangeAttribute = System.ComponentModel.DataAnnotations.RangeAttribute;
using SweepRangeAttribute = Microsoft.ML.SearchSpace.RangeAttribute;

namespace FlipReg;

/// <summary>
/// FER, flipping error reduction: keeps the network's behaviour on rows that it once classified right.
/// Deng, Xiao, Long and Zhang, "Reducing Flipping Errors in Deep Neural Networks", AAAI 2022.
/// </summary>
/// <remarks>
/// A bank S holds, per training row, an exponentially weighted average of softmax(z/T) over the epochs in which the row was right. With
/// a = γ + (1−γ)(1 − e/E) and b = (1−γ)·e/E in epoch e of E, a row that was ever right has the loss a·CE + b·T²·soft-CE(S, softmax(z/T));
/// the others have CE. The bank takes rows × classes × 4 bytes, half of that in float16 (<see cref="Bank"/>).
/// </remarks>
public sealed class FerOptions : TrainingOptions
{
    /// <summary>Temperature T of the behaviour; above 0. Default 5.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [SweepRange(2.0, 15.0, 5.0, logBase: true)]
    public double Temperature { get; set; } = 5;

    /// <summary>
    /// μ: how fast a row's behaviour follows its newest prediction, with weight 1 − exp(−μ·p[y]); above 0. Default 1; the paper uses 0.3 to 1.
    /// </summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public double Mu { get; set; } = 1;

    /// <summary>γ: the share of cross-entropy that is left in the last epoch; 0 to 1. 1 is plain cross-entropy. Default 0.1.</summary>
    [Range(0, 1)]
    public double Gamma { get; set; } = 0.1;

    /// <summary>Epochs of plain cross-entropy at the start; the bank is filled from the last of them on. At least 0; where it reaches
    /// <see cref="TrainingOptions.Epochs"/>, the whole training is plain cross-entropy. Default 1.</summary>
    [Range(0, 100_000)]
    public int InitialEpochs { get; set; } = 1;

    /// <summary>
    /// The form for wrong labels (the paper's Eq. 4 for every row): all rows, right or not, keep their behaviour and get the mixed loss.
    /// Recommended where labels are noisy. As an ablation of the gated form it is "without S1". Default false.
    /// </summary>
    [BooleanChoice(false)]
    public bool NoisyLabels { get; set; }

    /// <summary>
    /// Whether S averages over epochs. False keeps the latest behaviour only (the ablation "without S2"; with
    /// <see cref="NoisyLabels"/> this is LWR, learning with retrospection). Default true.
    /// </summary>
    public bool AverageBehavior { get; set; } = true;

    /// <summary>How the bank is kept; rows × classes values. Default: float32, where the network is trained, and beyond 4 GiB a mapped file.</summary>
    [Required]
    public BankOptions Bank { get; set; } = new();

    internal override string MethodName => "FER";

    internal override BankOptions? MethodBank => Bank;

    internal override Regularizer CreateRegularizer(RegularizerContext context) => new FerRegularizer(this, RowBank.Create("FER's bank", 1, Bank, context)[0], context);
}
