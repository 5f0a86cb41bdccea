namespace FlipReg.Sweeps.Store;

/// <summary>A study, as the store has it.</summary>
internal sealed class StudyRow
{
    public string Id { get; set; } = "";

    public string Name { get; set; } = "";

    public string Spec { get; set; } = "";

    public string SpecHash { get; set; } = "";

    public long? MaxTrials { get; set; }

    public int MaxFailures { get; set; }

    public int MaxLosses { get; set; }

    public int Failures { get; set; }

    public bool HigherIsBetter { get; set; }

    public bool ReportsHigherIsBetter { get; set; }

    public string State { get; set; } = "";

    public string? StopReason { get; set; }

    public long Revision { get; set; }

    public double CreatedAt { get; set; }
}

/// <summary>A trial, as the store has it.</summary>
internal sealed class TrialRow
{
    public int Number { get; set; }

    public string State { get; set; } = "";

    public string Parameters { get; set; } = "";

    public long? GridIndex { get; set; }

    public int Attempt { get; set; }

    public int Losses { get; set; }

    public string? WorkerId { get; set; }

    public double? Value { get; set; }

    public string? Error { get; set; }

    public double CreatedAt { get; set; }

    public double? FinishedAt { get; set; }
}

/// <summary>A report, as the store has it; no value: not a number.</summary>
internal sealed class ReportRow
{
    public int TrialNumber { get; set; }

    public int Attempt { get; set; }

    public int Step { get; set; }

    public double? Value { get; set; }
}

/// <summary>What a study is: equal in all its workers.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Space">What it varies.</param>
/// <param name="Metric">What it measures.</param>
/// <param name="HigherIsBetter">Whether a higher value is better.</param>
/// <param name="ReportsHigherIsBetter">Whether a higher report is better.</param>
internal sealed record StudySpec(string Name, SweepSpace Space, string Metric, bool HigherIsBetter, bool ReportsHigherIsBetter);

/// <summary>A study's limits, of which the last start's hold.</summary>
/// <param name="Trials">Trials at most; null: no limit.</param>
/// <param name="Failures">Failed trials in a row that stop the study.</param>
/// <param name="Losses">How often a trial's worker may die before the trial has failed.</param>
internal sealed record StudyLimits(long? Trials, int Failures, int Losses);

/// <summary>Who asks for trials, and what it has.</summary>
internal sealed record WorkerInfo(string Id, string? Slot, int Gpus, long Memory, IReadOnlyList<string> Tags);

/// <summary>One attempt at one trial: what every write of a worker is conditional on.</summary>
internal readonly record struct TrialKey(string StudyId, int Number, int Attempt);

/// <summary>What a trial needs.</summary>
internal sealed record TrialNeeds(int Gpus, long Memory, string? Tag)
{
    public static TrialNeeds None { get; } = new(0, 0, null);

    public bool AreMetBy(WorkerInfo worker) => Gpus <= worker.Gpus && Memory <= worker.Memory && (Tag is null || worker.Tags.Contains(Tag));
}

/// <summary>A worker's wish: a trial of its own making, for when no other is free.</summary>
/// <param name="Number">The number that it would have.</param>
/// <param name="AnyNumber">Whether another number is as good.</param>
/// <param name="Point">Its values as JSON.</param>
/// <param name="GridIndex">Its place in the grid.</param>
/// <param name="Needs">What it needs.</param>
internal sealed record TrialOffer(int Number, bool AnyNumber, string Point, long? GridIndex, TrialNeeds Needs);

/// <summary>What an ask gave.</summary>
internal enum AskOutcome
{
    /// <summary>The trial is the worker's.</summary>
    Claimed,

    /// <summary>Another worker was faster: read, propose and ask again.</summary>
    Conflict,

    /// <summary>The offered trial was stored for a worker that has what it needs: ask again.</summary>
    Stored,

    /// <summary>Nothing to do now, but trials run: if their workers die, there will be.</summary>
    Wait,

    /// <summary>All trials are done.</summary>
    Done,

    /// <summary>The study was stopped.</summary>
    Stopped,
}

/// <summary>What an ask gave, and the trial where it is claimed.</summary>
internal sealed record AskResult(AskOutcome Outcome, TrialRow? Trial = null, string? Reason = null);

/// <summary>How a trial ended.</summary>
internal sealed record TrialEnd(TrialState State, double? Value = null, string? Error = null);
