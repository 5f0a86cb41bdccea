using Microsoft.ML;

namespace FlipReg.Sweeps;

/// <summary>What a sweep over pipelines gave.</summary>
public sealed class SweepResult : IDisposable
{
    internal SweepResult(SweepOutcome outcome, ITransformer bestModel, IDataView leaderboard) => (Outcome, BestModel, Leaderboard) = (outcome, bestModel, leaderboard);

    /// <summary>The study: all its trials, and why it ended.</summary>
    public SweepOutcome Outcome { get; }

    /// <summary>The best trial.</summary>
    public SweepTrialInfo Best => Outcome.Best!;

    /// <summary>The best trial's model; disposed with this.</summary>
    public ITransformer BestModel { get; }

    /// <summary>
    /// The trials, the best first: Trial, State, Value, Seconds, Attempts, Error and a column for each parameter; a number is missing (NaN), a text empty, where there is
    /// none.
    /// </summary>
    public IDataView Leaderboard { get; }

    /// <summary>Disposes the model.</summary>
    public void Dispose() => (BestModel as IDisposable)?.Dispose();
}
