using System.ComponentModel.DataAnnotations;
using FlipReg.Regularizers;
using FlipReg.Regularizers.SnapshotDistillation;
using FlipReg.Training;

namespace FlipReg;

/// <summary>
/// SD, snapshot distillation: the learning rate falls and starts again in cycles, and in each the network learns from itself as it was at the end of the cycle before. Yang et al.,
/// "Snapshot Distillation: Teacher-Student Optimization in One Generation", CVPR 2019.
/// </summary>
/// <remarks>
/// Loss CE + λ·T²·KL(softmax(z′/T) ‖ softmax(z/T)), z′ being the logits of the same row by the snapshot; plain cross-entropy in the first cycle. A step has one more forward pass.
/// The schedule is <see cref="ScheduleKind.CyclicCosine"/>, with <see cref="TrainingOptions.Cycles"/> cycles.
/// </remarks>
public sealed class SnapshotDistillationOptions : TrainingOptions
{
    /// <summary>Options with the schedule that the method needs.</summary>
    public SnapshotDistillationOptions() => Schedule = ScheduleKind.CyclicCosine;

    /// <summary>T, above 0. Default 2.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public double Temperature { get; set; } = 2;

    /// <summary>λ; at least 0. 0 is plain cross-entropy, with the cyclic schedule. Default 1.</summary>
    [Range(0, 1000)]
    public double Strength { get; set; } = 1;

    internal override string MethodName => "SD";

    internal override Regularizer CreateRegularizer(RegularizerContext context) => new SnapshotDistillationRegularizer(this, context);

    internal override IEnumerable<OptionError> CheckTogether()
    {
        if (Schedule != ScheduleKind.CyclicCosine)
            yield return new(nameof(Schedule), $"must be {nameof(ScheduleKind.CyclicCosine)}, as snapshots are taken at the ends of its cycles", Schedule, "Leave it as it is, or use another method.");
        foreach (var error in base.CheckTogether())
            yield return error;
    }
}
