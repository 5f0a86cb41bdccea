using FlipReg.Tests.Kills;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

[TestClass]
public sealed class KillTests
{
    public static IEnumerable<object[]> Trainers => TrainerUnderTest.Rows;

    public TestContext TestContext { get; set; } = null!;

    /// <summary>One with a bank and one with a window. The others are stopped at every step inside of one process, and killed in the long run.</summary>
    public static IEnumerable<object[]> Sample => new[] { "Fer", "PDiff" }.Select(name => new object[] { TrainerUnderTest.Named(name) });

    [TestMethod]
    [DynamicData(nameof(Sample))]
    public void A_killed_fit_goes_on_and_ends_with_the_same_bits(TrainerUnderTest trainer) => Run(trainer, kills: 3, killsOfAFit: 3);

    [TestMethod]
    [TestCategory("Slow")]
    [DynamicData(nameof(Trainers))]
    public void Many_killed_fits_go_on(TrainerUnderTest trainer) => Run(trainer, kills: 200, killsOfAFit: 8);

    private void Run(TrainerUnderTest trainer, int kills, int killsOfAFit)
    {
        var matrix = new KillMatrix(Path.Combine(AppContext.BaseDirectory, "FreshProcess.dll"), seed: Random.Shared.Next());
        var report = matrix.Run(trainer.OptionsType.FullName!, kills, killsOfAFit);
        TestContext.WriteLine($"{report.Kills} kills, {report.WhileWriting} while a checkpoint was written, {report.Survived} survived.");
        Assert.AreEqual("", string.Join('\n', report.Problems));
        Assert.AreEqual(kills, report.Survived);
    }
}
