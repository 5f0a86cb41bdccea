using System.Diagnostics;
using FlipReg.Sweeps.Store;

namespace FlipReg.Sweeps;

/// <summary>
/// Ties a running trial to the database: signs of life from one thread, reports from another, limits by a timer. While the database is down the trial
/// goes on, and what it has to say is kept.
/// </summary>
internal sealed class TrialLink : IDisposable
{
    private readonly TrialStore _store;
    private readonly SweepTrial _trial;
    private readonly SweepOptions _options;
    private readonly string _workerId;
    private readonly Action _refresh;
    private readonly ManualResetEventSlim _ended = new();
    private readonly AutoResetEvent _reported = new(false);
    private readonly Thread _heartbeat;
    private readonly Timer? _limits;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Lock _writeLock = new();
    private Thread? _writer;
    private volatile bool _writing = true;

    /// <param name="store">The store.</param>
    /// <param name="trial">The trial.</param>
    /// <param name="options">Times and limits.</param>
    /// <param name="workerId">Whose trial it is.</param>
    /// <param name="refresh">Reads what others reported, after reports were written.</param>
    public TrialLink(TrialStore store, SweepTrial trial, SweepOptions options, string workerId, Action refresh)
    {
        (_store, _trial, _options, _workerId, _refresh) = (store, trial, options, workerId, refresh);
        trial.Reported = OnReport;
        trial.Flushed = () => WriteOnce() == Written.Yes;
        _heartbeat = new Thread(Beat) { IsBackground = true, Name = "sweep heartbeat", Priority = ThreadPriority.AboveNormal };
        _heartbeat.Start();
        if (options.TrialTime is not null || options.ProgressTime is not null || options.ResidentMemory is not null)
            _limits = new Timer(_ => CheckLimits(), null, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(200));
    }

    /// <summary>Ends the writing of reports; those that are left are the trial's pending ones.</summary>
    public void StopWriting()
    {
        _limits?.Dispose();
        _writing = false;
        _reported.Set();
        _writer?.Join();
    }

    /// <summary>Ends the signs of life.</summary>
    public void Dispose()
    {
        StopWriting();
        _ended.Set();
        _heartbeat.Join();
        _ended.Dispose();
        _reported.Dispose();
    }

    private void OnReport()
    {
        if (_writer is null)
        {
            _writer = new Thread(Write) { IsBackground = true, Name = "sweep reports" };
            _writer.Start();
        }

        if (_trial.PendingReports >= 100)
            _reported.Set();
    }

    private void Beat()
    {
        while (!_ended.Wait(_options.HeartbeatInterval))
        {
            // A fit that hangs, and does not stop when told to, is left to another worker.
            if (_trial.StopReason == TrialStop.NoProgress && _trial.SinceProgress > _options.ProgressTime + _options.Lease)
                return;
            if (!TryStore(() => _store.Heartbeat(_trial.Key, _workerId, _options.Lease.TotalSeconds)))
                return;
        }
    }

    private void Write()
    {
        while (_writing)
        {
            _reported.WaitOne(_options.ReportInterval);
            if (_writing && WriteOnce() == Written.Lost)
                return;
        }
    }

    /// <summary>Writes what was reported.</summary>
    private Written WriteOnce()
    {
        lock (_writeLock)
        {
            var reports = _trial.TakePending();
            if (reports.Count == 0)
                return Written.Yes;
            var stored = false;
            var mine = TryStore(() => stored = _store.Report(_trial.Key, reports));
            if (!stored)
                _trial.PutBack(reports);
            if (stored && _options.Pruner != Pruner.None)
            {
                TryStore(() =>
                {
                    _refresh();
                    return true;
                });
            }

            return stored ? Written.Yes : mine ? Written.NotYet : Written.Lost;
        }
    }

    /// <summary>What came of writing.</summary>
    private enum Written
    {
        Yes,
        NotYet,
        Lost,
    }

    /// <summary>Does something in the store, and stops the trial where it turns out to be another's; false then.</summary>
    private bool TryStore(Func<bool> action)
    {
        try
        {
            if (action())
                return true;
        }
        catch (StoreException e) when (e.IsTemporary)
        {
            return true;
        }
        catch (SweepException)
        {
            // The study was deleted, or the database is not what it was.
        }

        _trial.Stop(TrialStop.Lost);
        return false;
    }

    private void CheckLimits()
    {
        if (_options.TrialTime < Stopwatch.GetElapsedTime(_started))
            _trial.Stop(TrialStop.OutOfTime);
        if (_options.ProgressTime < _trial.SinceProgress)
            _trial.Stop(TrialStop.NoProgress);
        if (_options.ResidentMemory < Environment.WorkingSet)
            _trial.Stop(TrialStop.OutOfMemory);
    }
}
