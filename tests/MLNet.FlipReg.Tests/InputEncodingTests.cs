using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>Features that trainers encode themselves, from the raw table to scores, files and ONNX.</summary>
[TestClass]
public sealed class InputEncodingTests
{
    private const int Slots = 8;

    private static readonly MLContext _context = new(1);

    public static IEnumerable<object[]> Encodings => from encoding in Enum.GetValues<InputEncoding>() from missing in Enum.GetValues<MissingValues>() select new object[] { encoding, missing };

    /// <summary>Rows as they come: a constant, two values, skewed, heavy tails, missing, counts, all missing, tiny.</summary>
    private static IEnumerable<float[]> Odd =>
    [
        [5, 1, 0.1f, 0, float.NaN, 3, float.NaN, 1e-40f],
        [6, -7, -1e30f, 1e30f, 2, 4, 1, 0],
        [float.NaN, float.NaN, float.NaN, float.NaN, float.NaN, float.NaN, float.NaN, float.NaN],
        [5, 2, float.PositiveInfinity, 0, 1, 3, 0, 0],
        [5, 0, 2, 1, float.NegativeInfinity, 3, float.NaN, 0],
        [5, 3, float.MaxValue, -float.MaxValue, 1, 2, float.NaN, 2e-40f],
    ];

    [TestMethod]
    [DynamicData(nameof(Encodings))]
    public void Scores_survive_files_single_rows_and_onnx(InputEncoding encoding, MissingValues missing)
    {
        // Without an encoding, features of a million make the loss overflow.
        float[] factors = encoding == InputEncoding.None ? [1, 1, 1e-3f, 1e-6f, 1, 0.1f, 1, 1] : [1, 1, 1, 1, 1, 1, 1, 1];
        Row[] Some(int count, int seed) => [.. Rows(count, missing == MissingValues.Encode, seed).Select(r => new Row { Label = r.Label, Features = [.. r.Features.Zip(factors, (v, f) => v * f)] })];
        var data = View(Some(300, 1));
        using var model = TrainerUnderTest.All[0].CreateFast(_context, o => (o.InputEncoding, o.Missing, o.LearningRate) = (encoding, missing, 0.01)).Fit(data);
        // Values that no encoding tames make scores that are not numbers, or overflow to them where rounding decides: left out there.
        var odd = encoding == InputEncoding.Auto ? Odd : Odd.Where(row => row.All(v => !float.IsFinite(v) || Math.Abs(v) < 1e9));
        var rows = Some(60, 2).Concat(odd.Select(f => new Row { Features = f, Label = "a" })).ToArray();
        var expected = Scores(model, rows);
        for (var i = 60; i < rows.Length; i++)
        {
            // As they are, infinities may end at a ReLU.
            if (encoding == InputEncoding.None && rows[i].Features.Any(float.IsInfinity))
                continue;
            var isNumber = rows[i].Features.All(v => float.IsFinite(v) || (float.IsNaN(v) && missing == MissingValues.Encode));
            Assert.AreEqual(isNumber, expected[i].All(float.IsFinite), $"row {i}");
        }

        using var loaded = (FlipRegPredictionTransformer)_context.Model.Load(new MemoryStream(ModelZip.Save(_context, model)), out _);
        AreSame(expected, Scores(loaded, rows), 0);
        Assert.AreEqual(model.Model.Summary(), loaded.Model.Summary());
        for (var i = 0; i < rows.Length; i += 7)
            AreSame([expected[i]], Scores(model, [rows[i]]), 1e-6);
        foreach (var opset in new[] { 12, 17 })
        {
            using var stream = new MemoryStream();
            model.Model.SaveOnnx(stream, new OnnxOptions { OpsetVersion = opset });
            using var onnx = new OnnxScores(stream.ToArray());
            AreSame(expected, onnx.Run<string>([OnnxScores.Rows("Features", [.. rows.Select(r => r.Features)])]).Scores, 1e-5);
        }

        using var export = new MemoryStream();
        _context.Model.ConvertToOnnx(model, data, export);
        using var converted = new OnnxScores(export.ToArray());
        Assert.IsNotEmpty(converted.Session.OutputNames);
    }

    [TestMethod]
    public void Raw_features_of_any_size_are_learned()
    {
        // One feature in millions, one in millionths: without an encoding nothing is learned.
        foreach (var trainer in TrainerUnderTest.All)
        {
            using var model = trainer.CreateFast(_context, o => o.Epochs = 20).Fit(View(Rows(300)));
            Assert.IsGreaterThan(0.9, _context.MulticlassClassification.Evaluate(model.Transform(View(Rows(300, seed: 2)))).MicroAccuracy, trainer.Name);
        }
    }

    [TestMethod]
    public void The_summary_shows_what_becomes_of_the_features()
    {
        using var model = TrainerUnderTest.All[0].CreateFast(_context).Fit(View(Rows(300, withMissing: true)));
        StringAssert.StartsWith(model.Model.Summary(), "Input 8 → 12 (5 as score and rank, 1 of two values, 2 constant, 1 with missing values)\nlayer ");
        StringAssert.Contains(model.Model.Summary(), "\nLinear 12 → 8 ");
        Assert.AreEqual(8, model.Model.FeatureCount);
    }

    [TestMethod]
    public void Five_rows_are_enough()
    {
        foreach (var trainer in TrainerUnderTest.All)
        {
            using var model = trainer.CreateFast(_context).Fit(View(Rows(5)));
            Assert.IsTrue(Scores(model, Rows(20)).All(row => row.All(float.IsFinite)));
        }
    }

    [TestMethod]
    public void Rows_of_weight_0_do_not_shape_the_encoding()
    {
        var trainer = TrainerUnderTest.All[0].CreateFast(_context, o => o.ExampleWeightColumnName = "Weight");
        var weighted = Rows(200).Concat(Rows(100, seed: 3).Select(r => new Row { Label = r.Label, Weight = 0, Features = [.. r.Features.Select(v => v * 1000)] })).ToArray();
        using var all = trainer.Fit(View(weighted));
        using var without = trainer.Fit(View(Rows(200)));
        AreSame(Scores(without, Rows(50, seed: 4)), Scores(all, Rows(50, seed: 4)), 0);
    }

    [TestMethod]
    public void A_warm_start_takes_the_encoding_over()
    {
        var trainer = TrainerUnderTest.Named("Fer").CreateFast(_context, o => o.LearningRate = 1e-30);
        using var first = TrainerUnderTest.Named("Fer").CreateFast(_context).Fit(View(Rows(300)));
        // Rows of another scale would give another encoding, in which the weights mean nothing.
        var shifted = Rows(300, seed: 5).Select(r => new Row { Label = r.Label, Features = [.. r.Features.Select(v => v * 3)] }).ToArray();
        using var second = ((FlipRegTrainer<FerOptions>)trainer).Fit(View(shifted), null, first.Model);
        AreSame(Scores(first, Rows(40, seed: 6)), Scores(second, Rows(40, seed: 6)), 1e-6);
    }

    [TestMethod]
    public void Options_out_of_range() =>
        Assertions.Throws<ArgumentOutOfRangeException>(() => _context.MulticlassClassification.Trainers.Fer(new FerOptions { Missing = (MissingValues)7 }), "Missing must be one of Error, Encode. Got 7.");

    private static Row[] Rows(int count, bool withMissing = false, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var label = i % 3;
            double Noise() => (random.NextDouble() * 0.5) - 0.25;
            return new Row
            {
                Label = "abc"[label].ToString(),
                Features =
                [
                    5, i % 2, (float)Math.Exp(6 * (label + Noise())), (float)((label == 1 ? 1e6 : -1e6) * (1 + Noise())), withMissing && i % 5 == 0 ? float.NaN : (float)(1e-6 * ((label == 2 ? 1 : 0) + Noise())),
                    (int)(10 * (label + Noise())), withMissing ? float.NaN : 2, (float)(1e-40 * random.Next(0, 50)),
                ],
            };
        })];
    }

    private static IDataView View(IEnumerable<Row> rows)
    {
        var data = _context.Data.LoadFromEnumerable(rows);
        var keys = _context.Data.LoadFromEnumerable(new[] { "a", "b", "c" }.Select(value => new KeyRow { Value = value }));
        return _context.Transforms.Conversion.MapValueToKey("Label", keyData: keys).Fit(data).Transform(data);
    }

    private static float[][] Scores(FlipRegPredictionTransformer model, IEnumerable<Row> rows) => [.. model.Transform(View(rows)).GetColumn<float[]>("Score")];

    private static void AreSame(float[][] expected, float[][] actual, double tolerance)
    {
        Assert.HasCount(expected.Length, actual);
        for (var row = 0; row < expected.Length; row++)
        {
            for (var i = 0; i < expected[row].Length; i++)
                Assert.IsTrue(float.IsNaN(expected[row][i]) ? float.IsNaN(actual[row][i]) : Math.Abs(expected[row][i] - actual[row][i]) <= tolerance, $"row {row}, class {i}: {expected[row][i]} and {actual[row][i]}");
        }
    }

    private sealed class Row
    {
        public string Label { get; set; } = "";

        public float Weight { get; set; } = 1;

        [VectorType(Slots)]
        public float[] Features { get; set; } = [];
    }

    private sealed class KeyRow
    {
        public string Value { get; set; } = "";
    }
}
