using FlipReg.Data;
using FlipReg.Metrics;
using FlipReg.Regularizers;
using FlipReg.Training;
using static TorchSharp.torch;

namespace FlipReg.Tests.Metrics;

[TestClass]
public class RowTrackerTests
{
    [TestMethod]
    public void Follows_margin_spread_and_rival_of_each_row()
    {
        using var scope = NewDisposeScope();
        using var tracker = new RowTracker(2, CPU);
        var batch = TestData.Step(tensor(new long[] { 0, 2 }), tensor(new long[] { 1, 0 }), 3);
        // Of row 1 (label 0) δ is 0.5, then -0.4 and -0.6 against class 2; of row 0 (label 2) always 0.
        float[][] own = [[0.7f, 0.2f, 0.1f], [0.2f, 0.2f, 0.6f], [0.15f, 0.1f, 0.75f]];
        foreach (var row in own)
            tracker.Observe(batch, new Outputs(log(tensor(row.Concat(new[] { 0.1f, 0.45f, 0.45f }).ToArray()).view(2, 3))));
        var bank = tensor(new float[] { 0, 0, 0, 0.1f, 0.1f, 0.3f }).view(2, 3).to(float16);
        var rows = tracker.Read([ForgettingTracker.NeverRight, 1], tensor(new long[] { 2, 0 }), [bank]);
        Assert.AreEqual((3, 1, 2, true, 1), (rows[0].Epochs, rows[0].Rival, rows[1].Rival, rows[1].EverRight, rows[1].ForgettingEvents));
        Assert.IsFalse(rows[0].EverRight);
        Assert.AreEqual(0, rows[0].ForgettingEvents);
        Assert.AreEqual(0, rows[0].MeanMargin, 1e-6);
        Assert.AreEqual(-0.5 / 3, rows[1].MeanMargin, 1e-6);
        var mean = -0.5 / 3;
        Assert.AreEqual(Math.Sqrt(new[] { 0.5, -0.4, -0.6 }.Average(d => (d - mean) * (d - mean))), rows[1].MarginDeviation, 1e-6);
        // A row without mass in the bank has no behaviour.
        Assert.IsNull(rows[0].BankMargin);
        Assert.AreEqual(-0.4, rows[1].BankMargin!.Value, 1e-3);
        Assert.AreEqual(2, rows[1].BankRival);
    }

    [TestMethod]
    public void A_fit_that_tracks_rows_gives_the_same_model_and_their_history()
    {
        using var table = TestData.Blobs(60, 4, 3, spread: 2);
        var context = new FitContext { Seed = 1, Device = CPU };
        var tracked = NetworkTrainer.Fit(table, null, 3, new FerOptions { Epochs = 6, BatchSize = 8, TrackRows = true }, context);
        var silent = NetworkTrainer.Fit(table, null, 3, new FerOptions { Epochs = 6, BatchSize = 8, CountForgetting = true }, context);
        using (tracked.Network)
        using (silent.Network)
        {
            CollectionAssert.AreEqual(silent.Network.FlatParameters.ToHost<float>(), tracked.Network.FlatParameters.ToHost<float>());
            Assert.IsNull(silent.TrackedRows);
            Assert.IsNull(tracked.ForgettingEvents);
            var rows = tracked.TrackedRows!;
            Assert.HasCount(60, rows);
            Assert.IsTrue(rows.All(row => row.Epochs == 6 && row.MeanMargin is >= -1 and <= 1));
            for (var row = 0; row < 60; row++)
                Assert.AreEqual(silent.ForgettingEvents![row], rows[row].EverRight ? rows[row].ForgettingEvents : ForgettingTracker.NeverRight);
            // FER remembers rows that were ever right.
            Assert.IsTrue(rows.Any(row => row.BankMargin > 0));
            Assert.AreEqual(rows.Sum(row => (long)row.ForgettingEvents), tracked.History.Sum(epoch => epoch.ForgettingEvents!.Value));
            Assert.AreEqual(0, tracked.History[0].ForgettingEvents);
            Assert.IsTrue(rows.Select((row, i) => row.Rival != i % 3).All(differs => differs));
        }
    }
}
