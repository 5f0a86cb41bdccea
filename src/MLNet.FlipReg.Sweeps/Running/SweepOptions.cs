using static System.FormattableString;

namespace FlipReg.Sweeps;

/// <summary>How a sweep runs: where its study is kept, how values are proposed, when to stop.</summary>
public class SweepOptions
{
    /// <summary>The study's name. A study of that name in the store is gone on with; it must have the same space and metric. Default "sweep".</summary>
    public string Name { get; set; } = "sweep";

    /// <summary>Where the study is kept; not disposed by the sweep. Null: a temporary file, gone at the end. Default null.</summary>
    public SweepStore? Store { get; set; }

    /// <summary>Proposes values. Default <see cref="Sampler.Tpe"/> with seed 0.</summary>
    public Sampler Sampler { get; set; } = Sampler.Tpe();

    /// <summary>Stops trials early. Default <see cref="Pruner.Asha"/>.</summary>
    public Pruner Pruner { get; set; } = Pruner.Asha();

    /// <summary>Trials of the study at most, those of earlier starts and of other workers included; at least 1. Null: as many as the sampler has and the time allows. Default 50.</summary>
    public int? Trials { get; set; } = 50;

    /// <summary>Time of this start at most, above 0. Trials that run then are given back, and begun again, from their checkpoints, by the next start. Null: no limit. Default null.</summary>
    public TimeSpan? Time { get; set; }

    /// <summary>Time of one trial at most, above 0: a longer one counts as pruned. Null: no limit. Default null.</summary>
    public TimeSpan? TrialTime { get; set; }

    /// <summary>Time between two reports of a trial at most, above 0: one that hangs has failed. Null: no limit. Default null.</summary>
    public TimeSpan? ProgressTime { get; set; }

    /// <summary>Memory that the process may have resident, in bytes, above 0: a trial that runs when it has more has failed. Null: no limit. Default null.</summary>
    public long? ResidentMemory { get; set; }

    /// <summary>Trials that this process runs side by side, 1 to 1,024. Other processes may run more of the same study. Default 1.</summary>
    public int Workers { get; set; } = 1;

    /// <summary>How long a worker may give no sign of life before another takes its trial, by the database's clock; above <see cref="HeartbeatInterval"/>. Default 60 seconds.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Time between two signs of life, from a thread of their own; above 0. Default 20 seconds.</summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Time after which reports are written, several at once; above 0. Default 1 second.</summary>
    public TimeSpan ReportInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a worker goes on and tries again while the database is down; above 0. Default 1 hour.</summary>
    public TimeSpan DatabasePatience { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How often a trial is begun before it has failed, where its worker dies; at least 1. Default 3.</summary>
    public int Attempts { get; set; } = 3;

    /// <summary>Failed trials in a row that stop the study; at least 1. Trials that diverge have not failed. Default 10.</summary>
    public int FailuresInARow { get; set; } = 10;

    /// <summary>
    /// Folder for files of trials, such as checkpoints, a folder for each study and trial in it; made where it is missing. Where workers share it, a trial
    /// goes on from a dead worker's last checkpoint. Null: no files. Default null.
    /// </summary>
    public string? Folder { get; set; }

    /// <summary>What this process has. Default nothing in particular.</summary>
    public SweepResources Resources { get; set; } = SweepResources.None;

    /// <summary>What a trial needs, by its values; another worker runs what this one cannot. Null: nothing. Default null.</summary>
    public Func<SweepPoint, SweepResources>? Requires { get; set; }

    /// <summary>Called when a trial of this process has ended, one call at a time, on a worker's thread. Default null.</summary>
    public Action<SweepTrialInfo>? Progress { get; set; }

    /// <summary>Ends the sweep when canceled: trials that run are given back. Default: never.</summary>
    public CancellationToken CancellationToken { get; set; }

    internal void Check(SweepSpace space)
    {
        if (string.IsNullOrWhiteSpace(Name))
            throw new ArgumentException("Name must be given. Got an empty text.", nameof(Name));
        Require(Sampler is not null, nameof(Sampler), "must be given", null);
        Require(Pruner is not null, nameof(Pruner), "must be given. Use Pruner.None for none", null);
        Require(Trials is null or >= 1, nameof(Trials), "must be at least 1, or null", Trials);
        Require(Workers is >= 1 and <= 1024, nameof(Workers), "must be at least 1 and at most 1024", Workers);
        Require(Attempts >= 1, nameof(Attempts), "must be at least 1", Attempts);
        Require(FailuresInARow >= 1, nameof(FailuresInARow), "must be at least 1", FailuresInARow);
        Require(ResidentMemory is null or > 0, nameof(ResidentMemory), "must be above 0, or null", ResidentMemory);
        foreach (var (name, time) in new (string, TimeSpan?)[]
        {
            (nameof(Time), Time), (nameof(TrialTime), TrialTime), (nameof(ProgressTime), ProgressTime), (nameof(HeartbeatInterval), HeartbeatInterval),
            (nameof(ReportInterval), ReportInterval), (nameof(DatabasePatience), DatabasePatience),
        })
            Require(time is null || (time > TimeSpan.Zero && time < TimeSpan.FromDays(24)), name, "must be above 0 and below 24 days", time);
        Require(Lease > HeartbeatInterval, nameof(Lease), Invariant($"must be above {nameof(HeartbeatInterval)} ({HeartbeatInterval:c}); three times as long is good"), Lease);
        Require(Resources is not null, nameof(Resources), "must be given", null);
        if (!space.Varying.Any())
            throw new ArgumentException(Invariant($"The space must vary at least one parameter. It has {(space.Parameters.Count == 0 ? "none" : "only fixed ones")}."), nameof(space));
        if (Trials is null && Time is null && Sampler!.Size(space) is null)
            throw new ArgumentException(Invariant($"{nameof(Trials)} or {nameof(Time)} must be given with sampler '{Sampler.Name}', which never ends. Both are null."), nameof(Trials));
        // An infinite or too large grid shows now.
        _ = Sampler!.Size(space);
    }

    private static void Require(bool holds, string name, string rule, object? value)
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(name, Invariant($"{name} {rule}. Got {(value is TimeSpan time ? Invariant($"{time:c}") : value ?? "null")}."));
    }
}

/// <summary>What a worker has, or a trial needs.</summary>
public sealed record SweepResources
{
    /// <summary>Nothing in particular.</summary>
    public static SweepResources None { get; } = new();

    /// <summary>GPUs; at least 0. Default 0.</summary>
    public int Gpus { get; init; }

    /// <summary>Memory in bytes; at least 0. Default 0.</summary>
    public long Memory { get; init; }

    /// <summary>Words for anything else, of letters, digits, dots and hyphens: a worker has all of them, a trial needs at most one. Default none.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    internal void Check(bool needs)
    {
        if (Gpus < 0 || Memory < 0)
            throw new ArgumentOutOfRangeException(nameof(Gpus), Invariant($"Gpus and Memory must be at least 0. Got {Gpus} and {Memory}."));
        if (Tags.FirstOrDefault(tag => tag.Length == 0 || !tag.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-')) is { } bad)
            throw new ArgumentException(Invariant($"Tags must be of letters, digits, dots and hyphens. Got '{bad}'."), nameof(Tags));
        if (needs && Tags.Count > 1)
            throw new ArgumentException(Invariant($"A trial must need at most one tag. Got {string.Join(", ", Tags)}."), nameof(Tags));
    }
}
