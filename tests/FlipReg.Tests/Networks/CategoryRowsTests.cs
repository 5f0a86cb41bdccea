using FlipReg.Data;
using FlipReg.Tests.Sparse;
using FlipReg.Training;
using FlipReg.Training.Checkpoints;
using static TorchSharp.torch;

namespace FlipReg.Tests.Networks;

/// <summary>Tables of categories that are trained by rows end as tables that are stepped whole, but for rounding; and cost a step what it uses.</summary>
[TestClass]
public class CategoryRowsTests
{
    private const int Numbers = 2;

    private static readonly int[] _categories = [40, 7, 500];

    public static IEnumerable<object[]> Fits => SparseFitTests.Fits().Where(fit => ((TrainingOptions)fit[1]).Network.Layers.All(layer => layer is not LinearSpec { Bias: false }));

    [TestMethod]
    [DynamicData(nameof(Fits))]
    public void By_rows_or_whole_the_fit_is_the_same(string name, TrainingOptions options)
    {
        (options.Epochs, options.BatchSize, options.WeightDecay) = (4, 16, options.WeightDecay ?? 0.01);
        using var table = Table(200, 1);
        using var validation = Table(60, 2);
        var (whole, rows) = (Train(options, table, validation, false), Train(options, table, validation, true));
        using var expected = whole.Network;
        using var found = rows.Network;
        // AdamW moves a weight by its rate however small the gradient is: where that is rounding alone, so is the move.
        var tolerance = options.Optimizer == OptimizerKind.AdamW ? 1e-3 : 2e-5;
        foreach (var ((tensor, value), (_, same)) in expected.State.Zip(found.State))
            TestData.AreClose(value.ToHost<float>(), same, tolerance, 1e-4, $"{name}, {tensor}");
        foreach (var (report, other) in whole.History.Zip(rows.History))
        {
            Assert.AreEqual(report.TrainingLoss, other.TrainingLoss, tolerance, name);
            Assert.AreEqual(report.GradientNorm!.Value, other.GradientNorm!.Value, 1e-3 * report.GradientNorm.Value, name);
            Assert.AreEqual(report.Validation!.Loss, other.Validation!.Loss, tolerance, name);
        }
    }

    [TestMethod]
    public void An_ensemble_shares_its_tables_by_rows_too()
    {
        var options = new FerOptions { Members = 3, Epochs = 3, BatchSize = 16 };
        using var table = Table(200, 1);
        var (whole, rows) = (Train(options, table, null, false), Train(options, table, null, true));
        using var expected = whole.Network;
        using var found = rows.Network;
        foreach (var ((tensor, value), (_, same)) in expected.State.Zip(found.State))
            TestData.AreClose(value.ToHost<float>(), same, 2e-5, 1e-4, tensor);
    }

    [TestMethod]
    [DataRow(OptimizerKind.Sgd)]
    [DataRow(OptimizerKind.AdamW)]
    public void A_fit_by_rows_goes_on_from_a_checkpoint_to_the_same_bits(OptimizerKind optimizer)
    {
        var folder = Directory.CreateTempSubdirectory("flipreg-categories-");
        try
        {
            var options = new OlsOptions { Optimizer = optimizer, Epochs = 5, BatchSize = 16, WeightAverage = 1, Seed = 5 };
            using var table = Table(200, 1);
            var expected = Bytes(Train(options, table, null, true));
            using var stop = new CancellationTokenSource();
            var stopped = new OlsOptions
            {
                Optimizer = optimizer,
                Epochs = 5,
                BatchSize = 16,
                WeightAverage = 1,
                Seed = 5,
                CancellationToken = stop.Token,
                Progress = report =>
                {
                    if (report.Epoch == 2)
                        stop.Cancel();
                },
            };
            using (var store = CheckpointStore.Open(folder.FullName, _ => { }))
                Assert.ThrowsExactly<OperationCanceledException>(() => Train(stopped, table, null, true, store));
            using (var store = CheckpointStore.Open(folder.FullName, _ => { }))
                CollectionAssert.AreEqual(expected, Bytes(Train(options, table, null, true, store)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        static float[] Bytes(FitResult result)
        {
            using var network = result.Network;
            return [.. network.State.SelectMany(s => s.Value.ToHost<float>())];
        }
    }

    [TestMethod]
    public void A_million_categories_train_without_touching_them_all()
    {
        var random = new Random(1);
        float[] features = [.. Enumerable.Range(0, 2000).SelectMany(i => new[] { random.NextSingle(), (i % 2 == 0 ? 1 : 500_000) + random.Next(200) })];
        using var table = TestData.Table(features, [.. Enumerable.Range(0, 2000).Select(i => (long)(i % 2))], null, 2, [1_000_000]);
        var options = new CrossEntropyOptions { Epochs = 8, BatchSize = 32, WeightDecay = 0, Seed = 1 };
        var result = NetworkTrainer.Fit(table, null, 2, options, new FitContext { Seed = 1, Device = CPU });
        using var network = result.Network;
        Assert.IsGreaterThan(0.97, result.History[^1].TrainingAccuracy);
        var values = network.State[0].Value;
        CollectionAssert.AreEqual(new long[] { 1_000_001, 16 }, values.shape);
        Assert.IsLessThanOrEqualTo((float)CategoryEmbeddingSpec.InitialBound, values.narrow(0, 1000, 400_000).abs().max().item<float>(), "Without weight decay what no row uses stays.");
        Assert.IsGreaterThan((float)CategoryEmbeddingSpec.InitialBound, values.narrow(0, 1, 200).abs().max().item<float>());
    }

    private static TrainingTable Table(int rows, int seed)
    {
        var random = new Random(seed);
        var (features, labels) = (new List<float>(), new List<long>());
        for (var i = 0; i < rows; i++)
        {
            int[] categories = [.. _categories.Select(count => random.Next(count + 1))];
            features.AddRange([random.NextSingle(), random.NextSingle(), .. categories]);
            labels.Add((categories[0] + categories[1]) % 3);
        }

        return TestData.Table([.. features], [.. labels], null, Numbers + _categories.Length, _categories);
    }

    private static FitResult Train(TrainingOptions options, TrainingTable table, TrainingTable? validation, bool byRows, CheckpointStore? store = null) =>
        NetworkTrainer.Fit(table, validation, 3, options, new FitContext { Seed = 5, Device = CPU, TablesByRows = byRows, Checkpoints = store });
}
