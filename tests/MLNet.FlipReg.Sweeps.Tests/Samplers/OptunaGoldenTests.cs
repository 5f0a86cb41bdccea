using System.Text.Json;

namespace FlipReg.Sweeps.Tests.Samplers;

/// <summary>Golden values of Optuna 3.1: tests/Golden/optuna.</summary>
[TestClass]
public sealed class OptunaGoldenTests
{
    private static readonly JsonElement _golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "optuna", "optuna.json"))).RootElement;

    private static readonly SweepSpace _space = SweepSpace.Empty
        .Add(SweepParameter.Double("rate", 0.01, 0.5, log: true))
        .Add(SweepParameter.Double("dropout", 0, 0.5))
        .Add(SweepParameter.Integer("depth", 1, 5))
        .Add(SweepParameter.Integer("width", 64, 512, log: true))
        .Add(SweepParameter.Choice("method", "a", "b", "c"));

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    public void Tpe_splits_weighs_scores_and_chooses_as_optuna(int example)
    {
        var golden = _golden.GetProperty("tpe")[example];
        var maximize = golden.GetProperty("direction").GetString() == "maximize";
        var history = new StudyHistory(_space, maximize, maximize);
        foreach (var (number, row) in golden.GetProperty("trials").EnumerateArray().Index())
        {
            var trial = history.Trial(number + 1, () => SpaceDocument.ReadPoint(row.GetProperty("params").GetRawText(), _space));
            trial.State = Enum.Parse<TrialState>(row.GetProperty("state").GetString()!, ignoreCase: true);
            if (row.GetProperty("value").ValueKind == JsonValueKind.Number)
                trial.Value = row.GetProperty("value").GetDouble();
            foreach (var report in row.GetProperty("reports").EnumerateObject())
                trial.Reports[int.Parse(report.Name)] = report.Value.GetDouble();
        }

        var (bestTrials, otherTrials, _) = TpeSampler.Split(history);
        CollectionAssert.AreEqual(golden.GetProperty("below").EnumerateArray().Select(n => n.GetInt32()).ToList(), bestTrials.ConvertAll(t => t.Number));
        var (best, others) = (TpeSampler.Estimate(_space, _space.Parameters, bestTrials), TpeSampler.Estimate(_space, _space.Parameters, otherTrials));
        AssertClose(golden.GetProperty("weights"), others.Weights, 1e-12);
        AssertClose(golden.GetProperty("means").GetProperty("rate"), others.Means(0), 1e-12);
        AssertClose(golden.GetProperty("means").GetProperty("depth"), others.Means(2), 1e-12);
        AssertClose(golden.GetProperty("widths").GetProperty("rate"), others.Widths(0), 1e-12);
        AssertClose(golden.GetProperty("widths").GetProperty("depth"), others.Widths(2), 1e-12);
        var points = golden.GetProperty("candidates").EnumerateArray().Select(c => c.EnumerateArray().Select(v => v.GetDouble()).ToArray()).ToList();
        AssertClose(golden.GetProperty("logBest"), best.LogDensity(points), 1e-9);
        AssertClose(golden.GetProperty("logOthers"), others.LogDensity(points), 1e-9);
        Assert.AreEqual(golden.GetProperty("chosen").GetInt32(), TpeSampler.Choose(best, others, points));
    }

    [TestMethod]
    [DataRow("median", 0)]
    [DataRow("median", 1)]
    [DataRow("asha", 0)]
    [DataRow("asha", 1)]
    public void Pruners_stop_the_same_trials_at_the_same_steps_as_optuna(string name, int example)
    {
        var golden = _golden.GetProperty(name)[example];
        var pruner = name == "median"
            ? Pruner.Median(golden.GetProperty("startup").GetInt32(), golden.GetProperty("warmup").GetInt32())
            : Pruner.Asha(golden.GetProperty("minimum").GetInt32(), golden.GetProperty("factor").GetInt32());
        var maximize = golden.GetProperty("direction").GetString() == "maximize";
        var history = new StudyHistory(_space, maximize, maximize);
        var stops = 0;
        foreach (var (number, row) in golden.GetProperty("trials").EnumerateArray().Index())
        {
            var trial = history.Trial(number + 1, () => _space.Initial);
            trial.State = TrialState.Running;
            int? stopped = null;
            foreach (var (step, value) in row.GetProperty("reports").EnumerateArray().Index())
            {
                Assert.IsNull(stopped, $"Trial {number} should not have stopped at {stopped}.");
                trial.Reports[step + 1] = value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble();
                if (pruner.IsHopeless(trial, history))
                    stopped = step + 1;
            }

            Assert.AreEqual(row.GetProperty("stopped").ValueKind == JsonValueKind.Null ? null : row.GetProperty("stopped").GetInt32(), stopped, $"Trial {number}.");
            stops += stopped is null ? 0 : 1;
            (trial.State, trial.Value) = stopped is null ? (TrialState.Finished, (double?)trial.Reports.Values[^1]) : (TrialState.Pruned, (double?)null);
        }

        Assert.IsGreaterThan(5, stops);
    }

    private static void AssertClose(JsonElement expected, double[] actual, double tolerance)
    {
        Assert.HasCount(expected.GetArrayLength(), actual);
        for (var i = 0; i < actual.Length; i++)
            Assert.AreEqual(expected[i].GetDouble(), actual[i], tolerance * Math.Max(1, Math.Abs(actual[i])), $"At {i}.");
    }
}
