namespace FlipReg.Sweeps;

/// <summary>The median stopping rule.</summary>
internal sealed class MedianPruner(int startupTrials, int warmupSteps) : Pruner
{
    public override string Name => "median";

    internal override bool IsHopeless(HistoryTrial trial, StudyHistory history)
    {
        if (trial.Reports.Count == 0)
            return false;
        var step = trial.Reports.Keys[^1];
        if (step < warmupSteps)
            return false;
        var finished = 0;
        var losses = new List<double>();
        foreach (var other in history.Trials)
        {
            if (other.State != TrialState.Finished)
                continue;
            finished++;
            if (other.Reports.TryGetValue(step, out var value) && !double.IsNaN(value))
                losses.Add(history.ReportLoss(value));
        }

        if (finished < startupTrials)
            return false;
        var own = trial.Reports.Values.Where(value => !double.IsNaN(value)).Select(history.ReportLoss).DefaultIfEmpty(double.NaN).Min();
        return double.IsNaN(own) || (losses.Count > 0 && own > Median(losses));
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        var middle = values.Count / 2;
        return values.Count % 2 == 1 ? values[middle] : 0.5 * (values[middle - 1] + values[middle]);
    }
}
