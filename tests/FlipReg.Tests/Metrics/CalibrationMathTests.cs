using FlipReg.Metrics;

namespace FlipReg.Tests.Metrics;

[TestClass]
public class CalibrationMathTests
{
    private static readonly float[] _confidences = [0.55f, 0.6f, 0.95f, 0.9f, 0.2f];
    private static readonly bool[] _right = [true, false, true, true, false];

    [TestMethod]
    public void Bins_of_equal_width_hold_their_upper_end()
    {
        CollectionAssert.AreEqual(new[] { 0, 0, 1, 4, 4 }, new[] { 0, 0.2, 0.2000001, 0.81, 1 }.Select(p => CalibrationMath.Bin(p, 5)).ToArray());
        var table = CalibrationMath.EqualWidth([0.5f, 0.25f, 0.75f], [true, false, true], 4);
        CollectionAssert.AreEqual(new long[] { 1, 1, 1, 0 }, table.Select(b => b.Rows).ToArray());
        Assert.AreEqual((0.5, 0.75), (table[2].Lower, table[2].Upper));
    }

    [TestMethod]
    public void Expected_error_is_the_rows_mean_gap()
    {
        // Two bins: (0, 0.5] with 0.2 wrong; (0.5, 1] with mean 0.75, of which 3 of 4 are right.
        var table = CalibrationMath.EqualWidth(_confidences, _right, 2);
        Assert.AreEqual(0.2, table[0].Gap, 1e-6);
        Assert.AreEqual(0, table[1].Gap, 1e-6);
        Assert.AreEqual(0.2 / 5, CalibrationMath.ExpectedError(table), 1e-6);
        Assert.AreEqual(0.2, CalibrationMath.MaximumError(table), 1e-6);
    }

    [TestMethod]
    public void Bins_of_equal_mass_hold_equal_numbers_and_whole_ties()
    {
        var table = CalibrationMath.EqualMass(_confidences, _right, 2);
        CollectionAssert.AreEqual(new long[] { 2, 3 }, table.Select(b => b.Rows).ToArray());
        Assert.AreEqual(0.375, table[0].MeanProbability, 1e-6);
        Assert.AreEqual(0.5, table[0].Frequency, 1e-6);
        // Of ten rows eight are the same: they cannot be parted.
        float[] ties = [0.1f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.9f];
        var tied = CalibrationMath.EqualMass(ties, new bool[10], 5);
        Assert.AreEqual(10, tied.Sum(b => b.Rows));
        Assert.AreEqual(1, tied.Count(b => b.Lower < 0.5 && b.Upper >= 0.5));
        Assert.AreEqual(1.0, tied[^1].Upper);
    }

    [TestMethod]
    public void The_order_of_rows_does_not_count()
    {
        var random = new Random(1);
        float[] p = [.. Enumerable.Range(0, 500).Select(_ => (float)Math.Round(random.NextDouble(), 2))];
        bool[] hit = [.. p.Select(v => random.NextDouble() < v)];
        var order = Enumerable.Range(0, 500).ToArray();
        random.Shuffle(order);
        foreach (var table in new Func<float[], bool[], IReadOnlyList<ReliabilityBin>>[] { (a, b) => CalibrationMath.EqualWidth(a, b, 15), (a, b) => CalibrationMath.EqualMass(a, b, 15) })
            Assert.AreEqual(CalibrationMath.ExpectedError(table(p, hit)), CalibrationMath.ExpectedError(table([.. order.Select(i => p[i])], [.. order.Select(i => hit[i])])), 1e-12);
    }

    [TestMethod]
    public void A_calibrated_model_has_no_error_and_an_overconfident_one_its_excess()
    {
        var random = new Random(2);
        float[] p = [.. Enumerable.Range(0, 100_000).Select(_ => (float)random.NextDouble())];
        bool[] hit = [.. p.Select(v => random.NextDouble() < v)];
        Assert.IsLessThan(0.01, CalibrationMath.ExpectedError(CalibrationMath.EqualWidth(p, hit, 15)));
        Assert.IsLessThan(0.01, CalibrationMath.ExpectedError(CalibrationMath.EqualMass(p, hit, 15)));
        bool[] half = [.. p.Select(v => random.NextDouble() < v / 2)];
        Assert.AreEqual(0.25, CalibrationMath.ExpectedError(CalibrationMath.EqualWidth(p, half, 15)), 0.01);
    }

    [TestMethod]
    public void Rows_add_up_to_Brier_log_loss_top_k_and_classwise_error()
    {
        var sums = new CalibrationSums(3, 10);
        sums.Add([0.7f, 0.2f, 0.1f], 0);
        sums.Add([0.4f, 0.4f, 0.2f], 1);
        Assert.AreEqual(((0.09 + 0.04 + 0.01) + (0.16 + 0.36 + 0.04)) / 2, sums.Brier, 1e-6);
        Assert.AreEqual(-(Math.Log(0.7) + Math.Log(0.4)) / 2, sums.LogLoss, 1e-6);
        // Of the tie the first class is predicted.
        CollectionAssert.AreEqual(new[] { 0.5, 1, 1 }, sums.TopAccuracies().ToArray());
        // Class 0: |0.7 − 1| and |0.4 − 0|; class 1: |0.2 − 0| and |0.4 − 1|; class 2 in bins of their own: 0.1 and 0.2.
        Assert.AreEqual((0.7 + 0.8 + 0.3) / 2 / 3, sums.ClasswiseError(), 1e-6);
        Assert.AreEqual(-Math.Log(CalibrationMath.LeastProbability), CalibrationMath.LogLoss(0), 1e-12);
    }
}
