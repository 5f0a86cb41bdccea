namespace FlipReg.Tests.Training;

/// <summary>What every method can do, found by reflection; checkpoints and ensembles have tests of their own.</summary>
[TestClass]
public class EveryMethodTests
{
    private static readonly float[] _classWeights = [1, 4, 2];

    public static IEnumerable<object[]> Methods() => TrainerTests.Methods();

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void Class_weights_are_example_weights_by_class_and_only_their_ratios_count(Type method)
    {
        using var plain = TestData.Blobs(90, 4, 3, spread: 1.5);
        using var weighted = TestData.Blobs(90, 4, 3, spread: 1.5, weights: [.. Enumerable.Range(0, 90).Select(i => _classWeights[i % 3])]);
        using var scaled = TestData.Blobs(90, 4, 3, spread: 1.5, weights: [.. Enumerable.Range(0, 90).Select(i => 8 * _classWeights[i % 3])]);
        var options = TrainerTests.Options(method, 6);
        var without = TrainerTests.Weights(plain, options, 1);
        var expected = TrainerTests.Weights(weighted, options, 1);
        Assert.IsTrue(expected.All(float.IsFinite));
        CollectionAssert.AreNotEqual(without, expected);
        CollectionAssert.AreEqual(expected, TrainerTests.Weights(scaled, options, 1));
        options.ClassWeights = ClassWeights.Of(1, 4, 2);
        CollectionAssert.AreEqual(expected, TrainerTests.Weights(plain, options, 1));
    }

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void It_stops_early_keeps_the_best_epoch_and_averages_weights(Type method)
    {
        using var table = TestData.Blobs(60, 4, 2);
        var options = TrainerTests.Options(method, 6);
        options.EarlyStopping = new() { Patience = 2, MinimumDelta = 100 };
        (options.Keep, options.WeightAverage) = (KeptWeights.Best, 0.5);
        var result = TrainerTests.Fit(table, options, validation: table);
        result.Network.Dispose();
        Assert.HasCount(3, result.History);
    }

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void Two_classes_one_row_a_step_and_batches_larger_than_the_table_are_trained_on(Type method)
    {
        using var table = TestData.Blobs(21, 4, 2);
        foreach (var batch in new[] { 1, 2, 4, 1000 })
        {
            var options = TrainerTests.Options(method, 5);
            options.BatchSize = batch;
            options.LearningRate = 0.01;
            options.Network = NetworkSpec.Mlp([8], batchNorm: true);
            Assert.IsTrue(TrainerTests.Weights(table, options, 1).All(float.IsFinite), $"{batch} rows a step");
        }
    }
}
