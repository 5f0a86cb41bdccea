using FlipReg.Data;
using FlipReg.Metrics;

namespace FlipReg.Tests.Data;

[TestClass]
public sealed class StratifiedSplitTests
{
    [TestMethod]
    [DataRow(0.1)]
    [DataRow(0.2)]
    [DataRow(0.25)]
    [DataRow(0.5)]
    [DataRow(0.9)]
    public void Every_class_gives_its_share(double fraction)
    {
        int[] rows = [400, 37, 11, 0, 1, 155];
        var labels = Labels(rows);
        var split = Split(labels, rows.Length, fraction);
        for (var c = 0; c < rows.Length; c++)
        {
            var given = labels.Where((label, row) => label == c && split.IsSetAside[row]).Count();
            Assert.IsLessThanOrEqualTo(1, Math.Abs(given - (fraction * rows[c])), $"class {c}: {given} of {rows[c]}");
            Assert.IsTrue(rows[c] == 0 || given < rows[c], $"class {c} keeps a row");
        }

        Assert.AreEqual((int)Math.Round(fraction * 603, MidpointRounding.AwayFromZero), split.SetAside);
        Assert.AreEqual(split.SetAside, split.IsSetAside.ToArray().Count(apart => apart));
        CollectionAssert.AreEqual(new[] { 4 }, split.SingleRowClasses.ToArray());
    }

    [TestMethod]
    public void Many_small_classes_share_the_rows_that_none_would_give_alone()
    {
        var labels = Labels([.. Enumerable.Repeat(4, 100)]);
        var split = Split(labels, 100, 0.1);
        Assert.AreEqual(40, split.SetAside);
        var givers = Enumerable.Range(0, labels.Length).Where(row => split.IsSetAside[row]).Select(row => labels[row]).ToList();
        Assert.HasCount(40, givers.Distinct().ToList());
        Assert.IsTrue(givers.Any(c => c >= 60) && givers.Any(c => c < 40), "Which classes give is drawn, too.");
    }

    [TestMethod]
    public void The_seed_decides()
    {
        var labels = Labels([60, 60, 30]);
        var one = Split(labels, 3, 0.2, seed: 1).IsSetAside.ToArray();
        CollectionAssert.AreEqual(one, Split(labels, 3, 0.2, seed: 1).IsSetAside.ToArray());
        var overlap = Enumerable.Range(2, 50).Average(seed => Split(labels, 3, 0.2, seed).IsSetAside.ToArray().Zip(one).Count(pair => pair.First && pair.Second));
        // Of 30 rows, 6 by chance.
        Assert.AreEqual(6, overlap, 1);
    }

    [TestMethod]
    public void Every_row_is_drawn_as_often_as_any_other()
    {
        var labels = Labels([20, 10]);
        var times = new int[labels.Length];
        for (var seed = 0; seed < 1000; seed++)
        {
            var split = Split(labels, 2, 0.2, seed);
            for (var row = 0; row < times.Length; row++)
                times[row] += split.IsSetAside[row] ? 1 : 0;
        }

        // Binomial with 1,000 · 0.2: its standard deviation is 12.6.
        foreach (var count in times)
            Assert.AreEqual(200, count, 60);
    }

    [TestMethod]
    public unsafe void Divided_tables_are_disjoint_complete_and_in_order()
    {
        const int Width = 3;
        var labels = Labels([40, 25, 9, 1]);
        var features = Enumerable.Range(0, labels.Length * Width).Select(i => (float)i).ToArray();
        var table = TestData.Table(features, labels, [.. labels.Select((_, row) => row + 1f)], Width);
        var split = Split(labels, 4, 0.3);
        var memory = (nint)HostReads.Address<float>(table.Features);
        var (training, apart) = split.Divide(table);
        using (training)
        using (apart)
        {
            var kept = Enumerable.Range(0, labels.Length).Where(row => !split.IsSetAside[row]).ToArray();
            var apartRows = Enumerable.Range(0, labels.Length).Where(row => split.IsSetAside[row]).ToArray();
            CollectionAssert.AreEqual(kept.Select(row => labels[row]).ToArray(), training.Labels.ToHost<long>());
            CollectionAssert.AreEqual(apartRows.Select(row => labels[row]).ToArray(), apart.Labels.ToHost<long>());
            CollectionAssert.AreEqual(Rows(kept), training.Features.ToHost<float>());
            CollectionAssert.AreEqual(Rows(apartRows), apart.Features.ToHost<float>());
            CollectionAssert.AreEqual(kept.Select(row => row + 1f).ToArray(), training.Weights!.ToHost<float>());
            Assert.IsNull(apart.Weights);
            Assert.AreEqual(memory, (nint)HostReads.Address<float>(training.Features), "The table is not copied.");
            Assert.AreEqual(labels.Length, training.Rows + apart.Rows);

            var spread = split.Spread([.. kept]);
            for (var row = 0; row < labels.Length; row++)
                Assert.AreEqual(split.IsSetAside[row] ? ForgettingTracker.SetAside : row, spread[row]);
        }

        float[] Rows(int[] rows) => [.. rows.SelectMany(row => features.Skip(row * Width).Take(Width))];
    }

    [TestMethod]
    public void A_class_withapartRowsa_training_row()
    {
        Fails([50, 3], 0.9, "ValidationFraction must leave a training row to every class. Got 0.9, which leaves none of the 3 rows of class 'c1'. Set it to at most 0.833, give the class more rows, or pass validation data.");
        Assert.AreEqual(2, Count([50, 3], 0.833, c: 1), "The remedy holds.");
        Fails([70, 7], 0.95, "Set it to at most 0.928,");
        Assert.AreEqual(6, Count([70, 7], 0.928, c: 1));
        Fails([2, 2], 0.8, "class 'c0'");
    }

    [TestMethod]
    public void No_validation_row()
    {
        Fails([10, 10], 0.02, "ValidationFraction must set at least one row aside. Got 0.02 of 20 rows (in classes of two or more), which is none. Raise it, or pass validation data.");
        Fails([1, 1, 1], 0.5, "Got 0.5 of 0 rows (in classes of two or more), which is none.");
    }

    private static int Count(int[] rows, double fraction, int c)
    {
        var labels = Labels(rows);
        var split = Split(labels, rows.Length, fraction);
        return labels.Where((label, row) => label == c && split.IsSetAside[row]).Count();
    }

    private static void Fails(int[] rows, double fraction, string part) =>
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => Split(Labels(rows), rows.Length, fraction)).Message, part);

    private static StratifiedSplit Split(long[] labels, int classes, double fraction, int seed = 7) => StratifiedSplit.Of(labels, classes, fraction, seed, c => $"c{c}");

    /// <summary>So many rows of each class, mixed.</summary>
    private static long[] Labels(int[] rows)
    {
        var labels = rows.SelectMany((count, c) => Enumerable.Repeat((long)c, count)).ToArray();
        new Random(5).Shuffle(labels);
        return labels;
    }
}
