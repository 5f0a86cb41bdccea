using static System.FormattableString;

namespace FlipReg.Sweeps;

/// <summary>Decides, after each report of a trial (one an epoch), whether it is worth going on with, from what the others reported.</summary>
public abstract class Pruner
{
    private protected Pruner()
    {
    }

    /// <summary>Every trial runs to its end.</summary>
    public static Pruner None { get; } = new NoPruner();

    /// <summary>
    /// Stops a trial whose best report so far is worse than the median of what finished trials reported at the same step (the median stopping rule of
    /// Golovin et al., "Google Vizier", KDD 2017, with reports in the place of running averages).
    /// </summary>
    /// <param name="startupTrials">Trials that must have finished before any is stopped; at least 1. Default 5.</param>
    /// <param name="warmupSteps">Steps at the start of a trial in which it is not stopped; at least 0. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static Pruner Median(int startupTrials = 5, int warmupSteps = 0) =>
        new MedianPruner(AtLeast(1, startupTrials, nameof(startupTrials)), AtLeast(0, warmupSteps, nameof(warmupSteps)));

    /// <summary>
    /// Asynchronous successive halving (Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020), in the form without pauses: at steps r, r·η,
    /// r·η² and so on only trials among the best 1/η of those that came so far go on.
    /// </summary>
    /// <param name="minimumSteps">r: steps that every trial gets; at least 1. Default 4.</param>
    /// <param name="reductionFactor">η, at least 2. Default 3.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static Pruner Asha(int minimumSteps = 4, int reductionFactor = 3) =>
        new AshaPruner(AtLeast(1, minimumSteps, nameof(minimumSteps)), AtLeast(2, reductionFactor, nameof(reductionFactor)));

    /// <summary>The name, as messages and the store have it.</summary>
    public abstract string Name { get; }

    /// <summary>Whether to stop a trial after its latest report.</summary>
    internal abstract bool IsHopeless(HistoryTrial trial, StudyHistory history);

    private static int AtLeast(int minimum, int value, string name) =>
        value >= minimum ? value : throw new ArgumentOutOfRangeException(name, Invariant($"{name} must be at least {minimum}. Got {value}."));

    private sealed class NoPruner : Pruner
    {
        public override string Name => "none";

        internal override bool IsHopeless(HistoryTrial trial, StudyHistory history) => false;
    }
}
