using System.ComponentModel.DataAnnotations;
using FlipReg.Regularizers;
using FlipReg.Regularizers.PDiff;

namespace FlipReg;

/// <summary>
/// P-DIFF: leaves out, in every step, the rows whose label is least probable against the other classes, for labels of which many may be wrong.
/// Hu, Zhao, Huang and Zhang, "P-DIFF: Learning Classifier with Noisy Labels based on Probability Difference Distributions", ICPR 2020.
/// </summary>
/// <remarks>
/// δ = p[y] − max over k≠y of p[k]. A histogram of δ over the latest <see cref="Window"/> batches gives the δ below which a share R of the rows lies; rows of
/// a step below it have the weight 0, and the loss is still divided by all its rows. The reports' figures are "drop rate" (R of the epoch's last step, 0 before rows are dropped),
/// "kept share" of the epoch's rows, and "empty steps": steps of which every row was dropped, so that their gradient was 0.
/// </remarks>
public sealed class PDiffOptions : TrainingOptions
{
    /// <summary>
    /// τ: share of wrong labels, where it is known; from 0 to below 1. 0 is plain cross-entropy. Null: unknown, then R is the share of rows below
    /// δ = −1 + min(1, t/<see cref="RampEpochs"/>) in epoch t, until they are told apart (<see cref="Saturation"/>). Default null.
    /// </summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double? NoiseRate { get; set; }

    /// <summary>T_k: epochs in which R rises, to τ where the rate is known; at least 1. Default 20.</summary>
    [Range(1, 100_000)]
    public int RampEpochs { get; set; } = 20;

    /// <summary>
    /// Batches that the histogram holds; at least 1. No row is dropped before it is full, so that it must not be longer than the run. Null: 100, or a
    /// quarter of the run's steps where that is less. Default null.
    /// </summary>
    [Range(1, 1 << 20)]
    public int? Window { get; set; }

    /// <summary>The first step, from 1, that may drop rows; at least 1 and at most the run's steps. Default 1: as soon as the window is full.</summary>
    [Range(1, int.MaxValue)]
    public int StartIteration { get; set; } = 1;

    /// <summary>
    /// ζ: where the rate is unknown, R stays once the mean |δ| of the window has reached this and <see cref="RampEpochs"/> are over; 0 to 1. Default 0.9.
    /// </summary>
    [Range(0, 1)]
    public double Saturation { get; set; } = 0.9;

    internal override string MethodName => "P-DIFF";

    /// <summary>The histogram's bins; others than the paper's are for golden steps.</summary>
    internal PDiffHistogram Histogram { get; set; } = new(220, -1.1, 1.1);

    internal override void ResolveMethod(int rows, int classes) =>
        Window ??= (int)Math.Clamp(StepsOf(rows) / 4, 1, 100);

    internal override Regularizer CreateRegularizer(RegularizerContext context)
    {
        var steps = (long)context.StepsOfEpoch * Epochs;
        if (Window > steps)
            throw new InvalidOperationException(FormattableString.Invariant($"Window must be at most the steps of the run ({steps:N0}: {Epochs:N0} epochs of {context.StepsOfEpoch:N0}). Got {Window:N0}: no row would ever be dropped. Lower it, leave it null, or train for more epochs."));
        if (StartIteration > steps)
            throw new InvalidOperationException(FormattableString.Invariant($"StartIteration must be at most the steps of the run ({steps:N0}: {Epochs:N0} epochs of {context.StepsOfEpoch:N0}). Got {StartIteration:N0}: no row would ever be dropped. Lower it, or train for more epochs."));
        context.RequireRoom("P-DIFF's window", sizeof(long) * (Window!.Value + 1L) * BatchSize!.Value, "Lower Window or BatchSize.");
        return new PDiffRegularizer(this, context);
    }

    private long StepsOf(int rows) => (rows + (long)BatchSize!.Value - 1) / BatchSize.Value * Epochs;
}
