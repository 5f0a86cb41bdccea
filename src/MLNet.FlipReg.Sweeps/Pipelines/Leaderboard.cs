using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.FlipReg.Interop;
using static System.FormattableString;

namespace FlipReg.Sweeps.Pipelines;

/// <summary>Trials as a data view, the best first.</summary>
internal static class Leaderboard
{
    private static readonly string[] _own = ["Trial", "State", "Value", "Seconds", "Attempts", "Error"];

    public static IDataView Of(IHostEnvironment environment, SweepOutcome outcome, SweepSpace space)
    {
        SweepTrialInfo[] rows = [.. outcome.Ranking];
        var table = new TableView(environment);
        table.Add("Trial", NumberDataViewType.Int32, [.. rows.Select(row => row.Number)]);
        table.Add("State", [.. rows.Select(row => row.State.ToString())]);
        table.Add("Value", NumberDataViewType.Double, [.. rows.Select(row => row.Value ?? double.NaN)]);
        table.Add("Seconds", NumberDataViewType.Double, [.. rows.Select(row => row.Duration?.TotalSeconds ?? double.NaN)]);
        table.Add("Attempts", NumberDataViewType.Int32, [.. rows.Select(row => row.Attempts)]);
        table.Add("Error", [.. rows.Select(row => row.Error ?? "")]);
        foreach (var parameter in space.Parameters)
        {
            var name = _own.Contains(parameter.Name) ? Invariant($"Parameter.{parameter.Name}") : parameter.Name;
            // A number that has no part in a trial is missing.
            if (parameter.Initial is double or long)
                table.Add(name, NumberDataViewType.Double, [.. rows.Select(row => row.Point.ContainsKey(parameter.Name) ? row.Point.GetDouble(parameter.Name) : double.NaN)]);
            else
                table.Add(name, [.. rows.Select(row => row.Point.TryGetValue(parameter.Name, out var value) ? SweepValues.Text(value).Trim('\'') : "")]);
        }

        return table.Build(rows.Length);
    }
}
