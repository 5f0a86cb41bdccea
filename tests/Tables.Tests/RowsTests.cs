using FlipReg.Tables;

namespace Tables.Tests;

[TestClass]
public sealed class RowsTests
{
    [TestMethod]
    public void A_fifth_of_each_class_is_tested_on_and_no_row_twice()
    {
        int[] labels = [.. Enumerable.Repeat(0, 50).Concat(Enumerable.Repeat(1, 13)).Concat(Enumerable.Repeat(2, 2))];
        var (training, test) = Rows.Split(labels, 0.2, 3);
        CollectionAssert.AreEqual(Enumerable.Range(0, labels.Length).ToArray(), training.Concat(test).Order().ToArray());
        Assert.AreEqual(10, test.Count(row => labels[row] == 0));
        Assert.AreEqual(3, test.Count(row => labels[row] == 1));
        Assert.AreEqual(0, test.Count(row => labels[row] == 2));
    }

    [TestMethod]
    public void The_split_follows_the_seed()
    {
        int[] labels = [.. Enumerable.Range(0, 100).Select(i => i % 4)];
        CollectionAssert.AreEqual(Rows.Split(labels, 0.2, 1).Test, Rows.Split(labels, 0.2, 1).Test);
        CollectionAssert.AreNotEqual(Rows.Split(labels, 0.2, 1).Test, Rows.Split(labels, 0.2, 2).Test);
    }

    [TestMethod]
    [DataRow(0.0, 0)]
    [DataRow(0.2, 201)]
    [DataRow(0.4, 401)]
    [DataRow(1.0, 1003)]
    public void Exactly_the_share_of_the_labels_becomes_another_class(double share, int wrong)
    {
        int[] labels = [.. Enumerable.Range(0, 1003).Select(i => i % 5)];
        var noisy = Rows.Noisy(labels, 5, share, 9);
        Assert.AreEqual(wrong, labels.Zip(noisy).Count(pair => pair.First != pair.Second));
        Assert.IsTrue(noisy.All(label => label is >= 0 and < 5));
        CollectionAssert.AreEqual(noisy, Rows.Noisy(labels, 5, share, 9));
    }

    [TestMethod]
    public void Wrong_labels_go_to_each_other_class_alike()
    {
        var noisy = Rows.Noisy(new int[30_000], 4, 1, 5);
        for (var label = 1; label < 4; label++)
            Assert.AreEqual(10_000, noisy.Count(l => l == label), 400);
    }
}
