using FlipReg.Training;

namespace FlipReg.Tests.Training;

[TestClass]
public class OptimizationTests
{
    [TestMethod]
    public void Cosine_starts_at_one_and_halves_in_the_middle()
    {
        var options = new CrossEntropyOptions { Epochs = 10, Schedule = ScheduleKind.Cosine };
        Assert.AreEqual(1, Optimization.Factor(options, 0), 1e-12);
        Assert.AreEqual(0.5, Optimization.Factor(options, 5), 1e-12);
        Assert.AreEqual((1 + Math.Cos(0.9 * Math.PI)) / 2, Optimization.Factor(options, 9), 1e-12);
    }

    [TestMethod]
    public void Milestones_are_the_papers_epochs()
    {
        var options = new CrossEntropyOptions { Epochs = 240, Schedule = ScheduleKind.MultiStep };
        Assert.AreEqual(1, Optimization.Factor(options, 149));
        Assert.AreEqual(0.1, Optimization.Factor(options, 150), 1e-12);
        Assert.AreEqual(0.01, Optimization.Factor(options, 180), 1e-12);
        Assert.AreEqual(0.001, Optimization.Factor(options, 239), 1e-12);
    }

    [TestMethod]
    public void Warm_up_rises_linearly_to_the_full_rate()
    {
        var options = new CrossEntropyOptions { Epochs = 10, WarmupEpochs = 3, Schedule = ScheduleKind.Constant };
        CollectionAssert.AreEqual(new[] { 0.25, 0.5, 0.75, 1, 1 }, Enumerable.Range(0, 5).Select(e => Optimization.Factor(options, e)).ToArray());
    }

    [TestMethod]
    [DataRow(150, OptimizerKind.Sgd, 32, 0.1, 2e-3)]
    [DataRow(9_000, OptimizerKind.Sgd, 32, 0.1, 1.5 / 9_000)]
    [DataRow(1_000_000, OptimizerKind.Sgd, 128, 0.1, 5e-5)]
    [DataRow(150, OptimizerKind.AdamW, 32, 0.001, 0.01)]
    public void Open_options_follow_from_the_rows(int rows, OptimizerKind optimizer, int batchSize, double learningRate, double weightDecay)
    {
        var given = new CrossEntropyOptions { Optimizer = optimizer };
        var resolved = given.Resolve(rows, 7);
        Assert.AreEqual((batchSize, learningRate, weightDecay, 7), (resolved.BatchSize, resolved.LearningRate, resolved.WeightDecay, resolved.Seed));
        Assert.IsNull(given.BatchSize);
        var kept = new CrossEntropyOptions { BatchSize = 5, LearningRate = 1, WeightDecay = 0, Seed = 3 }.Resolve(rows, 7);
        Assert.AreEqual((5, 1.0, 0.0, 3), (kept.BatchSize, kept.LearningRate, kept.WeightDecay, kept.Seed));
    }

    [TestMethod]
    [DataRow(20_000L, 128, 1)]
    [DataRow(100_000L, 128, 3)]
    [DataRow(40_000_000L, 128, 8)]
    public void Threads_follow_from_the_step(long multiplyAdds, int batch, int expected) =>
        Assert.AreEqual(expected, ThreadRule.Threads(multiplyAdds, batch, 8));
}
