namespace FlipReg.Tests.Data;

[TestClass]
public class LabelNoiseTests
{
    [TestMethod]
    public void Symmetric_noise_changes_an_exact_share_to_every_other_class()
    {
        var keys = Keys(1000, 4);
        var (rows, changed) = LabelNoise.Symmetric(0.3).Draw(keys, 4, 7);
        Assert.HasCount(300, rows);
        CollectionAssert.AreEqual(rows.Order().Distinct().ToArray(), rows);
        Assert.IsTrue(rows.Zip(changed).All(c => c.Second is >= 1 and <= 4 && c.Second != keys[c.First]));
        foreach (var from in Enumerable.Range(1, 4))
        {
            var others = rows.Zip(changed).Where(c => keys[c.First] == from).GroupBy(c => c.Second).ToList();
            Assert.HasCount(3, others);
            Assert.IsTrue(others.All(g => g.Count() > 10), $"class {from}");
        }
    }

    [TestMethod]
    public void A_share_per_class_is_exact_in_each()
    {
        // 100, 50 and 7 rows.
        uint[] keys = [.. Enumerable.Repeat(1u, 100), .. Enumerable.Repeat(2u, 50), .. Enumerable.Repeat(3u, 7)];
        var (rows, _) = LabelNoise.Symmetric(0.2, perClass: true).Draw(keys, 3, 1);
        CollectionAssert.AreEqual(new[] { 20, 10, 1 }, new[] { 1u, 2u, 3u }.Select(k => rows.Count(r => keys[r] == k)).ToArray());
    }

    [TestMethod]
    public void A_pair_flip_goes_to_the_next_class()
    {
        var keys = Keys(90, 3);
        var (rows, changed) = LabelNoise.PairFlip(0.4).Draw(keys, 3, 1);
        Assert.HasCount(36, rows);
        Assert.IsTrue(rows.Zip(changed).All(c => c.Second == (keys[c.First] % 3) + 1));
    }

    [TestMethod]
    public void A_matrix_gives_each_class_its_shares()
    {
        uint[] keys = [.. Enumerable.Repeat(1u, 10), .. Enumerable.Repeat(2u, 100)];
        var (rows, changed) = LabelNoise.Transition(new[,] { { 0.8, 0.2 }, { 0.07, 0.93 } }).Draw(keys, 2, 3);
        Assert.AreEqual(2, rows.Count(r => keys[r] == 1));
        Assert.AreEqual(7, rows.Count(r => keys[r] == 2));
        Assert.IsTrue(rows.Zip(changed).All(c => c.Second == 3 - keys[c.First]));
    }

    [TestMethod]
    public void Missing_labels_stay_and_do_not_count()
    {
        uint[] keys = [.. Enumerable.Range(0, 200).Select(i => (uint)(i % 2 == 0 ? 0 : (i % 4 / 2) + 1))];
        var (rows, _) = LabelNoise.Symmetric(0.5).Draw(keys, 2, 1);
        Assert.HasCount(50, rows);
        Assert.IsTrue(rows.All(r => keys[r] > 0));
    }

    [TestMethod]
    public void The_stream_alone_decides()
    {
        var keys = Keys(500, 5);
        var (rows, changed) = LabelNoise.Symmetric(0.3).Draw(keys, 5, 7);
        var again = LabelNoise.Symmetric(0.3).Draw(keys, 5, 7);
        CollectionAssert.AreEqual(rows, again.Rows);
        CollectionAssert.AreEqual(changed, again.Keys);
        CollectionAssert.AreNotEqual(rows, LabelNoise.Symmetric(0.3).Draw(keys, 5, 8).Rows);
    }

    [TestMethod]
    [DataRow(-0.1)]
    [DataRow(1.0)]
    [DataRow(double.NaN)]
    public void A_rate_out_of_range_is_refused(double rate)
    {
        foreach (var make in new Action[] { () => LabelNoise.Symmetric(rate), () => LabelNoise.PairFlip(rate) })
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(make).Message, "rate must be at least 0 and below 1. Got ", StringComparison.Ordinal);
    }

    [TestMethod]
    public void A_bad_matrix_is_refused_with_its_place()
    {
        Throws(() => LabelNoise.Transition(new[,] { { 0.8, 0.1 }, { 0, 1 } }), "must sum to 1. Got 0.9 in row 0");
        Throws(() => LabelNoise.Transition(new[,] { { 1.1, -0.1 }, { 0, 1 } }), "Got 1.1 in row 0, column 0");
        Throws(() => LabelNoise.Transition(new[,] { { double.NaN, 0 }, { 0, 1 } }), "Got NaN");
        Throws(() => LabelNoise.Transition(new double[2, 3]), "Got 2×3");
        Throws(() => LabelNoise.Transition(new[,] { { 1.0, 0 }, { 0, 1 } }).Draw(Keys(10, 3), 3, 1), "3 classes. Got 2");
        Throws(() => LabelNoise.Symmetric(0.1).Draw([1, 1], 1, 1), "at least 2 classes");
    }

    private static uint[] Keys(int rows, int classes) => [.. Enumerable.Range(0, rows).Select(i => (uint)(i % classes) + 1)];

    private static void Throws(Action action, string part) => StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(action).Message, part, StringComparison.Ordinal);
}
