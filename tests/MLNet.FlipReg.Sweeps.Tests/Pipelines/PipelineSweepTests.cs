using System.Collections.Concurrent;
using FlipReg.Sweeps.Pipelines;
using FlipReg.Sweeps.Tests.Store;
using Microsoft.ML;
using Microsoft.ML.Data;
using NoisyDigits;

namespace FlipReg.Sweeps.Tests.Pipelines;

/// <summary>Sweeps over whole pipelines on real data.</summary>
[TestClass]
public sealed class PipelineSweepTests
{
    private static readonly MLContext _ml = new(1);

    private static readonly SweepSpace _space = SweepSpace.Of<FerSweep>()
        .Override(SweepParameter.Integer("Epochs", 4, 8, initial: 6)).Override(SweepParameter.Integer("Width", 16, 32, initial: 24)).Fix("Depth", 1)
        .Add(SweepParameter.Choice("Scale", "none", "minmax"));

    [TestMethod]
    public void A_sweep_over_featurization_and_trainer_gives_study_model_and_leaderboard()
    {
        var data = Digits(600);
        using var result = _ml.MulticlassClassification.Sweep(Pipeline, _space, SweepData.Split(data), options: new() { Trials = 5, Sampler = Sampler.Random(1), Pruner = Pruner.None });
        Assert.HasCount(5, result.Outcome.Trials);
        Assert.IsTrue(result.Outcome.Trials.All(t => t.State == TrialState.Finished && t.Reports.Count == t.Point.GetInt32("Epochs")));
        Assert.IsGreaterThan(0.8, result.Best.Value!.Value);
        // The model is the measured one: the same rows give the same value.
        var validation = _ml.Data.TrainTestSplit(data, 0.2, seed: 1).TestSet;
        Assert.AreEqual(result.Best.Value.Value, _ml.MulticlassClassification.Evaluate(result.BestModel.Transform(validation)).MicroAccuracy, 1e-12);
        var board = result.Leaderboard;
        Assert.AreEqual("Trial State Value Seconds Attempts Error LearningRate WeightDecayScale Epochs BatchSize Width Depth Dropout BatchNorm Temperature NoisyLabels Scale", string.Join(' ', board.Schema.Select(c => c.Name)));
        Assert.AreEqual(result.Best.Number, board.GetColumn<int>("Trial").First());
        var values = board.GetColumn<double>("Value").ToArray();
        CollectionAssert.AreEqual(values.OrderDescending().ToArray(), values);
        Assert.IsTrue(board.GetColumn<string>("Scale").All(s => s is "none" or "minmax"));
        // Saved and loaded like any model.
        using var stream = new MemoryStream();
        _ml.Model.Save(result.BestModel, data.Schema, stream);
    }

    [TestMethod]
    public void Reports_are_the_epochs_of_the_validation_rows_and_a_pruned_fit_stops_within_one_epoch()
    {
        var epochs = new ConcurrentDictionary<int, int>();
        using var result = _ml.MulticlassClassification.Sweep((ml, trial) => Pipeline(ml, trial, options => options.Progress = report => epochs[trial.Number] = report.Epoch),
            _space.Override(SweepParameter.Double("LearningRate", 1e-5, 0.5, log: true, initial: 0.1)), SweepData.Split(Digits(500)), SweepMetric.LogLoss,
            new() { Trials = 12, Sampler = Sampler.Random(3), Pruner = Pruner.Median(startupTrials: 3) });
        Assert.IsFalse(result.Outcome.HigherIsBetter);
        var pruned = result.Outcome.Trials.Where(t => t.State == TrialState.Pruned).ToList();
        Assert.IsNotEmpty(pruned);
        foreach (var trial in result.Outcome.Trials)
            Assert.AreEqual(trial.Reports.Keys.Max(), epochs[trial.Number], $"Trial {trial.Number}");
        Assert.IsTrue(pruned.All(t => t.Reports.Count < t.Point.GetInt32("Epochs") || t.Reports.Count == t.Point.GetInt32("Epochs")));
        Assert.IsTrue(pruned.Any(t => t.Reports.Count < t.Point.GetInt32("Epochs")));
        // Reports are log-losses of the epochs; the last is the measured value.
        Assert.AreEqual(result.Best.Value!.Value, result.Best.Reports[result.Best.Point.GetInt32("Epochs")], 1e-4);
    }

    [TestMethod]
    public void Folds_give_the_mean_and_the_model_of_all_rows()
    {
        var data = Digits(300);
        var metric = SweepMetric.Of("errors", higherIsBetter: false, (ml, scored) => 1 - ml.MulticlassClassification.Evaluate(scored).MicroAccuracy);
        using var result = _ml.MulticlassClassification.Sweep(Pipeline, _space, SweepData.Folds(data, 3), metric, new() { Trials = 2, Pruner = Pruner.None });
        foreach (var trial in result.Outcome.Trials)
        {
            Assert.HasCount(3, trial.Reports);
            Assert.AreEqual(trial.Value!.Value, trial.Reports[3], 1e-12);
        }

        Assert.AreEqual(result.Outcome.Trials.Min(t => t.Value), result.Best.Value);
        Assert.IsGreaterThan(0.9, _ml.MulticlassClassification.Evaluate(result.BestModel.Transform(data)).MicroAccuracy);
    }

    [TestMethod]
    public void Other_trainers_and_a_refit_on_all_rows()
    {
        var split = _ml.Data.TrainTestSplit(Digits(400), 0.25, seed: 3);
        var space = SweepSpace.Empty.Add(SweepParameter.Double("l2", 1e-4, 10, log: true));
        using var result = _ml.MulticlassClassification.Sweep((ml, trial) => ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(l2Regularization: (float)trial.Point.GetDouble("l2"), historySize: 5),
            space, SweepData.WithValidation(split.TrainSet, split.TestSet), SweepMetric.MacroAccuracy, new() { Trials = 3, Refit = true });
        Assert.IsTrue(result.Outcome.Trials.All(t => t.State == TrialState.Finished));
        Assert.IsGreaterThan(0.85, result.Best.Value!.Value);
        Assert.IsNotNull(result.BestModel.Transform(split.TestSet).Schema.GetColumnOrNull("Score"));
    }

    [TestMethod]
    public void Binary_labels_and_their_metrics()
    {
        var data = _ml.Data.LoadFromEnumerable(Rows(400).Select(row => new Parity { Features = row.Pixels, Label = row.Class % 2 == 1 }));
        foreach (var metric in new[] { SweepMetric.AreaUnderRocCurve, SweepMetric.BinaryLogLoss, SweepMetric.ExpectedCalibrationError, SweepMetric.F1Score })
        {
            using var result = _ml.BinaryClassification.Sweep((ml, trial) => trial.Point.To<MethodSweep>().ToTrainer(ml.BinaryClassification.Trainers),
                SweepSpace.Of<MethodSweep>().Override(SweepParameter.Integer("Epochs", 3, 6, initial: 5)).Fix("Width", 32), SweepData.Split(data), metric, new() { Trials = 2, Sampler = Sampler.Random(2), Pruner = Pruner.None });
            Assert.AreEqual(metric.HigherIsBetter, result.Outcome.HigherIsBetter);
            Assert.IsTrue(metric.HigherIsBetter ? result.Best.Value > 0.8 : result.Best.Value is > 0 and < 0.6, $"{metric}: {result.Best.Value}");
        }
    }

    [TestMethod]
    public void Diverged_and_failed_trials_are_recorded_and_a_sweep_without_a_result_says_why()
    {
        var data = Digits(200);
        var space = _space.Override(SweepParameter.ChoiceOf("LearningRate", [0.1, 1e5], 0.1)).Fix("BatchNorm", false);
        using (var result = _ml.MulticlassClassification.Sweep(Pipeline, space, SweepData.Split(data), options: new() { Trials = 6, Sampler = Sampler.Random(5), Pruner = Pruner.None }))
        {
            Assert.AreEqual("Diverged Finished", string.Join(' ', result.Outcome.Trials.Select(t => t.State.ToString()).Distinct().Order()));
            Assert.IsTrue(result.Outcome.Trials.All(t => t.State == TrialState.Diverged == (t.Point.GetDouble("LearningRate") > 1)));
        }

        var message = Assert.ThrowsExactly<SweepException>(() => _ml.MulticlassClassification.Sweep((ml, _) => ml.MulticlassClassification.Trainers.Fer(featureColumnName: "Nowhere"),
            _space, SweepData.Split(data), options: new() { Trials = 30 })).Message;
        StringAssert.Contains(message, "10 trials in a row failed");
        StringAssert.Contains(message, "'Nowhere'");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => _ml.MulticlassClassification.Sweep(Pipeline, _space, SweepData.Split(data), SweepMetric.F1Score)).Message, "F1Score");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => SweepData.Split(data, 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => SweepData.Folds(data, 1));
    }

    [TestMethod]
    public void A_killed_fit_goes_on_from_its_checkpoint_in_another_start()
    {
        using var database = Stores.New("sqlite");
        var store = database.Open();
        using var stop = new CancellationTokenSource();
        PipelineSweepOptions Options(CancellationToken token) => new() { Store = store, Trials = 1, Folder = Path.Combine(database.Folder, "files"), Pruner = Pruner.None, CancellationToken = token };
        var data = SweepData.Split(Digits(300));
        Assert.ThrowsExactly<SweepException>(() => _ml.MulticlassClassification.Sweep((ml, trial) => Pipeline(ml, trial, options => options.Progress = report =>
        {
            if (report.Epoch == 4)
                stop.Cancel();
        }), _space, data, options: Options(stop.Token)));
        var seen = new List<int>();
        using var result = _ml.MulticlassClassification.Sweep((ml, trial) => Pipeline(ml, trial, options => options.Progress = report => seen.Add(report.Epoch)), _space, data, options: Options(default));
        Assert.AreEqual((TrialState.Finished, 2), (result.Best.State, result.Best.Attempts));
        // It did not start anew.
        CollectionAssert.AreEqual(new[] { 5, 6 }, seen[^2..]);
        Assert.IsGreaterThan(1, seen[0]);
        Assert.HasCount(6, result.Best.Reports);
        using var whole = _ml.MulticlassClassification.Sweep(Pipeline, _space, data, options: new() { Trials = 1, Pruner = Pruner.None });
        Assert.AreEqual(whole.Best.Value, result.Best.Value);
    }

    [TestMethod]
    public void The_best_of_another_process_is_fitted_again_to_the_same_model()
    {
        using var database = Stores.New("sqlite");
        var data = SweepData.Split(Digits(300));
        PipelineSweepOptions Options() => new() { Store = database.Open(), Trials = 3, Pruner = Pruner.None };
        using var first = _ml.MulticlassClassification.Sweep(Pipeline, _space, data, options: Options());
        // Nothing is left to do: only the model is made.
        using var second = _ml.MulticlassClassification.Sweep(Pipeline, _space, data, options: Options());
        CollectionAssert.AreEqual(Scores(first), Scores(second));

        static float[] Scores(SweepResult result) => [.. result.BestModel.Transform(Digits(100)).GetColumn<float[]>("Score").SelectMany(s => s)];
    }

    [TestMethod]
    public void Calibration_error_by_hand()
    {
        // Two bins: 0.9 with half of four right, 0.5 with all of one right.
        Assert.AreEqual(((4 * 0.4) + 0.5) / 5, CalibrationError.Of([(0.9, true), (0.9, true), (0.9, false), (0.9, false), (0.5, true)]), 1e-12);
        Assert.AreEqual(0, CalibrationError.Of([(1, true), (1, true)]), 1e-12);
    }

    private static IEstimator<ITransformer> Pipeline(MLContext ml, SweepTrial trial) => Pipeline(ml, trial, null);

    private static IEstimator<ITransformer> Pipeline(MLContext ml, SweepTrial trial, Action<FerOptions>? change)
    {
        var options = trial.Point.To<FerSweep>().ToOptions();
        change?.Invoke(options);
        IEstimator<ITransformer> scale = trial.Point.GetString("Scale") == "minmax" ? ml.Transforms.NormalizeMinMax("Features") : ml.Transforms.CopyColumns("Features", "Features");
        return scale.Append(ml.MulticlassClassification.Trainers.Fer(options)).Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    }

    private static IEnumerable<Digit> Rows(int rows) =>
        _ml.Data.CreateEnumerable<Digit>(_ml.Data.LoadFromTextFile<Digit>(Path.Combine(AppContext.BaseDirectory, "digits.csv"), separatorChar: ',', hasHeader: true), reuseRowObject: false).Take(rows);

    private static IDataView Digits(int rows)
    {
        var view = _ml.Data.LoadFromEnumerable(Rows(rows).ToList());
        return _ml.Transforms.Conversion.MapValueToKey("Label", nameof(Digit.Class)).Append(_ml.Transforms.CopyColumns("Features", nameof(Digit.Pixels))).Fit(view).Transform(view);
    }

    private sealed class Parity
    {
        [VectorType(64)]
        public float[] Features { get; set; } = [];

        public bool Label { get; set; }
    }
}
