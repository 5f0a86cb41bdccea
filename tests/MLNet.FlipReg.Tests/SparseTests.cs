using System.Text;
using FlipReg;
using FlipReg.Data;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Scoring;
using MLNet.FlipReg.Tests.Support;
using MLNet.FlipReg.Training;

namespace MLNet.FlipReg.Tests;

/// <summary>Wide features most of whose slots are 0: how they are read, and that they score as when they are dense.</summary>
[TestClass]
public sealed class SparseTests
{
    private const int Width = 2_000;

    private static readonly MLContext _context = new(1);
    private static readonly string[] _names = ["a", "b", "c"];
    private static FlipRegPredictionTransformer _model = null!;

    [ClassInitialize]
    public static void Train(TestContext _) => _model = Trainer().Fit(Keyed(Rows(300)));

    [ClassCleanup]
    public static void Free() => _model.Dispose();

    [TestMethod]
    public void It_learns_and_scores_rows_alike_sparse_dense_in_a_batch_or_alone()
    {
        var rows = Rows(200, seed: 2);
        var dense = rows.Select(row => new VectorRow { Label = row.Label, Features = new VBuffer<float>(Width, [.. row.Features.DenseValues()]) }).ToArray();
        var mixed = rows.Zip(dense).Select((pair, i) => i % 3 == 0 ? pair.Second : pair.First).ToArray();
        // Rows with as many values as a dense one, among the others.
        for (var i = 7; i < mixed.Length; i += 50)
            mixed[i] = new VectorRow { Label = "a", Features = new VBuffer<float>(Width, [.. Enumerable.Range(0, Width).Select(slot => slot % 5 == 0 ? 0.1f : 0)]) };
        Assert.IsGreaterThan(0.9, _context.MulticlassClassification.Evaluate(_model.Transform(Keyed(rows))).MicroAccuracy);
        AreClose(Scores(rows), Scores(dense), 0);
        var scores = Scores(mixed);
        using var engine = _context.Model.CreatePredictionEngine<VectorRow, Scored>(_model, new PredictionEngineOptions { OwnsTransformer = false });
        for (var i = 0; i < mixed.Length; i++)
            AreClose([scores[i]], [engine.Predict(mixed[i]).Score], 1e-6);
        for (var i = 0; i < mixed.Length; i++)
            AreClose([scores[i]], Scores([mixed[i]]), 1e-6);
    }

    [TestMethod]
    public void Saved_loaded_and_exported_it_scores_the_same()
    {
        var rows = Rows(50, seed: 3);
        var expected = Scores(rows);
        using var stream = new MemoryStream();
        _context.Model.Save(_model, Keyed(rows).Schema, stream);
        stream.Position = 0;
        var loaded = _context.Model.Load(stream, out _);
        AreClose(expected, Blobs.Scores(_context, loaded.Transform(Keyed(rows))), 0);
        using var onnx = new MemoryStream();
        _model.Model.SaveOnnx(onnx);
        using var session = new OnnxScores(onnx.ToArray());
        AreClose(expected, session.Run<string>([OnnxScores.Rows("Features", [.. rows.Select(row => row.Features.DenseValues().ToArray())])]).Scores, 1e-5);
        (loaded as IDisposable)?.Dispose();
    }

    [TestMethod]
    public void Rows_set_aside_validation_data_and_a_warm_start_take_sparse_rows()
    {
        using var aside = Trainer(options => (options.ValidationFraction, options.Keep) = (0.2, KeptWeights.Best)).Fit(Keyed(Rows(300)));
        Assert.AreEqual(60, aside.Model.History[^1].Validation!.Rows);
        Assert.IsGreaterThan(0.9, aside.Model.History.Max(report => report.Validation!.Accuracy));
        var trainer = Trainer(options => (options.Epochs, options.LearningRate) = (1, 1e-6));
        using var warm = trainer.Fit(Keyed(Rows(300)), Keyed(Rows(90, seed: 4)), _model.Model);
        AreClose(Scores(Rows(50, seed: 5)), Blobs.Scores(_context, warm.Transform(Keyed(Rows(50, seed: 5)))), 1e-3);
    }

    [TestMethod]
    public void A_network_that_does_not_begin_with_a_linear_layer_gets_dense_rows()
    {
        using var model = Trainer(options => options.Network = new NetworkSpec { Layers = [new DropoutSpec(0.1), new LinearSpec(16), new ReluSpec()] }).Fit(Keyed(Rows(120)));
        Assert.IsGreaterThan(0.9, _context.MulticlassClassification.Evaluate(model.Transform(Keyed(Rows(120)))).MicroAccuracy);
    }

    [TestMethod]
    public void Memory_follows_the_values_that_are_not_0()
    {
        // Dense, these rows would take 16 GB.
        const int Wide = 1 << 20;
        var rows = Enumerable.Range(0, 4_000).Select(i => new WideRow { Label = _names[i % 3], Features = new VBuffer<float>(Wide, 2, [1, 1], [i % 3, 3 + (i * 13 % 90_000)]) });
        var trainer = _context.MulticlassClassification.Trainers.CrossEntropy(new CrossEntropyOptions { Epochs = 1, Network = NetworkSpec.Mlp([4]) });
        using var model = trainer.Fit(Keyed(rows));
        Assert.HasCount(4_000, Blobs.Scores(_context, model.Transform(Keyed(rows))));
    }

    [TestMethod]
    public void Rows_are_held_sparse_while_few_values_are_not_0()
    {
        using var sparse = Read(Rows(1000));
        Assert.IsNotNull(sparse.Sparse);
        // A dense vector of few values that are not 0 is sparse, too; so is one that holds its zeros.
        var form = new VectorRow { Features = new VBuffer<float>(Width, 4, [2, 1, 0, 3], [8, 9, 11, 700]) };
        var same = new VectorRow { Features = new VBuffer<float>(Width, [.. Enumerable.Range(0, Width).Select(i => i switch { 8 => 2f, 9 => 1, 700 => 3, _ => 0 })]) };
        using var forms = Read([form, same, new VectorRow { Label = "b", Features = new VBuffer<float>(Width, 0, [], []) }]);
        foreach (var row in new long[] { 0, 1 })
        {
            CollectionAssert.AreEqual(new[] { 8, 9, 700 }, forms.Sparse!.ColumnsOf(row).ToArray());
            CollectionAssert.AreEqual(new[] { 2f, 1, 3 }, forms.Sparse.ValuesOf(row).ToArray());
        }

        Assert.AreEqual(0, forms.Sparse!.ColumnsOf(2).Length);
        // Indices in no order, which ML.NET forbids and does not check: whatever it makes of them, sparse or dense.
        var disorder = new VectorRow { Features = new VBuffer<float>(Width, 3, [1, 2, 3], [9, 700, 8]) };
        using var disordered = Read([disorder]);
        var (copy, ours) = (new float[Width], new float[Width]);
        disorder.Features.CopyTo(copy);
        disordered.Sparse!.CopyTo(0, ours);
        CollectionAssert.AreEqual(copy, ours);
        // Some rows sparse, then many dense ones, and the other way round: dense as soon as there are many values, with all rows as they were.
        VectorRow[] full = [.. Rows(1200).Select((row, i) => i < 300 ? row : new VectorRow { Label = row.Label, Features = new VBuffer<float>(Width, [.. Enumerable.Range(0, Width).Select(slot => (float)(slot * i % 7))]) })];
        foreach (var rows in new[] { full, [.. full.Reverse()] })
        {
            using var dense = Read(rows);
            Assert.IsNull(dense.Sparse);
            var values = dense.Features.ToHost<float>();
            for (var i = 0; i < rows.Length; i += 77)
                CollectionAssert.AreEqual(rows[i].Features.DenseValues().ToArray(), values.AsSpan(i * Width, Width).ToArray());
        }
    }

    [TestMethod]
    public void Bad_values_are_named_as_in_dense_rows()
    {
        foreach (var (value, rule) in new[] { (float.PositiveInfinity, "Infinity"), (float.NaN, "NaN") })
        {
            var rows = Rows(400);
            rows[300].Features = new VBuffer<float>(Width, 2, [1, value], [5, 1234]);
            var error = Assert.ThrowsExactly<InvalidOperationException>(() => Trainer().Fit(Keyed(rows)));
            StringAssert.StartsWith(error.Message, $"Column 'Features' must hold finite numbers. Got {rule} in row 300, slot 1234 (both counted from 0) of the training data as given");
            StringAssert.Contains(error.Message, "ReplaceMissingValues");
        }

        var scored = Rows(20);
        scored[3].Features = new VBuffer<float>(Width, 1, [float.NaN], [77]);
        var scores = Scores(scored);
        Assert.IsTrue(scores[3].All(float.IsNaN));
        Assert.IsFalse(scores.Where((_, i) => i != 3).Any(row => row.Any(float.IsNaN)));
    }

    [TestMethod]
    public void Missing_values_of_rows_that_turn_out_dense_are_encoded()
    {
        var rows = Enumerable.Range(0, 60).Select(i => new VectorRow { Label = _names[i % 3], Features = new VBuffer<float>(Width, [.. Enumerable.Range(0, Width).Select(slot => slot == 3 && i < 9 ? float.NaN : slot + i + 1f)]) }).ToArray();
        using var model = Trainer().Fit(Keyed(rows));
        Assert.HasCount(60, Blobs.Scores(_context, model.Transform(Keyed(rows))));
    }

    [TestMethod]
    public void Word_bags_and_hashed_categories_go_through_a_pipeline()
    {
        var random = new Random(1);
        var rows = Enumerable.Range(0, 400).Select(i => new TextRow { Label = _names[i % 3], Text = Text(i % 3), Item = $"item {random.Next(5_000)}" }).ToArray();
        var data = _context.Data.LoadFromEnumerable(rows);
        var pipeline = _context.Transforms.Conversion.MapValueToKey("Label")
            .Append(_context.Transforms.Text.ProduceWordBags("Bag", "Text")).Append(_context.Transforms.Categorical.OneHotHashEncoding("Hash", "Item", numberOfBits: 14))
            .Append(_context.Transforms.Concatenate("Features", "Bag", "Hash")).Append(Trainer());
        var model = pipeline.Fit(data);
        Assert.IsGreaterThan(16_384, model.LastTransformer.Model.FeatureCount);
        Assert.IsGreaterThan(0.95, _context.MulticlassClassification.Evaluate(model.Transform(data)).MicroAccuracy);
        model.LastTransformer.Dispose();

        string Text(int label)
        {
            var text = new StringBuilder();
            for (var i = 0; i < 20; i++)
                text.Append(random.Next(4) == 0 ? $"own{label} " : $"word{random.Next(900)} ");
            return text.ToString();
        }
    }

    private static FlipRegTrainer<CrossEntropyOptions> Trainer(Action<CrossEntropyOptions>? change = null)
    {
        var options = new CrossEntropyOptions { Epochs = 25, Network = NetworkSpec.Mlp([16]) };
        change?.Invoke(options);
        return _context.MulticlassClassification.Trainers.CrossEntropy(options);
    }

    private static VectorRow[] Rows(int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            // A slot of the class's own, and some of any.
            var slots = new SortedSet<int> { (i % 3 * 10) + random.Next(10) };
            while (slots.Count < 6)
                slots.Add(random.Next(200, Width));
            return new VectorRow { Label = _names[i % 3], Features = new VBuffer<float>(Width, 6, [.. slots.Select(_ => 1 + random.NextSingle())], [.. slots]) };
        })];
    }

    private static IDataView Keyed<T>(IEnumerable<T> rows)
        where T : class
    {
        var data = _context.Data.LoadFromEnumerable(rows);
        return _context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    private static float[][] Scores(VectorRow[] rows) => Blobs.Scores(_context, _model.Transform(Keyed(rows)));

    private static TrainingTable Read(VectorRow[] rows)
    {
        var data = Keyed(rows);
        var columns = TrainingColumns.Of(data.Schema, new CrossEntropyOptions(), ScoreKind.Multiclass, "data");
        return TableReader.Read(data, columns, MissingValues.Encode, "training", () => false, _ => { }, sparse: null, minimumClasses: 1);
    }

    private static void AreClose(float[][] expected, float[][] found, double tolerance) => Assertions.AreClose(expected, found, tolerance);

    private sealed class VectorRow
    {
        public string Label { get; set; } = "a";

        [VectorType(Width)]
        public VBuffer<float> Features { get; set; }
    }

    private sealed class WideRow
    {
        public string Label { get; set; } = "a";

        [VectorType(1 << 20)]
        public VBuffer<float> Features { get; set; }
    }

    private sealed class TextRow
    {
        public string Label { get; set; } = "";

        public string Text { get; set; } = "";

        public string Item { get; set; } = "";
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }
}
