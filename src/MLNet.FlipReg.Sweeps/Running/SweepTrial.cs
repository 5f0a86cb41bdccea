using System.Diagnostics;
using FlipReg.Sweeps.Store;
using static System.FormattableString;

namespace FlipReg.Sweeps;

/// <summary>A trial while it runs: its values, and where to report to.</summary>
public sealed class SweepTrial
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<HistoryTrial, int, double, bool> _judge;
    private readonly HistoryTrial _history;
    private readonly Lock _lock = new();
    private List<(int Step, double Value)> _pending = [];
    private long _progressAt = Stopwatch.GetTimestamp();
    private int _reason;

    internal SweepTrial(TrialKey key, SweepPoint point, string? folder, Func<HistoryTrial, int, double, bool> judge)
    {
        (Key, Point, Folder, _judge) = (key, point, folder, judge);
        _history = new HistoryTrial(key.Number) { Point = point, State = TrialState.Running };
    }

    /// <summary>The trial's number in its study, from 1.</summary>
    public int Number => Key.Number;

    /// <summary>Which attempt at the trial this is, from 1: more where a worker died or was stopped.</summary>
    public int Attempt => Key.Attempt;

    /// <summary>The values of its parameters.</summary>
    public SweepPoint Point { get; }

    /// <summary>Canceled when the trial is to stop: pruned, out of time, taken by another worker.</summary>
    public CancellationToken CancellationToken => _stop.Token;

    /// <summary>The trial's own folder, the same in every attempt; null where the sweep has none.</summary>
    public string? Folder { get; }

    /// <summary>Where a trainer of this library keeps checkpoints, so that another attempt goes on from them; null where the sweep has no folder.</summary>
    public string? CheckpointFolder => Folder is null ? null : Path.Combine(Folder, "checkpoints");

    /// <summary>Reports how the trial does so far.</summary>
    /// <param name="step">How far it is, from 1, rising: the epoch, or the fold.</param>
    /// <param name="value">The value; comparable between trials at the same step.</param>
    /// <exception cref="OperationCanceledException">The trial is to stop. Let it through.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The step is below 1.</exception>
    public void Report(int step, double value)
    {
        if (step < 1)
            throw new ArgumentOutOfRangeException(nameof(step), Invariant($"step must be at least 1. Got {step}."));
        ThrowIfStopped();
        Interlocked.Exchange(ref _progressAt, Stopwatch.GetTimestamp());
        lock (_lock)
            _pending.Add((step, value));
        Reported?.Invoke();
        if (_judge(_history, step, value))
            Stop(TrialStop.Pruned);
        ThrowIfStopped();
    }

    /// <summary>
    /// Stores what was reported now, and not with the next batch. While the database is down it is kept, and the trial goes on.
    /// </summary>
    /// <returns>
    /// Whether all is stored. Write a checkpoint only then, or put the reports into it: another worker that goes on from it does not report again what was before it. Checkpoints of this library's trainers
    /// hold their reports.
    /// </returns>
    /// <exception cref="OperationCanceledException">The trial is to stop. Let it through.</exception>
    public bool Flush()
    {
        var stored = Flushed?.Invoke() ?? true;
        ThrowIfStopped();
        return stored;
    }

    /// <summary>The path of a file of the trial's, below <see cref="Folder"/>.</summary>
    /// <param name="name">A relative path.</param>
    /// <exception cref="InvalidOperationException">The sweep has no folder.</exception>
    /// <exception cref="ArgumentException">The path leads out of the trial's folder.</exception>
    public string FilePath(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (Folder is null)
            throw new InvalidOperationException("The sweep has no folder for files. Set SweepOptions.Folder.");
        return SweepFolders.Below(Folder, name);
    }

    internal TrialKey Key { get; }

    /// <summary>Why it is to stop.</summary>
    internal TrialStop StopReason => (TrialStop)Volatile.Read(ref _reason);

    /// <summary>Called at each report.</summary>
    internal Action? Reported { get; set; }

    /// <summary>Stores what was reported.</summary>
    internal Func<bool>? Flushed { get; set; }

    /// <summary>Notes values that an earlier attempt reported, for the case that it died before they were stored.</summary>
    internal void Restore(IReadOnlyList<(int Step, double Value)> reports)
    {
        foreach (var (step, value) in reports)
            _history.Reports[step] = value;
        lock (_lock)
            _pending.InsertRange(0, reports);
    }

    internal TimeSpan SinceProgress => Stopwatch.GetElapsedTime(Interlocked.Read(ref _progressAt));

    internal int PendingReports
    {
        get
        {
            lock (_lock)
                return _pending.Count;
        }
    }

    /// <summary>Lets the trial stop; the first reason counts.</summary>
    internal void Stop(TrialStop reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, 0) == 0)
            _stop.Cancel();
    }

    internal void ThrowIfStopped()
    {
        if (StopReason != TrialStop.None)
            throw new TrialStoppedException(StopReason, CancellationToken);
    }

    /// <summary>Takes the reports that were not stored yet.</summary>
    internal List<(int Step, double Value)> TakePending()
    {
        lock (_lock)
        {
            var taken = _pending;
            _pending = [];
            return taken;
        }
    }

    /// <summary>Puts reports back that could not be stored.</summary>
    internal void PutBack(List<(int Step, double Value)> reports)
    {
        lock (_lock)
            _pending.InsertRange(0, reports);
    }
}

/// <summary>Why a trial is to stop.</summary>
internal enum TrialStop
{
    None,
    Pruned,
    Lost,
    Released,
    OutOfTime,
    OutOfMemory,
    NoProgress,
}

/// <summary>Ends the fit of a trial that is to stop.</summary>
internal sealed class TrialStoppedException(TrialStop reason, CancellationToken token) : OperationCanceledException(Invariant($"The trial is to stop: {reason}."), token)
{
    public TrialStop Reason => reason;
}

/// <summary>Folders of studies and trials.</summary>
internal static class SweepFolders
{
    /// <summary>A study's folder in a sweep's: its name, with what a file system may not take as hexadecimal numbers.</summary>
    public static string OfStudy(string folder, string study)
    {
        var name = string.Concat(study.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c.ToString() : Invariant($"%{(int)c:x4}")));
        return Path.Combine(Path.GetFullPath(folder), name);
    }

    /// <summary>The name of a trial's folder.</summary>
    public static string OfTrial(int number) => Invariant($"trial-{number:D6}");

    /// <summary>A path below a folder, links followed.</summary>
    public static string Below(string folder, string name)
    {
        var root = Path.GetFullPath(folder);
        var path = Path.GetFullPath(Path.Combine(root, name));
        if (Path.IsPathRooted(name) || !path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal) || LeadsOut(root, path))
            throw new ArgumentException(InvariantText.OfFile($"A file of a trial must be in its folder, '{root}'. Got '{name}'. Give a relative path that does not leave it."), nameof(name));
        return path;
    }

    /// <summary>Whether a link on the way leads out of the folder.</summary>
    private static bool LeadsOut(string root, string path)
    {
        for (var part = path; part is not null && part.Length > root.Length; part = Path.GetDirectoryName(part))
        {
            if (new FileInfo(part).LinkTarget is not null || new DirectoryInfo(part).LinkTarget is not null)
                return true;
        }

        return false;
    }
}
