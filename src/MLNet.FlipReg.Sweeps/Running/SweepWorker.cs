using System.Diagnostics;
using FlipReg.Sweeps.Store;
using static System.FormattableString;

namespace FlipReg.Sweeps;

/// <summary>One worker: asks for trials, runs them one after another, tells what they gave.</summary>
internal sealed class SweepWorker(SweepStore store, StudyRow study, StudyView view, SweepSpace space, SweepOptions options, WorkerInfo worker, Func<SweepTrial, double> objective, CancellationToken stop)
{
    /// <summary>Proposals of a number that another worker was faster with, before one is made that fits any number.</summary>
    private const int StrictTries = 1;

    private readonly TrialStore _store = store.Trials;

    /// <summary>Why it ended: the study was stopped, or its trials wait for other workers; null: all is done, or it was told to stop.</summary>
    public string? StopReason { get; private set; }

    /// <summary>Works until nothing is left to do or it is told to stop.</summary>
    public void Run(Action<TrialKey> ended)
    {
        Patiently(() =>
        {
            _store.AddWorker(study.Id, worker);
            return true;
        });
        var (conflicts, waits, lastChange) = (0, 0, Stopwatch.GetTimestamp());
        while (!stop.IsCancellationRequested)
        {
            var asked = Patiently(() => Ask(conflicts));
            if (asked is null)
                return;
            conflicts = asked.Outcome == AskOutcome.Conflict ? conflicts + 1 : 0;
            switch (asked.Outcome)
            {
                case AskOutcome.Claimed:
                    (waits, lastChange) = (0, Stopwatch.GetTimestamp());
                    RunTrial(asked.Trial!);
                    ended(new(study.Id, asked.Trial!.Number, asked.Trial.Attempt));
                    break;
                case AskOutcome.Stored when ++waits < 8:
                case AskOutcome.Conflict:
                    break;
                case AskOutcome.Stored:
                case AskOutcome.Wait:
                    if (asked.Reason is { } reason && Stopwatch.GetElapsedTime(lastChange) > options.Lease)
                    {
                        StopReason = reason;
                        return;
                    }

                    if (asked.Reason is null)
                        lastChange = Stopwatch.GetTimestamp();
                    // Short at first: the others' last trials may be short, too.
                    stop.WaitHandle.WaitOne(Math.Min(10 << Math.Min(waits++, 7), 1000));
                    break;
                case AskOutcome.Stopped:
                    StopReason = asked.Reason;
                    return;
                default:
                    return;
            }
        }
    }

    private AskResult Ask(int conflicts)
    {
        view.Refresh();
        var anyNumber = conflicts >= StrictTries || options.Sampler is GridSampler;
        var (number, proposal) = view.Propose(options.Sampler, conflicts >= StrictTries ? worker.Id.GetHashCode(StringComparison.Ordinal) ^ conflicts : 0);
        TrialOffer? offer = null;
        if (proposal is not null)
        {
            var needs = options.Requires?.Invoke(proposal.Point) ?? SweepResources.None;
            needs.Check(needs: true);
            offer = new(number, anyNumber, SpaceDocument.Write(proposal.Point), proposal.GridIndex, new(needs.Gpus, needs.Memory, needs.Tags.Count == 0 ? null : needs.Tags[0]));
        }

        return _store.Ask(study.Id, worker, offer, options.Lease.TotalSeconds);
    }

    private void RunTrial(TrialRow row)
    {
        var key = new TrialKey(study.Id, row.Number, row.Attempt);
        var folder = options.Folder is null ? null : Path.Combine(SweepFolders.OfStudy(options.Folder, study.Name), SweepFolders.OfTrial(row.Number));
        var trial = new SweepTrial(key, SpaceDocument.ReadPoint(row.Parameters, space), folder, (own, step, value) => view.Report(own, step, value, options.Pruner));
        using var link = new TrialLink(_store, trial, options, worker.Id, view.Refresh);
        using var released = stop.Register(() => trial.Stop(TrialStop.Released));
        var end = Evaluate(trial);
        link.StopWriting();
        var reports = trial.TakePending();
        // Told also where the sweep was told to stop meanwhile: the work is done. The database may come back.
        if (trial.StopReason == TrialStop.Lost && end is null)
            return;
        Patiently(() => end is null ? _store.Release(key, reports) : _store.Tell(key, end, reports), evenWhenStopped: true);
    }

    /// <summary>Runs the trial; null where it was neither finished nor failed: lost or given back.</summary>
    private TrialEnd? Evaluate(SweepTrial trial)
    {
        try
        {
            if (trial.Folder is { } folder)
            {
                Directory.CreateDirectory(folder);
                _store.SetFolder(trial.Key, SweepFolders.OfTrial(trial.Number));
            }

            var value = objective(trial);
            return double.IsNaN(value)
                ? new(TrialState.Failed, Error: "The metric is not a number.")
                : new(TrialState.Finished, value);
        }
        catch (Exception e) when (Diverged(e) is { } diverged)
        {
            return new(TrialState.Diverged, Error: diverged.Message);
        }
        catch (Exception e) when (trial.StopReason != TrialStop.None && e is OperationCanceledException or AggregateException { InnerException: OperationCanceledException })
        {
            return trial.StopReason switch
            {
                TrialStop.Pruned => new(TrialState.Pruned),
                TrialStop.OutOfTime => new(TrialState.Pruned, Error: Invariant($"It took longer than TrialTime, {options.TrialTime:c}.")),
                TrialStop.OutOfMemory => new(TrialState.Failed, Error: Invariant($"The process had more than ResidentMemory, {options.ResidentMemory} bytes, resident.")),
                TrialStop.NoProgress => new(TrialState.Failed, Error: Invariant($"It reported nothing for longer than ProgressTime, {options.ProgressTime:c}.")),
                _ => null,
            };
        }
        catch (Exception e) when (e is not StoreException)
        {
            return new(TrialState.Failed, Error: InvariantText.OfFile($"{e.GetType().Name}: {e.Message}"));
        }
        catch (StoreException)
        {
            return null;
        }
    }

    private static TrainingDivergedException? Diverged(Exception e) => e as TrainingDivergedException ?? (e is AggregateException { InnerException: { } inner } ? Diverged(inner) : null);

    /// <summary>Does something in the store, again and again while it is down.</summary>
    private T? Patiently<T>(Func<T> action, bool evenWhenStopped = false)
    {
        var (began, pause) = (Stopwatch.GetTimestamp(), TimeSpan.FromMilliseconds(100));
        while (true)
        {
            try
            {
                return action();
            }
            catch (StoreException e) when (e.IsTemporary && Stopwatch.GetElapsedTime(began) < options.DatabasePatience)
            {
                // Told to stop: one more second, and the lease runs out by itself.
                if (stop.IsCancellationRequested && (!evenWhenStopped || Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(1)))
                    return default;
                stop.WaitHandle.WaitOne(pause);
                if (stop.IsCancellationRequested)
                    Thread.Sleep(pause);
                pause = TimeSpan.FromMilliseconds(Math.Min(pause.TotalMilliseconds * 2, 5_000));
            }
        }
    }
}
