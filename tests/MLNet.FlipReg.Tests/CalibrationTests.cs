using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

[TestClass]
public class CalibrationTests
{
    [TestMethod]
    public void Metrics_agree_with_ML_NETs_and_with_a_calculation_by_hand()
    {
        var context = new MLContext(seed: 1);
        var scored = Scored(context, context.MulticlassClassification.Trainers.SdcaMaximumEntropy());
        var metrics = context.MulticlassClassification.EvaluateCalibration(scored, bins: 10);
        var theirs = context.MulticlassClassification.Evaluate(scored, topKPredictionCount: 2);
        Assert.AreEqual(theirs.MicroAccuracy, metrics.Accuracy, 1e-9);
        Assert.AreEqual(theirs.LogLoss, metrics.LogLoss, 1e-6);
        Assert.AreEqual(theirs.TopKAccuracy, metrics.TopKAccuracies[1], 1e-9);
        Assert.AreEqual(1, metrics.TopKAccuracies[2], 1e-9);
        var rows = Rows(context, scored);
        var brier = rows.Average(r => r.Score.Select((p, k) => Math.Pow(p - (k == r.Label - 1 ? 1 : 0), 2)).Sum());
        Assert.AreEqual(brier, metrics.BrierScore, 1e-6);
        var bins = rows.GroupBy(r => (int)Math.Ceiling(r.Score.Max() * 10d)).ToList();
        var byHand = bins.Sum(b => Math.Abs(b.Average(r => r.Score.Max()) - b.Average(r => Right(r) ? 1d : 0)) * b.Count()) / rows.Count;
        var calibrationError = metrics.ExpectedCalibrationError;
        Assert.AreEqual(byHand, calibrationError, 1e-6);
        Assert.HasCount(10, metrics.ReliabilityTable);
        Assert.AreEqual(rows.Count, metrics.ReliabilityTable.Sum(b => b.Rows));
        Assert.AreEqual(rows.Count, metrics.Rows);
        Assert.IsNull(metrics.LabelNoise);
    }

    [TestMethod]
    public void Rows_without_label_or_score_are_left_out_and_counted()
    {
        var context = new MLContext(seed: 1);
        var rows = Blobs.Rows(60);
        rows[3].Label = "unheard of";
        rows[5].Features[1] = float.NaN;
        using var model = context.MulticlassClassification.Trainers.CrossEntropy(new CrossEntropyOptions { Epochs = 3, InputEncoding = InputEncoding.None }).Fit(Blobs.Keyed(context));
        var metrics = context.MulticlassClassification.EvaluateCalibration(model.Transform(Blobs.Keyed(context, rows)));
        Assert.AreEqual((58L, 2L), (metrics.Rows, metrics.SkippedRows));
    }

    [TestMethod]
    public void A_temperature_repairs_the_probabilities_of_any_trainer_and_leaves_its_labels()
    {
        var context = new MLContext(seed: 1);
        foreach (var trainer in new IEstimator<ITransformer>[]
        {
            context.MulticlassClassification.Trainers.LightGbm(minimumExampleCountPerLeaf: 1, numberOfIterations: 300),
            context.MulticlassClassification.Trainers.CrossEntropy(epochs: 60),
        })
        {
            var scored = Scored(context, trainer, noise: true);
            var calibrator = context.MulticlassClassification.TemperatureCalibrator().Fit(scored);
            var calibrated = calibrator.Transform(scored);
            Assert.IsGreaterThan(1.2, calibrator.Temperature);
            var (before, after) = (context.MulticlassClassification.EvaluateCalibration(scored), context.MulticlassClassification.EvaluateCalibration(calibrated));
            Assert.AreEqual(before.Accuracy, after.Accuracy, 1e-9);
            Assert.IsLessThan(before.LogLoss, after.LogLoss);
            Assert.IsLessThan(before.BrierScore, after.BrierScore);
            // Evaluate finds the new scores, with the names of the classes.
            Assert.AreEqual(after.LogLoss, context.MulticlassClassification.Evaluate(calibrated).LogLoss, 1e-6);
            Assert.IsTrue(calibrated.Schema["Score"].HasSlotNames());
            // No other temperature does better.
            foreach (var factor in new[] { 0.95, 1.05 })
                Assert.IsGreaterThan(after.LogLoss, Rows(context, scored).Average(r => -Math.Log(At(r.Score, calibrator.Temperature * factor)[r.Label - 1])));
            (trainer as IDisposable)?.Dispose();
        }
    }

    [TestMethod]
    public void Logits_become_probabilities()
    {
        var context = new MLContext(seed: 1);
        var scored = Scored(context, context.MulticlassClassification.Trainers.SdcaNonCalibrated());
        Assertions.Throws<InvalidOperationException>(() => context.MulticlassClassification.EvaluateCalibration(scored), "'Score' must hold probabilities", "TemperatureCalibrator");
        var calibrated = context.MulticlassClassification.TemperatureCalibrator(scoresAreLogits: true).Fit(scored).Transform(scored);
        Assert.AreEqual(context.MulticlassClassification.Evaluate(scored).MicroAccuracy, context.MulticlassClassification.EvaluateCalibration(calibrated).Accuracy, 1e-9);
    }

    [TestMethod]
    public void A_binary_model_gets_a_probability()
    {
        var context = new MLContext(seed: 1);
        var train = Booleans(context, 200, 1);
        var test = Booleans(context, 400, 2);
        var scored = context.BinaryClassification.Trainers.AveragedPerceptron(numberOfIterations: 10).Fit(train).Transform(test);
        var calibrator = context.BinaryClassification.Calibrators.Temperature().Fit(scored);
        var calibrated = calibrator.Transform(scored);
        var metrics = context.BinaryClassification.EvaluateCalibration(calibrated);
        var theirs = context.BinaryClassification.Evaluate(calibrated);
        Assert.AreEqual(theirs.Accuracy, metrics.Accuracy, 1e-9);
        // ML.NET's log-loss is in bits.
        Assert.AreEqual(theirs.LogLoss * Math.Log(2), metrics.LogLoss, 1e-5);
        Assert.IsLessThan(scored.GetColumn<float>("Score").Zip(scored.GetColumn<bool>("Label"), (z, isTrue) => Math.Log(1 + Math.Exp(isTrue ? -z : z))).Average(), metrics.LogLoss);
        Assert.AreEqual(400, metrics.Rows);
        // Our own binary model: the probability is replaced.
        using var ours = context.BinaryClassification.Trainers.CrossEntropy(epochs: 60).Fit(train);
        var own = ours.Transform(test);
        var again = context.BinaryClassification.Calibrators.Temperature().Fit(own).Transform(own);
        Assert.IsLessThanOrEqualTo(context.BinaryClassification.EvaluateCalibration(own).LogLoss, context.BinaryClassification.EvaluateCalibration(again).LogLoss);
    }

    [TestMethod]
    public void A_calibrator_saves_loads_and_exports_with_its_chain()
    {
        var context = new MLContext(seed: 1);
        var data = Blobs.Keyed(context, 90);
        var trained = context.MulticlassClassification.Trainers.CrossEntropy(epochs: 5).Fit(data);
        var calibrated = new TransformerChain<ITransformer>(trained, context.MulticlassClassification.TemperatureCalibrator().Fit(trained.Transform(Noisy(context, 90, 2))));
        using var stream = new MemoryStream();
        context.Model.Save(calibrated, data.Schema, stream);
        var expected = Blobs.Scores(context, calibrated.Transform(data));
        var loaded = new MLContext().Model.Load(stream, out _);
        Assertions.AreSame(expected, Blobs.Scores(context, loaded.Transform(data)));
        using var model = new MemoryStream();
        var report = context.Model.ExportOnnx(loaded, data, model, new OnnxExportOptions { Verify = true, OutputColumns = ["Score", "PredictedLabel"] });
        Assert.IsLessThan(1e-5, report.LargestDifference!.Value);
        using var engine = context.Model.CreatePredictionEngine<OneRow, OneScore>(loaded);
        Assertions.AreClose([expected[7]], [engine.Predict(new OneRow { Features = Blobs.Rows(90)[7].Features }).Score], 1e-6);
        (loaded as IDisposable)?.Dispose();
        calibrated.Dispose();
    }

    [TestMethod]
    public void A_binary_calibrator_exports_too()
    {
        var context = new MLContext(seed: 1);
        var data = Booleans(context, 100, 1);
        var trained = context.BinaryClassification.Trainers.AveragedPerceptron().Fit(data);
        var chain = new TransformerChain<ITransformer>(trained, context.BinaryClassification.Calibrators.Temperature().Fit(trained.Transform(Booleans(context, 100, 2))));
        using var stream = new MemoryStream();
        var report = context.Model.ExportOnnx(chain, data, stream, new OnnxExportOptions { Verify = true, OutputColumns = ["Probability"] });
        Assert.IsLessThan(1e-5, report.LargestDifference!.Value);
    }

    [TestMethod]
    public void Bad_input_is_refused_by_name()
    {
        var context = new MLContext(seed: 1);
        var data = Blobs.Keyed(context);
        var catalog = context.MulticlassClassification;
        Assertions.Throws<ArgumentOutOfRangeException>(() => catalog.EvaluateCalibration(data), "'Score'", "'Features'");
        Assertions.Throws<ArgumentOutOfRangeException>(() => catalog.EvaluateCalibration(data, scoreColumnName: "Weight"), "'Weight' must be a vector of Single", "Got Single");
        Assertions.Throws<ArgumentOutOfRangeException>(() => catalog.EvaluateCalibration(data, scoreColumnName: "Features"), "each of the 3 classes", "Got 4");
        Assertions.Throws<ArgumentOutOfRangeException>(() => catalog.EvaluateCalibration(data, bins: 0), "bins", "Got 0");
        var scored = Scored(context, catalog.Trainers.SdcaMaximumEntropy());
        Assertions.Throws<ArgumentOutOfRangeException>(() => catalog.EvaluateCalibration(scored, trueLabelColumnName: "Id"), "'Id' must have the type of column 'Label'", "Got Int32");
        Assertions.Throws<ArgumentOutOfRangeException>(() => catalog.TemperatureCalibrator().Fit(data), "'Score'");
        Assertions.Throws<ArgumentOutOfRangeException>(() => context.BinaryClassification.EvaluateCalibration(scored), "'Label' must be Boolean");
    }

    private static IDataView Scored(MLContext context, IEstimator<ITransformer> trainer, bool noise = false) =>
        trainer.Fit(noise ? Noisy(context, 300, 1) : Blobs.Keyed(context, 100)).Transform(noise ? Noisy(context, 300, 2) : Noisy(context, 100, 2));

    private static IDataView Noisy(MLContext context, int rows, int seed) => context.Data.CorruptLabels(Blobs.Keyed(context, rows, seed), LabelNoise.Symmetric(0.3), seed: seed);

    private static IDataView Booleans(MLContext context, int rows, int seed) => context.Data.CorruptLabels(Blobs.Booleans(context, Blobs.Rows(rows, seed)), LabelNoise.Symmetric(0.1), seed: seed);

    private static List<ScoredKey> Rows(MLContext context, IDataView scored) => [.. context.Data.CreateEnumerable<ScoredKey>(scored, reuseRowObject: false)];

    private static bool Right(ScoredKey row) => Array.IndexOf(row.Score, row.Score.Max()) == row.Label - 1;

    private static double[] At(float[] p, double temperature)
    {
        var powers = Array.ConvertAll(p, v => Math.Pow(v, 1 / temperature));
        return Array.ConvertAll(powers, v => v / powers.Sum());
    }

    private sealed class ScoredKey
    {
        [KeyType(3)]
        public uint Label { get; set; }

        public float[] Score { get; set; } = [];
    }

    private sealed class OneRow
    {
        [VectorType(4)]
        public float[] Features { get; set; } = [];
    }

    private sealed class OneScore
    {
        public float[] Score { get; set; } = [];
    }
}
