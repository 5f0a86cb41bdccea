using System.ComponentModel.DataAnnotations;
using FlipReg.Regularizers;
using FlipReg.Regularizers.Ols;
using FlipReg.Training;

namespace FlipReg;

/// <summary>
/// OLS, online label smoothing: a soft label per class, the mean prediction of the class's right rows in the period before.
/// Zhang et al., "Delving Deep into Label Smoothing", IEEE Transactions on Image Processing 2021.
/// </summary>
/// <remarks>
/// Loss: α·CE + (1−α)·soft-CE(L[y], softmax(z)), α = 0.5. Table L (classes × classes) starts uniform; while a period runs, A[y] sums the
/// predictions of right rows and N[y] counts them; at its end L[c] = A[c]/N[c].
/// </remarks>
public sealed class OlsOptions : TrainingOptions
{
    /// <summary>Weight of cross-entropy with the given labels (α); at least 0. Default 0.5.</summary>
    [Range(0, 1000)]
    public double HardWeight { get; set; } = 0.5;

    /// <summary>Weight of cross-entropy with the soft labels (1 − α); at least 0. Default 0.5. 0 is plain cross-entropy.</summary>
    [Range(0, 1000)]
    public double SoftWeight { get; set; } = 0.5;

    /// <summary>The table before its first update. Default <see cref="OlsTable.Uniform"/>.</summary>
    public OlsTable InitialTable { get; set; } = OlsTable.Uniform;

    /// <summary>Soft labels whose largest entry has reached this value change no more; above 0, at most 1. Null: none. Default null.</summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public double? FreezeAt { get; set; }

    /// <summary>Length of an update period, in <see cref="UpdateUnit"/>s; at least 1. Default 1.</summary>
    [Range(1, int.MaxValue)]
    public int UpdatePeriod { get; set; } = 1;

    /// <summary>What <see cref="UpdatePeriod"/> counts. Default <see cref="OlsUpdateUnit.Epochs"/>.</summary>
    public OlsUpdateUnit UpdateUnit { get; set; } = OlsUpdateUnit.Epochs;

    /// <summary>What a class gets that had no right row in a period. Default <see cref="OlsUnseen.Uniform"/>.</summary>
    public OlsUnseen UnseenClass { get; set; } = OlsUnseen.Uniform;

    /// <summary>
    /// OLS-Single, the sample-level ablation: a row's soft label is the latest prediction for one other row of its class, drawn anew every
    /// period. Takes rows × classes × 4 bytes. Until the first update the initial table serves. Default false.
    /// </summary>
    public bool Single { get; set; }

    internal override string MethodName => "OLS";

    internal override Regularizer CreateRegularizer(RegularizerContext context)
    {
        var perRow = Single ? 2L * context.Rows * context.Classes : 0;
        context.RequireRoom("OLS's tables", sizeof(float) * ((2L * context.Classes * context.Classes) + perRow), "Use fewer classes, or CrossEntropy, which keeps no state.");
        return new OlsRegularizer(this, context);
    }

    internal override IEnumerable<OptionError> CheckTogether()
    {
        if (HardWeight + SoftWeight == 0)
            yield return new(nameof(HardWeight), "and SoftWeight must not both be 0", 0, "Use 0.5 and 0.5.");
        if (Single && (FreezeAt is not null || UnseenClass != OlsUnseen.Uniform))
            yield return new(nameof(Single), "has no class table, so FreezeAt and UnseenClass do not apply", FreezeAt is null ? UnseenClass : FreezeAt, "Leave them at their defaults.");
        foreach (var error in base.CheckTogether())
            yield return error;
    }
}

/// <summary>First soft labels of OLS.</summary>
public enum OlsTable
{
    /// <summary>1/classes everywhere (the paper).</summary>
    Uniform,

    /// <summary>0 everywhere: no soft term until the first update (the authors' CIFAR code).</summary>
    Zero,
}

/// <summary>Unit of OLS's update period.</summary>
public enum OlsUpdateUnit
{
    /// <summary>Passes over the training rows.</summary>
    Epochs,

    /// <summary>Optimizer steps, counted over the whole training.</summary>
    Iterations,
}

/// <summary>What OLS gives a class that had no right row in a period.</summary>
public enum OlsUnseen
{
    /// <summary>The uniform soft label.</summary>
    Uniform,

    /// <summary>The soft label it had.</summary>
    Keep,
}
