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
    [DataRow(20_000L, 128, 1)]
    [DataRow(40_000_000L, 128, 8)]
    public void Threads_follow_from_the_step(long multiplyAdds, int batch, int expected) =>
        Assert.AreEqual(expected, ThreadRule.Threads(multiplyAdds, batch, 8));
}
