using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;
using NoisyDigits;

namespace MLNet.FlipReg.Tests;

/// <summary>Contributions of the features to a row's score: what they are and what they sum to.</summary>
[TestClass]
public sealed class ExplainTests
{
    private static readonly MLContext _context = new(1);

    [TestMethod]
    public void A_linear_network_gives_weight_times_distance()
    {
        using var model = Fit(NetworkSpec.Mlp([]), encoding: InputEncoding.None);
        var rows = Blobs.Rows(50, seed: 3);
        float[] baseline = [0.5f, -1, 2, 0.25f];
        var weights = model.Model.GetWeights()[0].Values;
        foreach (var (row, explained) in rows.Zip(Read(model.Explain(_context.Data.LoadFromEnumerable(rows), new ExplainOptions { Baseline = baseline }))))
        {
            for (var slot = 0; slot < 4; slot++)
                Assert.AreEqual(weights[(((int)explained.ExplainedClass - 1) * 4) + slot] * (row.Features[slot] - baseline[slot]), explained.FeatureContributions[slot], 1e-5);
        }
    }

    [TestMethod]
    [DataRow(false, 0.0, null)]
    [DataRow(false, 0.2, "7")]
    [DataRow(true, 0.1, null)]
    [DataRow(true, 0.0, "3")]
    public void Contributions_of_digits_sum_to_the_score_difference(bool batchNorm, double dropout, string? named)
    {
        var data = _context.Data.LoadFromTextFile<Digit>("digits.csv", separatorChar: ',', hasHeader: true);
        var pipeline = _context.Transforms.Conversion.MapValueToKey("Label", nameof(Digit.Class))
            .Append(_context.Transforms.NormalizeMinMax("Features", nameof(Digit.Pixels)))
            .Append(_context.MulticlassClassification.Trainers.CrossEntropy(new CrossEntropyOptions { Network = NetworkSpec.Mlp([64, 64], batchNorm, dropout), Epochs = 5, Seed = 1 }));
        using var chain = pipeline.Fit(data);
        var model = chain.LastTransformer;
        var rows = _context.Data.TakeRows(chain.Transform(data), 600);
        var explained = Read(model.Explain(rows, new ExplainOptions { Class = named, Baseline = new float[64] }));
        var scores = Blobs.Scores(_context, rows);
        var baseline = Blobs.Scores(_context, model.Transform(_context.Data.LoadFromEnumerable([new Pixels()])))[0];
        var names = model.Model.ClassNames!.ToList();
        Assert.HasCount(600, explained);
        for (var i = 0; i < explained.Count; i++)
        {
            var row = explained[i];
            var explainedClass = named is null ? Array.IndexOf(scores[i], scores[i].Max()) : names.IndexOf(named);
            Assert.AreEqual(explainedClass + 1, (int)row.ExplainedClass);
            var sum = row.FeatureContributions.Sum(c => (double)c);
            // Where contributions cancel to less than a hundredth of what they are, Single is too coarse for 1 % of the difference.
            var size = Math.Max(Math.Abs(row.ScoreDifference), 0.01 * row.FeatureContributions.Sum(c => Math.Abs((double)c)));
            Assert.AreEqual(row.ScoreDifference, sum, 0.01 * size, $"row {i}");
            Assert.AreEqual(Math.Abs(sum - row.ScoreDifference) / Math.Abs(row.ScoreDifference), row.ContributionError, 1e-6);
        }

        Assert.IsLessThanOrEqualTo(named is null ? 0 : 6, explained.Count(row => row.ContributionError > 0.01));
        // log p_a − log p_b = z_a − z_b, at the row and at the baseline: so differences of two classes are known from the scores.
        var other = Read(model.Explain(rows, new ExplainOptions { Class = names[0], Baseline = new float[64] }));
        for (var i = 0; i < explained.Count; i++)
        {
            var k = (int)explained[i].ExplainedClass - 1;
            var expected = Math.Log(scores[i][k]) - Math.Log(scores[i][0]) - Math.Log(baseline[k]) + Math.Log(baseline[0]);
            if (scores[i][0] > 1e-6)
                Assert.AreEqual(expected, explained[i].ScoreDifference - (double)other[i].ScoreDifference, 1e-3, $"row {i}");
        }
    }

    [TestMethod]
    public void Contributions_are_those_of_twenty_thousand_steps()
    {
        using var model = Fit(NetworkSpec.Mlp([16, 16]), epochs: 30, InputEncoding.None);
        var rows = Blobs.Rows(3, seed: 9);
        var explained = Read(model.Explain(_context.Data.LoadFromEnumerable(rows), new ExplainOptions { Tolerance = 0.001 }));
        for (var i = 0; i < rows.Length; i++)
        {
            var expected = PathIntegral(model.Model.GetWeights(), rows[i].Features, (int)explained[i].ExplainedClass - 1, steps: 20_000);
            for (var slot = 0; slot < 4; slot++)
                Assert.AreEqual(expected[slot], explained[i].FeatureContributions[slot], 0.002 * Math.Abs(explained[i].ScoreDifference), $"row {i}, slot {slot}");
        }
    }

    [TestMethod]
    public void A_slot_that_is_not_used_contributes_nothing()
    {
        var rows = Blobs.Rows(90).Select(r => new BlobRow { Id = r.Id, Label = r.Label, Features = [r.Features[0], r.Features[1], 0, r.Features[3]] }).ToArray();
        using var model = TrainerUnderTest.Named("Fer").Fit(_context, rows, o => o.Epochs = 20);
        foreach (var row in Read(model.Explain(_context.Data.LoadFromEnumerable(rows))))
            Assert.AreEqual(0, row.FeatureContributions[2]);
    }

    [TestMethod]
    public void The_slot_that_decides_contributes_most()
    {
        var random = new Random(1);
        var rows = Enumerable.Range(0, 300).Select(i => new BlobRow
        {
            Label = i % 2 == 0 ? "red" : "green",
            Features = [random.NextSingle() - 0.5f, i % 2 == 0 ? 1 : -1, random.NextSingle() - 0.5f, random.NextSingle() - 0.5f],
        }).ToArray();
        using var model = TrainerUnderTest.Named("CrossEntropy").Fit(_context, rows, o => (o.Epochs, o.LearningRate) = (20, 0.1));
        foreach (var row in Read(model.Explain(_context.Data.LoadFromEnumerable(rows))))
            Assert.IsGreaterThan(0.6f * row.ScoreDifference, row.FeatureContributions[1]);
    }

    [TestMethod]
    public void A_row_is_explained_alike_beside_any_others()
    {
        using var model = Fit(NetworkSpec.Mlp([16, 16], batchNorm: true));
        var rows = Blobs.Rows(1500, seed: 6);
        var together = Read(model.Explain(_context.Data.LoadFromEnumerable(rows)));
        foreach (var i in new[] { 0, 15, 16, 700, 1499 })
        {
            var alone = Read(model.Explain(_context.Data.LoadFromEnumerable([rows[i]])))[0];
            Assert.AreEqual(together[i].ExplainedClass, alone.ExplainedClass);
            for (var slot = 0; slot < 4; slot++)
                Assert.AreEqual(together[i].FeatureContributions[slot], alone.FeatureContributions[slot], 0.001 * Math.Abs(alone.ScoreDifference));
        }
    }

    [TestMethod]
    public void The_baseline_itself_has_nothing_to_explain()
    {
        using var model = Fit(NetworkSpec.Mlp([8]));
        var row = Blobs.Rows(1)[0];
        var explained = Read(model.Explain(_context.Data.LoadFromEnumerable([row]), new ExplainOptions { Baseline = row.Features }))[0];
        Assert.AreEqual(0, explained.ScoreDifference);
        Assert.AreEqual(0, explained.ContributionError);
        CollectionAssert.AreEqual(new float[4], explained.FeatureContributions);
    }

    /// <summary>A linear network adds up its columns, so that each slot's contribution is known by comparing rows that differ in it alone.</summary>
    [TestMethod]
    public void Columns_of_an_encoded_slot_count_for_the_slot()
    {
        var training = Blobs.Rows(90);
        for (var i = 0; i < training.Length; i += 7)
            training[i].Features[3] = float.NaN;
        foreach (var row in training)
            row.Features[1] = row.Features[1] > 0.5 ? 20 : 10;
        using var model = TrainerUnderTest.Named("CrossEntropy").Fit(_context, training, o => (o.Network, o.LearningRate) = (NetworkSpec.Mlp([]), 0.1));
        Assert.IsGreaterThan(4, model.Model.Network.Inputs!.Value, "The network sees more columns.");
        float[] baseline = [0.25f, 10, float.NaN, 1];
        var explained = Read(model.Explain(_context.Data.LoadFromEnumerable(training), new ExplainOptions { Baseline = baseline, Class = "green" }));
        foreach (var (row, contributions) in training.Zip(explained.Select(e => e.FeatureContributions)))
        {
            var alone = Enumerable.Range(0, 4).Select(slot =>
            {
                var features = (float[])baseline.Clone();
                features[slot] = row.Features[slot];
                return new BlobRow { Features = features };
            });
            var differences = Read(model.Explain(_context.Data.LoadFromEnumerable(alone), new ExplainOptions { Baseline = baseline, Class = "green" })).Select(e => e.ScoreDifference).ToArray();
            for (var slot = 0; slot < 4; slot++)
                Assert.AreEqual(differences[slot], contributions[slot], 1e-4, $"row {row.Id}, slot {slot}");
        }

        Assert.IsTrue(explained.Where((_, i) => i % 7 == 0).All(e => e.FeatureContributions[3] != 0), "A missing value is not the baseline's.");
    }

    [TestMethod]
    public void The_centre_of_the_training_data_is_the_baseline()
    {
        using var model = Fit(NetworkSpec.Mlp([8]), encoding: InputEncoding.Standard);
        var training = Blobs.Rows(60);
        float[] centre = [.. Enumerable.Range(0, 4).Select(slot => training.Average(r => r.Features[slot]))];
        var data = _context.Data.LoadFromEnumerable(Blobs.Rows(20, seed: 8));
        foreach (var (row, other) in Read(model.Explain(data)).Zip(Read(model.Explain(data, new ExplainOptions { Baseline = centre }))))
            Assert.AreEqual(other.ScoreDifference, row.ScoreDifference, 1e-5);
    }

    [TestMethod]
    public void Categories_are_explained_as_slots()
    {
        // Slot 3 holds a category, 1 to 6, which decides with slot 0.
        var random = new Random(2);
        var rows = Enumerable.Range(0, 300).Select(i =>
        {
            var category = random.Next(1, 7);
            var x = random.NextSingle() - 0.5f;
            return new BlobRow { Id = i, Label = (category % 2 == 0) == (x > 0) ? "red" : "green", Features = [x, random.NextSingle(), 0, category] };
        }).ToArray();
        var network = new NetworkSpec { Layers = [new CategoryEmbeddingSpec(3, [new(6, 4)]), new LinearSpec(16), new ReluSpec(), new LinearSpec(16), new ReluSpec()] };
        using var model = TrainerUnderTest.Named("CrossEntropy").Fit(_context, rows, o => (o.Network, o.Epochs, o.LearningRate, o.InputEncoding) = (network, 60, 0.1, InputEncoding.None));
        using var stream = new MemoryStream();
        _context.Model.Save(model, null, stream);
        stream.Position = 0;
        using var loaded = (FlipRegPredictionTransformer)_context.Model.Load(stream, out _);
        var data = Blobs.Keyed(_context, rows);
        Assertions.AreSame(Blobs.Scores(_context, model.Transform(data)), Blobs.Scores(_context, loaded.Transform(data)));
        Assert.IsGreaterThan(0.9, _context.MulticlassClassification.Evaluate(loaded.Transform(data)).MicroAccuracy);
        var explained = Read(loaded.Explain(data));
        foreach (var row in explained)
        {
            Assert.HasCount(4, row.FeatureContributions);
            Assert.AreEqual(row.ScoreDifference, row.FeatureContributions.Sum(), 0.01 * Math.Abs(row.ScoreDifference) + 1e-4);
            Assert.AreEqual(0, row.FeatureContributions[2]);
        }

        Assert.IsGreaterThan(explained.Average(r => Math.Abs(r.FeatureContributions[1])), explained.Average(r => Math.Abs(r.FeatureContributions[3])));
    }

    [TestMethod]
    public void Not_a_number_in_not_a_number_out()
    {
        using var model = Fit(NetworkSpec.Mlp([8]), encoding: InputEncoding.None);
        var rows = Blobs.Rows(4);
        rows[1].Features[0] = float.NaN;
        rows[2].Features[3] = float.PositiveInfinity;
        var explained = Read(model.Explain(_context.Data.LoadFromEnumerable(rows)));
        foreach (var i in new[] { 1, 2 })
        {
            Assert.IsTrue(explained[i].FeatureContributions.All(float.IsNaN), $"row {i}");
            Assert.IsTrue(float.IsNaN(explained[i].ScoreDifference) && float.IsNaN(explained[i].ContributionError));
        }

        Assert.AreEqual(0u, explained[1].ExplainedClass);
        Assert.IsTrue(explained[0].FeatureContributions.Concat(explained[3].FeatureContributions).All(float.IsFinite));
    }

    private static FlipRegPredictionTransformer Fit(NetworkSpec network, int epochs = 10, InputEncoding encoding = InputEncoding.Auto) =>
        TrainerUnderTest.Named("CrossEntropy").Fit(_context, o => (o.Network, o.Epochs, o.LearningRate, o.InputEncoding) = (network, epochs, 0.1, encoding));

    private static List<ExplainedRow> Read(IDataView view) => [.. _context.Data.CreateEnumerable<ExplainedRow>(view, reuseRowObject: false, ignoreMissingColumns: true)];

    /// <summary>Equation 3 of the paper, by hand and in Double, for two hidden ReLU layers and the baseline 0.</summary>
    private static double[] PathIntegral(IReadOnlyList<NamedWeights> weights, float[] row, int output, int steps)
    {
        var sum = new double[row.Length];
        for (var step = 0; step < steps; step++)
        {
            var at = (step + 0.5) / steps;
            var (first, firstOn) = Layer(weights[0].Values, weights[1].Values, [.. row.Select(x => at * x)]);
            var (_, secondOn) = Layer(weights[2].Values, weights[3].Values, first);
            var gradient = Back(weights[0].Values, Back(weights[2].Values, [.. secondOn.Select((on, j) => on * weights[4].Values[(output * secondOn.Length) + j])], firstOn.Length, firstOn), row.Length, null);
            for (var slot = 0; slot < row.Length; slot++)
                sum[slot] += gradient[slot] * row[slot] / steps;
        }

        return sum;

        static (double[] Values, double[] On) Layer(float[] w, float[] b, double[] x)
        {
            var z = b.Select((bias, j) => bias + x.Select((value, i) => value * w[(j * x.Length) + i]).Sum()).ToArray();
            return ([.. z.Select(value => Math.Max(value, 0))], [.. z.Select(value => value > 0 ? 1.0 : 0)]);
        }

        static double[] Back(float[] w, double[] gradient, int inputs, double[]? on) =>
            [.. Enumerable.Range(0, inputs).Select(i => gradient.Select((g, j) => g * w[(j * inputs) + i]).Sum() * (on?[i] ?? 1))];
    }

    private sealed class Pixels
    {
        [VectorType(64)]
        public float[] Features { get; set; } = new float[64];
    }

    private sealed class ExplainedRow
    {
        [KeyType(count: 1 << 20)]
        public uint ExplainedClass { get; set; }

        public float ScoreDifference { get; set; }

        public float[] FeatureContributions { get; set; } = [];

        public float ContributionError { get; set; }
    }
}
