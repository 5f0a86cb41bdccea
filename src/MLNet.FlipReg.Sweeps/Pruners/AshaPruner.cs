namespace FlipReg.Sweeps;

/// <summary>Asynchronous successive halving.</summary>
internal sealed class AshaPruner(int minimumSteps, int reductionFactor) : Pruner
{
    public override string Name => "asha";

    internal override bool IsHopeless(HistoryTrial trial, StudyHistory history)
    {
        if (trial.Reports.Count == 0)
            return false;
        var step = trial.Reports.Keys[^1];
        var before = trial.Reports.Count > 1 ? trial.Reports.Keys[^2] : 0;
        // The rungs that the latest report reached.
        for (long rung = minimumSteps; rung <= step; rung *= reductionFactor)
        {
            if (rung > before && !IsAmongTheBest(trial, history, rung))
                return true;
        }

        return false;
    }

    private bool IsAmongTheBest(HistoryTrial trial, StudyHistory history, long rung)
    {
        var value = trial.Reports.Values[^1];
        if (double.IsNaN(value))
            return false;
        var own = history.ReportLoss(value);
        var (rivals, better) = (1, 0);
        foreach (var other in history.Trials)
        {
            if (other.Number == trial.Number || At(other, rung) is not { } reported || double.IsNaN(reported))
                continue;
            rivals++;
            better += history.ReportLoss(reported) < own ? 1 : 0;
        }

        // While fewer than η have come, the best of them goes on.
        return better < Math.Max(1, rivals / reductionFactor);
    }

    /// <summary>What a trial reported when it reached a rung: at the first step from there on; null where it has not.</summary>
    private static double? At(HistoryTrial trial, long rung)
    {
        var keys = trial.Reports.Keys;
        var (low, high) = (0, keys.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = keys[middle] < rung ? (middle + 1, high) : (low, middle);
        }

        return low < keys.Count ? trial.Reports.Values[low] : null;
    }
}
