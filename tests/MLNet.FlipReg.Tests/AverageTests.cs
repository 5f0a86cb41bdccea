using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>Averages of models: snapshots, and any set of classifiers.</summary>
[TestClass]
public class AverageTests
{
    [TestMethod]
    public void An_average_scores_the_mean_of_its_models()
    {
        var context = new MLContext(seed: 1);
        var (data, ensemble) = Mixed(context);
        using (ensemble)
        {
            var parts = ensemble.Models.Select(model => Blobs.Scores(context, model.Transform(data))).ToList();
            var scores = Blobs.Scores(context, ensemble.Transform(data));
            float[][] mean = [.. Enumerable.Range(0, scores.Length).Select(row => Enumerable.Range(0, 3).Select(k => parts.Average(p => p[row][k])).ToArray())];
            Assertions.AreClose(mean, scores, 1e-6);
            var scored = ensemble.Transform(data);
            CollectionAssert.AreEqual(new[] { "Id", "Label", "Weight", "Features", "PredictedLabel", "Score" }, scored.Schema.Where(c => !c.IsHidden).Select(c => c.Name).ToArray());
            CollectionAssert.AreEqual(scores.Select(s => (uint)Array.IndexOf(s, s.Max()) + 1).ToArray(), scored.GetColumn<uint>("PredictedLabel").ToArray());
            Assert.IsGreaterThan(0.9, context.MulticlassClassification.Evaluate(scored).MicroAccuracy);
            CollectionAssert.AreEqual(data.GetColumn<int>("Id").ToArray(), scored.GetColumn<int>("Id").ToArray());
            Assert.AreEqual("red", context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(scored).Transform(scored).GetColumn<string>("PredictedLabel").First());
        }
    }

    [TestMethod]
    public void An_average_saves_loads_exports_and_scores_single_rows()
    {
        var context = new MLContext(seed: 1);
        var (data, ensemble) = Mixed(context);
        var expected = Blobs.Scores(context, ensemble.Transform(data));
        using var file = new MemoryStream();
        context.Model.Save(ensemble, data.Schema, file);
        ensemble.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => ensemble.Transform(data));
        var loaded = new MLContext().Model.Load(file, out _);
        Assertions.AreSame(expected, Blobs.Scores(context, loaded.Transform(data)));
        using var onnx = new MemoryStream();
        var report = context.Model.ExportOnnx(loaded, data, onnx, new OnnxExportOptions { Verify = true });
        CollectionAssert.AreEqual(new[] { "Features" }, report.Inputs.ToArray());
        CollectionAssert.AreEquivalent(new[] { "PredictedLabel", "Score" }, report.Outputs.ToArray());
        Assert.IsLessThan(1e-5, report.LargestDifference!.Value);
        using var engine = context.Model.CreatePredictionEngine<OneRow, OneScore>(loaded);
        for (var i = 0; i < 5; i++)
            Assertions.AreClose([expected[i]], [engine.Predict(new OneRow { Features = Blobs.Rows(60)[i].Features }).Score], 1e-6);
    }

    [TestMethod]
    public void Snapshots_are_taken_at_the_ends_of_cycles_that_go_on_from_one_another()
    {
        var context = new MLContext(seed: 1);
        var data = Blobs.Keyed(context, 90);
        var rates = new List<double>();
        var trainer = context.MulticlassClassification.SnapshotEnsemble(new OlsOptions { Epochs = 12, Progress = report => rates.Add(report.LearningRate) }, cycles: 3);
        using var ensemble = trainer.Fit(data);
        Assert.HasCount(3, ensemble.Models);
        Assert.HasCount(12, rates);
        Assert.AreEqual(3, rates.Count(rate => rate == rates[0]));
        // What one cycle learned the next starts with.
        Assert.IsLessThan(ensemble.Models[0].Model.History[0].TrainingLoss / 2, ensemble.Models[1].Model.History[0].TrainingLoss);
        Assert.AreNotEqual(Assertions.Fingerprint(ensemble.Models[0].Model), Assertions.Fingerprint(ensemble.Models[1].Model));
        using var again = trainer.Fit(data);
        for (var i = 0; i < 3; i++)
            Assert.AreEqual(Assertions.Fingerprint(ensemble.Models[i].Model), Assertions.Fingerprint(again.Models[i].Model));
        // Within a chain, where only its schema is known beforehand.
        var chain = context.Transforms.CopyColumns("Copy", "Id").Append(trainer).Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        using var fitted = chain.Fit(data);
        Assert.IsGreaterThan(0.9, fitted.Transform(data).GetColumn<string>("PredictedLabel").Zip(Blobs.Rows(90)).Average(pair => pair.First == pair.Second.Label ? 1.0 : 0));
    }

    [TestMethod]
    public void What_does_not_fit_together_is_refused()
    {
        var context = new MLContext(seed: 1);
        var data = Blobs.Keyed(context);
        var catalog = context.MulticlassClassification;
        using var three = catalog.Trainers.CrossEntropy(epochs: 1).Fit(data);
        using var two = catalog.Trainers.CrossEntropy(epochs: 1).Fit(context.Transforms.Conversion.MapValueToKey("Label").Fit(context.Data.LoadFromEnumerable(Blobs.Rows(2))).Transform(context.Data.LoadFromEnumerable(Blobs.Rows(60))));
        Assertions.Throws<ArgumentException>(() => catalog.Ensemble(three, two), "same classes", "'red', 'green', 'blue'", "'red', 'green' in model 2");
        Assertions.Throws<ArgumentException>(() => catalog.Ensemble(), "at least 1", "Got 0");
        using var binary = context.BinaryClassification.Trainers.CrossEntropy(epochs: 1).Fit(Blobs.Booleans(context, Blobs.Rows(60)));
        Assertions.Throws<ArgumentException>(() => catalog.Ensemble(binary), "multiclass");
        Assertions.Throws<ArgumentOutOfRangeException>(() => catalog.SnapshotEnsemble(new FerOptions { Epochs = 3 }, 4), "cycles", "Epochs (3)", "Got 4");
        Assertions.Throws<ArgumentOutOfRangeException>(() => catalog.SnapshotEnsemble(new FerOptions { Schedule = ScheduleKind.Constant }, 4), "Schedule must be Cosine");
        Assertions.Throws<ArgumentOutOfRangeException>(() => catalog.SnapshotEnsemble(new FerOptions { Epochs = 8, WarmupEpochs = 2 }, 4), "WarmupEpochs");
        Assertions.Throws<ArgumentOutOfRangeException>(() => catalog.Ensemble(three).Transform(context.Data.LoadFromEnumerable(new[] { new OneScore() })), "'Features'");
    }

    /// <summary>Models of other methods, sizes and encodings.</summary>
    private static (IDataView Data, FlipRegEnsembleTransformer Ensemble) Mixed(MLContext context)
    {
        var data = Blobs.Keyed(context);
        var trainers = context.MulticlassClassification.Trainers;
        return (data, context.MulticlassClassification.Ensemble(trainers.Fer(epochs: 3).Fit(data), trainers.Ols(new OlsOptions { Epochs = 3, Network = NetworkSpec.Mlp([16]), InputEncoding = InputEncoding.None }).Fit(data),
            trainers.CrossEntropy(new CrossEntropyOptions { Epochs = 3, Members = 2 }).Fit(data)));
    }

    private sealed class OneRow
    {
        [VectorType(4)]
        public float[] Features { get; set; } = [];
    }

    private sealed class OneScore
    {
        [VectorType(3)]
        public float[] Score { get; set; } = [];
    }
}
