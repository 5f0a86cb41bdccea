using System.ComponentModel.DataAnnotations;
using FlipReg.Regularizers;
using FlipReg.Regularizers.SymmetricCrossEntropy;
using FlipReg.Training;

namespace FlipReg;

/// <summary>
/// Symmetric cross-entropy α·CE + β·reverse CE, for wrong labels. Wang et al., "Symmetric Cross Entropy for Robust Learning with Noisy Labels", ICCV 2019.
/// </summary>
/// <remarks>Reverse cross-entropy is −Σ p·log t with the label t and log 0 := A, which is −A·(1 − p[y]).</remarks>
public sealed class SymmetricCrossEntropyOptions : TrainingOptions
{
    /// <summary>Classes from which on the defaults are those for many.</summary>
    private const int ManyClasses = 100;

    /// <summary>α: weight of cross-entropy; at least 0. Null: 0.1, with 100 classes or more 6. Default null.</summary>
    [Range(0, 1000)]
    public double? HardWeight { get; set; }

    /// <summary>β: weight of reverse cross-entropy; at least 0. 0, with <see cref="HardWeight"/> 1, is plain cross-entropy. Null: 1, with 100 classes or more 0.1. Default null.</summary>
    [Range(0, 1000)]
    public double? ReverseWeight { get; set; }

    /// <summary>A: what stands for the logarithm of 0; below 0. Default −4.</summary>
    [Range(-1000, 0, MaximumIsExclusive = true)]
    public double LogZero { get; set; } = -4;

    internal override string MethodName => "SCE";

    internal override void ResolveMethod(int rows, int classes)
    {
        HardWeight ??= classes < ManyClasses ? 0.1 : 6;
        ReverseWeight ??= classes < ManyClasses ? 1 : 0.1;
    }

    internal override Regularizer CreateRegularizer(RegularizerContext context) => new SymmetricCrossEntropyRegularizer(HardWeight!.Value, -LogZero * ReverseWeight!.Value);

    internal override IEnumerable<OptionError> CheckTogether()
    {
        if (HardWeight == 0 && ReverseWeight == 0)
            yield return new(nameof(HardWeight), "and ReverseWeight must not both be 0", 0, "Leave them null.");
        foreach (var error in base.CheckTogether())
            yield return error;
    }
}
