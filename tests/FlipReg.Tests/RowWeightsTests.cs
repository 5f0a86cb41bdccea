using System.Text.Json;
using FlipReg.Data;

namespace FlipReg.Tests;

/// <summary>What rows count: example weights, class weights, their scale and their effective number; and what follows for the learning rate.</summary>
[TestClass]
public class RowWeightsTests
{
    [TestMethod]
    public void Without_weights_all_rows_count_alike()
    {
        var weights = Of([0, 1, 1], null, ClassWeights.None);
        Assert.IsNull(weights.Values);
        Assert.AreEqual(1, weights.EffectiveShare);
    }

    [TestMethod]
    public void Equal_weights_count_as_none_exactly()
    {
        // 0.1 and its sums are not exact; a share of 1 has to be, or the learning rate would differ in the last bit.
        foreach (var weights in new[] { Of([0, 1, 1], [0.1f, 0.1f, 0.1f], ClassWeights.None), Of([0, 1, 0, 1, 0, 1, 0, 1], null, ClassWeights.Balanced) })
        {
            Assert.IsTrue(weights.Values!.All(v => v == 1));
            Assert.AreEqual(1, weights.EffectiveShare);
        }
    }

    [TestMethod]
    public void Balanced_is_rows_by_classes_times_rows_of_the_class()
    {
        // The example of scikit-learn's compute_class_weight: 1.5 and 0.75.
        AreEqual([0.75f, 0.75f, 0.75f, 0.75f, 1.5f, 1.5f], Of([1, 1, 1, 1, 0, 0], null, ClassWeights.Balanced));
        // A class without rows changes nothing.
        AreEqual([0.75f, 0.75f, 0.75f, 0.75f, 1.5f, 1.5f], Of([1, 1, 1, 1, 3, 3], null, ClassWeights.Balanced, classes: 5));
    }

    [TestMethod]
    public void Balanced_counts_a_row_of_weight_2_as_two_rows()
    {
        var repeated = Of([0, 0, 0, 0, 1, 1], null, ClassWeights.Balanced).Values!;
        var weighted = Of([0, 0, 1, 1], [3, 1, 1, 1], ClassWeights.Balanced).Values!;
        // The same share of the whole: the sums are 6 and 4.
        Assert.AreEqual(3 * repeated[0] / 6, weighted[0] / 4, 1e-6);
        Assert.AreEqual(repeated[0] / 6, weighted[1] / 4, 1e-6);
        Assert.AreEqual(repeated[5] / 6, weighted[3] / 4, 1e-6);
    }

    [TestMethod]
    public void Given_values_multiply_example_weights()
    {
        AreEqual([0.5f, 1, 1.5f], Of([0, 0, 1], [1, 2, 1], ClassWeights.Of(1, 3)));
        AreEqual([1.5f, 0, 1.5f], Of([0, 1, 2], null, ClassWeights.Of(7, 0, 7), classes: 3));
    }

    [TestMethod]
    public void Weights_at_the_ends_of_the_range_stay_finite()
    {
        AreEqual([1, 1], Of([0, 1], [float.MaxValue, float.MaxValue], ClassWeights.None));
        AreEqual([1, 1], Of([0, 1], [float.Epsilon, float.Epsilon], ClassWeights.Of(1e-30, 1e-30)));
        AreEqual([1, 1], Of([0, 1], [float.Epsilon, float.MaxValue], ClassWeights.Balanced));
    }

    [TestMethod]
    public void The_effective_share_is_Kishs()
    {
        // (1 + 1 + 2)² / (3 · 6).
        Assert.AreEqual(16.0 / 18, Of([0, 1, 1], [1, 1, 2], ClassWeights.None).EffectiveShare, 1e-6);
        // One row has all the weight.
        Assert.AreEqual(1.0 / 4, Of([0, 1, 1, 1], [1e9f, 1, 1, 1], ClassWeights.None).EffectiveShare, 1e-6);
        // Balanced: harmonic by arithmetic mean of the classes' rows.
        Assert.AreEqual(2 / ((1.0 / 2) + (1.0 / 6)) / 4, Of([0, 0, 1, 1, 1, 1, 1, 1], null, ClassWeights.Balanced).EffectiveShare, 1e-6);
    }

    [TestMethod]
    [DataRow(3_000, null, 0.08, 0.1 * 0.08, DisplayName = "A step of 32 rows: in proportion")]
    [DataRow(20_000, null, 0.08, 0.1 * 0.08 * 4, DisplayName = "A step of 128 rows holds four times as many")]
    [DataRow(20_000, null, 0.25, 0.1, DisplayName = "Worth 32 equal rows: nothing to lower")]
    [DataRow(3_000, 512, 0.08, 0.1, DisplayName = "A large batch given")]
    [DataRow(3_000, 8, 0.08, 0.1 * 0.08, DisplayName = "A small batch given: as small ones do without weights")]
    [DataRow(40, 1024, 0.5, 0.1 * 0.5 * 40 / 32, DisplayName = "No step has more rows than there are")]
    [DataRow(3_000, 1, 1.0, 0.1, DisplayName = "Equal rows: the default as ever")]
    public void The_learning_rate_follows_the_rows_that_count(int rows, int? batchSize, double share, double expected)
    {
        Assert.AreEqual(expected, new FerOptions { BatchSize = batchSize }.Resolve(rows, 2, 1, share).LearningRate!.Value, 1e-15);
        Assert.AreEqual(0.1, new FerOptions { BatchSize = batchSize }.Resolve(rows, 2, 1).LearningRate, "Without weights to the bit.");
        Assert.AreEqual(0.07, new FerOptions { BatchSize = batchSize, LearningRate = 0.07 }.Resolve(rows, 2, 1, share).LearningRate, "A given rate stays.");
        Assert.AreEqual(0.001, new FerOptions { BatchSize = batchSize, Optimizer = OptimizerKind.AdamW }.Resolve(rows, 2, 1, share).LearningRate, "AdamW scales its steps itself.");
    }

    [TestMethod]
    public void Class_weights_are_checked_compared_and_kept()
    {
        double[] given = [1, 2.5];
        var weights = ClassWeights.Of(given);
        given[0] = -1;
        Assert.AreEqual(ClassWeights.Of(1, 2.5), weights);
        Assert.AreEqual(ClassWeights.Of(1, 2.5).GetHashCode(), weights.GetHashCode());
        Assert.AreNotEqual(ClassWeights.Of(1, 2), weights);
        Assert.AreNotEqual(ClassWeights.Balanced, ClassWeights.None);
        Assert.AreNotEqual(ClassWeights.None, weights);
        CollectionAssert.AreEqual(new[] { "None", "Balanced", "1, 2.5" }, new[] { $"{ClassWeights.None}", $"{ClassWeights.Balanced}", $"{weights}" });
        foreach (var (bad, text) in new (double[], string)[] { ([1, -2], "1, -2"), ([1, double.NaN], "1, NaN"), ([1, 0], "1, 0"), ([], "no value"), ([1, 1, double.PositiveInfinity], "1, 1, Infinity") })
        {
            var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ClassWeights.Of(bad));
            StringAssert.StartsWith(error.Message, $"ClassWeights must be finite and at least 0, two or more of them above 0. Got {text}. Use 1");
            Assert.AreEqual("ClassWeights", error.ParamName);
        }
    }

    [TestMethod]
    public void Class_weights_survive_json()
    {
        foreach (var weights in new[] { ClassWeights.None, ClassWeights.Balanced, ClassWeights.Of(0.1, 3, 0) })
            Assert.AreEqual(weights, JsonSerializer.Deserialize<ClassWeights>(JsonSerializer.Serialize(weights)));
        foreach (var broken in new[] { "\"balanced\"", "[1,-1]", "[]", "7", "[\"1\"]" })
            Assert.ThrowsExactly<JsonException>(() => JsonSerializer.Deserialize<ClassWeights>(broken), broken);
    }

    private static RowWeights Of(long[] labels, float[]? weights, ClassWeights classWeights, int classes = 2)
    {
        using var table = TestData.Table(new float[labels.Length], labels, weights, 1);
        return RowWeights.Of(table, classes, classWeights);
    }

    private static void AreEqual(float[] expected, RowWeights actual)
    {
        Assert.HasCount(expected.Length, actual.Values!);
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual.Values![i], 1e-6f, $"row {i}");
    }
}
