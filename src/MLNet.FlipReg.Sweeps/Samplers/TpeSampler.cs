namespace FlipReg.Sweeps;

/// <summary>
/// TPE. Parameters that always have a part are proposed together; those that depend on a value of another, together with the others that do, from the
/// trials in which they had a part.
/// </summary>
internal sealed class TpeSampler(int seed, int startupTrials, int candidates) : Sampler(seed)
{
    public override string Name => "tpe";

    internal override Proposal? Propose(SweepSpace space, StudyHistory history, int number, int salt)
    {
        var random = Generator(number, salt);
        var (best, others, done) = Split(history);
        if (done < startupTrials)
            return new(RandomSampler.Draw(space, random));
        var proposed = new Dictionary<string, object>(StringComparer.Ordinal);
        return new(space.Complete(parameter =>
        {
            if (!proposed.TryGetValue(parameter.Name, out var value))
            {
                ProposeGroup(space, parameter, best, others, random, proposed);
                value = proposed[parameter.Name];
            }

            return value;
        }));
    }

    /// <summary>
    /// The best trials and the others, each by number, and how many are done. Finished ones are ordered by value, behind them pruned ones by how far they
    /// came and then by their last value, those that diverged, those that run. A tenth of those done are the best, 25 at most.
    /// </summary>
    internal static (List<HistoryTrial> Best, List<HistoryTrial> Others, int Done) Split(StudyHistory history)
    {
        var keyed = new List<(double Step, double Loss, HistoryTrial Trial)>(history.Trials.Count);
        var done = 0;
        foreach (var trial in history.Trials)
        {
            if (Key(trial, history) is not { } key)
                continue;
            done += double.IsPositiveInfinity(key.Step) ? 0 : 1;
            keyed.Add((key.Step, key.Loss, trial));
        }

        var best = new PriorityQueue<int, (double, double, int)>(Comparer<(double, double, int)>.Create((a, b) => b.CompareTo(a)));
        var below = Math.Min((int)Math.Ceiling(0.1 * done), 25);
        for (var i = 0; i < keyed.Count && below > 0; i++)
        {
            // Equal ones in the order of their numbers.
            if (best.Count < below)
                best.Enqueue(i, (keyed[i].Step, keyed[i].Loss, i));
            else
                best.EnqueueDequeue(i, (keyed[i].Step, keyed[i].Loss, i));
        }

        var chosen = best.UnorderedItems.Select(item => item.Element).ToHashSet();
        return ([.. chosen.Order().Select(i => keyed[i].Trial)], [.. keyed.Where((_, i) => !chosen.Contains(i)).Select(k => k.Trial)], done);
    }

    private static (double Step, double Loss)? Key(HistoryTrial trial, StudyHistory history) => trial.State switch
    {
        TrialState.Finished when trial.Value is { } value => (double.NegativeInfinity, history.Loss(value)),
        TrialState.Pruned when trial.Reports.Count > 0 => (-trial.Reports.Keys[^1], double.IsNaN(trial.Reports.Values[^1]) ? double.PositiveInfinity : history.ReportLoss(trial.Reports.Values[^1])),
        TrialState.Pruned => (1, 0),
        TrialState.Diverged => (2, 0),
        TrialState.Running or TrialState.Waiting when trial.Point is not null => (double.PositiveInfinity, double.PositiveInfinity),
        _ => null,
    };

    /// <summary>Which of several candidates is likeliest among the best, compared with the others.</summary>
    internal static int Choose(ParzenEstimator best, ParzenEstimator others, IReadOnlyList<double[]> points)
    {
        var (good, bad) = (best.LogDensity(points), others.LogDensity(points));
        var chosen = 0;
        for (var i = 1; i < points.Count; i++)
        {
            if (good[i] - bad[i] > good[chosen] - bad[chosen])
                chosen = i;
        }

        return chosen;
    }

    /// <summary>The estimator of some trials, over parameters that have a part in the same ones.</summary>
    internal static ParzenEstimator Estimate(SweepSpace space, IReadOnlyList<SweepParameter> group, List<HistoryTrial> trials)
    {
        int[] columns = [.. group.Select(parameter => Array.IndexOf([.. space.Parameters], parameter))];
        var values = columns.Select(_ => new double[trials.Count]).ToArray();
        var count = 0;
        foreach (var trial in trials)
        {
            var encoded = trial.Encoded(space);
            if (double.IsNaN(encoded[columns[0]]))
                continue;
            for (var c = 0; c < columns.Length; c++)
                values[c][count] = encoded[columns[c]];
            count++;
        }

        return new(group, [.. values.Select(column => column[..count])]);
    }

    private void ProposeGroup(SweepSpace space, SweepParameter first, List<HistoryTrial> bestTrials, List<HistoryTrial> otherTrials, Random random, Dictionary<string, object> proposed)
    {
        List<SweepParameter> group = [.. space.Varying.Where(p => p.Parent == first.Parent && p.ParentValues.SequenceEqual(first.ParentValues))];
        if (group.Count == 0 || !group.Contains(first))
        {
            // A choice of one value.
            proposed[first.Name] = first.Initial;
            return;
        }

        var (best, others) = (Estimate(space, group, bestTrials), Estimate(space, group, otherTrials));
        var points = best.Sample(random, candidates);
        var chosen = points[Choose(best, others, points)];
        for (var i = 0; i < group.Count; i++)
            proposed[group[i].Name] = Decode(group[i], chosen[i]);
    }

    private static object Decode(SweepParameter parameter, double value) => parameter.Kind switch
    {
        SweepParameterKind.Double => value,
        SweepParameterKind.Integer => (long)value,
        _ => parameter.Values[(int)value],
    };
}
