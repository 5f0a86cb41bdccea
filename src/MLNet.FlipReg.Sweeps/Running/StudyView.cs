using FlipReg.Sweeps.Store;

namespace FlipReg.Sweeps;

/// <summary>What this process knows of a study, shared by its workers; a refresh reads what changed since the one before.</summary>
internal sealed class StudyView(TrialStore store, string studyId, StudyHistory history)
{
    private readonly Lock _lock = new();

    /// <summary>Reads what changed.</summary>
    public void Refresh()
    {
        long since;
        lock (_lock)
            since = history.Revision;
        var (revision, trials, reports) = store.Changes(studyId, since);
        lock (_lock)
        {
            foreach (var row in trials)
            {
                var trial = history.Trial(row.Number, () => SpaceDocument.ReadPoint(row.Parameters, history.Space));
                (trial.State, trial.Value) = (Enum.Parse<TrialState>(row.State), row.Value);
                if (row.GridIndex is { } index)
                    history.GridIndices.Add(index);
            }

            // A trial that was made between the two queries comes with the next refresh, and so do its reports.
            foreach (var report in reports.Where(report => report.TrialNumber <= history.Trials.Count))
                history.Trials[report.TrialNumber - 1].Reports[report.Step] = report.Value ?? double.NaN;
            history.Revision = Math.Max(history.Revision, revision);
        }
    }

    /// <summary>The next trial's number and what a sampler proposes for it; no proposal where it has none left.</summary>
    public (int Number, Proposal? Proposal) Propose(Sampler sampler, int salt)
    {
        lock (_lock)
        {
            var number = history.Trials.Count + 1;
            return (number, number == 1 && sampler is not GridSampler ? new Proposal(history.Space.Initial) : sampler.Propose(history.Space, history, number, salt));
        }
    }

    /// <summary>Notes a report of a trial of this process, and asks the pruner.</summary>
    public bool Report(HistoryTrial own, int step, double value, Pruner pruner)
    {
        lock (_lock)
        {
            if (own.Reports.Count == 0 && own.Number <= history.Trials.Count)
            {
                // What an earlier attempt reported before the step from which this one goes on.
                foreach (var (before, reported) in history.Trials[own.Number - 1].Reports.Where(pair => pair.Key < step))
                    own.Reports[before] = reported;
            }

            own.Reports[step] = value;
            if (own.Number <= history.Trials.Count)
                history.Trials[own.Number - 1].Reports[step] = value;
            return pruner.IsHopeless(own, history);
        }
    }
}
