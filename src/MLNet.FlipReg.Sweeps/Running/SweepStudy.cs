using System.Runtime.ExceptionServices;
using FlipReg.Sweeps.Store;
using static System.FormattableString;

namespace FlipReg.Sweeps;

/// <summary>
/// Sweeps over any function of a trial. For ML.NET pipelines there is <c>mlContext.MulticlassClassification.Sweep</c>, which stands on this.
/// </summary>
public static class SweepStudy
{
    /// <summary>Runs trials until nothing is left to do, in this process, side by side with other processes that run the same study.</summary>
    /// <param name="space">What to vary; at least one parameter.</param>
    /// <param name="objective">Gives a trial's value. It may report on the way, and lets the exception through by which a report stops it. Called by several threads where there are several workers.</param>
    /// <param name="higherIsBetter">Whether a higher value is better.</param>
    /// <param name="options">Where and how; null: the defaults.</param>
    /// <param name="reportsHigherIsBetter">Whether a higher report is better; null: as for the value.</param>
    /// <exception cref="ArgumentException">An option is out of its range, the space varies nothing, or a grid of it is infinite.</exception>
    /// <exception cref="SweepException">The study has another space or metric, was deleted meanwhile, or the database failed for longer than DatabasePatience.</exception>
    public static SweepOutcome Run(SweepSpace space, Func<SweepTrial, double> objective, bool higherIsBetter, SweepOptions? options = null, bool? reportsHigherIsBetter = null)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(objective);
        options ??= new SweepOptions();
        return Run(new StudySpec(options.Name, space, "value", higherIsBetter, reportsHigherIsBetter ?? higherIsBetter), objective, options);
    }

    internal static SweepOutcome Run(StudySpec spec, Func<SweepTrial, double> objective, SweepOptions options)
    {
        options.Check(spec.Space);
        options.Resources.Check(needs: false);
        if (options.Store is { } store)
            return Run(spec, objective, options, store);
        var folder = Directory.CreateTempSubdirectory("flipreg-sweep");
        try
        {
            using var temporary = SweepStore.Sqlite(Path.Combine(folder.FullName, "study.db"));
            return Run(spec, objective, options, temporary);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static SweepOutcome Run(StudySpec spec, Func<SweepTrial, double> objective, SweepOptions options, SweepStore store)
    {
        var study = store.Trials.OpenStudy(spec, new(options.Trials, options.FailuresInARow, options.Attempts));
        var view = new StudyView(store.Trials, study.Id, new(spec.Space, spec.HigherIsBetter, spec.ReportsHigherIsBetter));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(options.CancellationToken);
        if (options.Time is { } time)
            stop.CancelAfter(time);
        var workers = Enumerable.Range(0, options.Workers).Select(_ => new SweepWorker(store, study, view, spec.Space, options,
            new(Guid.NewGuid().ToString("N"), Environment.GetEnvironmentVariable(SweepSlots.Variable), options.Resources.Gpus, options.Resources.Memory, options.Resources.Tags), objective, stop.Token)).ToList();
        var progress = new Lock();
        Exception? failure = null;
        var threads = workers.Select(worker => new Thread(() =>
        {
            try
            {
                worker.Run(Ended);
            }
            catch (Exception e)
            {
                // One that cannot go on ends all: the others would meet the same.
                Interlocked.CompareExchange(ref failure, e, null);
                stop.Cancel();
            }
        })
        { IsBackground = true, Name = "sweep worker" }).ToList();
        // The caller's culture and async locals reach them, as they do a thread of its own.
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
        var trials = Trials(store.Trials, study.Id, spec.Space);
        return new()
        {
            Study = spec.Name,
            HigherIsBetter = spec.HigherIsBetter,
            Trials = trials,
            StopReason = workers.Select(worker => worker.StopReason).FirstOrDefault(reason => reason is not null)
                ?? (options.CancellationToken.IsCancellationRequested ? "The sweep was canceled." : stop.IsCancellationRequested ? Invariant($"The time was up: {options.Time:c}.") : null),
        };

        void Ended(TrialKey key)
        {
            if (options.Progress is not { } report)
                return;
            lock (progress)
            {
                if (store.Trials.Trial(study.Id, key.Number) is { } row)
                    report(SweepTrialInfo.Of(row.Trial, row.Reports, spec.Space));
            }
        }
    }

    private static List<SweepTrialInfo> Trials(TrialStore store, string studyId, SweepSpace space)
    {
        var (_, rows, reports) = store.Changes(studyId, 0);
        var byTrial = reports.ToLookup(report => report.TrialNumber);
        return [.. rows.Select(row => SweepTrialInfo.Of(row, byTrial[row.Number], space))];
    }
}

/// <summary>What a sweep gave.</summary>
public sealed record SweepOutcome
{
    /// <summary>The study's name.</summary>
    public required string Study { get; init; }

    /// <summary>Whether a higher value is better.</summary>
    public required bool HigherIsBetter { get; init; }

    /// <summary>All trials of the study, by number, those of earlier starts and of other workers included.</summary>
    public required IReadOnlyList<SweepTrialInfo> Trials { get; init; }

    /// <summary>Why the sweep ended before all trials were done; null: they are.</summary>
    public required string? StopReason { get; init; }

    /// <summary>The best finished trial, the first of several; null where none finished.</summary>
    public SweepTrialInfo? Best => Trials.Where(trial => trial is { State: TrialState.Finished, Value: not null }).MinBy(trial => HigherIsBetter ? -trial.Value!.Value : trial.Value!.Value);

    /// <summary>Finished trials, the best first, and then the others by number.</summary>
    public IEnumerable<SweepTrialInfo> Ranking => Trials.OrderBy(trial => trial.State == TrialState.Finished ? 0 : 1)
        .ThenBy(trial => trial.State != TrialState.Finished ? 0 : HigherIsBetter ? -trial.Value!.Value : trial.Value!.Value).ThenBy(trial => trial.Number);
}
