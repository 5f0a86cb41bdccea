using FlipReg.Tables;

namespace Tables.Tests;

[TestClass]
public sealed class StandingsTests
{
    [TestMethod]
    public void The_best_has_rank_1_and_equals_share_their_ranks()
    {
        CollectionAssert.AreEqual(new[] { 2, 4, 2, 2, 5.0 }, Standings.Ranks([0.9, 0.8, 0.9, 0.9, 0.1]));
        CollectionAssert.AreEqual(new[] { 1.5, 1.5, 3 }, Standings.Ranks([0.7, 0.7, 0.2]));
    }

    [TestMethod]
    public void Mean_ranks_are_over_the_tables() =>
        CollectionAssert.AreEqual(new[] { 1.25, 2.5, 2.25 }, Standings.MeanRanks([[0.9, 0.8, 0.7], [0.6, 0.5, 0.6]]));

    [TestMethod]
    public void Differences_up_to_the_margin_are_ties() =>
        Assert.AreEqual((2, 3, 1), Standings.Compare([0.905, 0.906, 0.9, 0.8, 0.5, 1], [0.9, 0.9, 0.905, 0.8, 0.6, 0.9], 0.005));

    [TestMethod]
    public void Figures_are_means_of_the_seeds_and_tables_that_lack_one_do_not_count()
    {
        Cell[] cells =
        [
            Of("a", 1, "X", 0.8), Of("a", 2, "X", 0.6), Of("a", 1, "Y", 0.5), Of("a", 2, "Y", 0.5),
            Of("b", 1, "X", 0.9), Of("b", 2, "X", 1.0), Of("b", 1, "Y", 0.2), Of("b", 2, "Y", 0.4),
            Of("c", 1, "X", 0.1), Of("c", 2, "X", 0.1), Of("c", 1, "Y", 0.1),
        ];
        var results = new Results(cells, ["a", "b", "c"], ["X", "Y"], [0], 2);
        CollectionAssert.AreEqual(new[] { "a", "b" }, results.Tables[0].ToArray());
        Assert.AreEqual(0.7, results.Accuracy("a", 0, "X"), 1e-12);
        Assert.AreEqual(0.825, results.MeanAccuracy(0, "X"), 1e-12);
        Assert.AreEqual(0.4, results.MeanAccuracy(0, "Y"), 1e-12);
        Assert.AreEqual(1.65, results.MeanLogLoss(0, "X"), 1e-12);
        CollectionAssert.AreEqual(new[] { "Y on c at 0 %" }, results.Missing.ToArray());
    }

    // Log-loss: twice the accuracy, so that the two cannot be confused.
    private static Cell Of(string table, int seed, string method, double accuracy) => new(new(table, 0, seed, method), "", accuracy, 2 * accuracy, 1, 1, 0);
}
