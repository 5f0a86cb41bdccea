using FlipReg.Metrics;
using FlipReg.Regularizers;
using FlipReg.Training;
using static TorchSharp.torch;

namespace FlipReg.Tests.Metrics;

[TestClass]
public class ForgettingTrackerTests
{
    [TestMethod]
    public void Counts_changes_from_right_to_wrong_per_row()
    {
        using var scope = NewDisposeScope();
        using var tracker = new ForgettingTracker(3, CPU);
        var right = tensor(new float[] { 1, 0 });
        var wrong = tensor(new float[] { 0, 1 });
        var ids = tensor(new long[] { 2, 0, 1 });
        var batch = TestData.Step(tensor(new long[] { 0, 0, 0 }), ids, 2);
        // In the order of the ids: row 2 right, wrong, right, wrong; row 0 wrong, right, right, wrong; row 1 never right.
        foreach (var (first, second) in new[] { (right, wrong), (wrong, right), (right, right), (wrong, wrong) })
            tracker.Observe(batch, new Outputs(stack([first, second, wrong])));
        CollectionAssert.AreEqual(new[] { 1, ForgettingTracker.NeverRight, 2 }, tracker.Read());
    }

    [TestMethod]
    public void A_fit_that_is_asked_to_counts_events_of_every_row()
    {
        using var table = TestData.Blobs(60, 4, 3, spread: 2);
        var context = new FitContext { Seed = 1, Device = CPU };
        var result = NetworkTrainer.Fit(table, null, 3, new FerOptions { Epochs = 10, BatchSize = 8, CountForgetting = true }, context);
        result.Network.Dispose();
        Assert.HasCount(60, result.ForgettingEvents!);
        Assert.IsTrue(result.ForgettingEvents!.Any(events => events > 0));
        Assert.IsTrue(result.ForgettingEvents!.All(events => events is >= ForgettingTracker.NeverRight and <= 5));
        var silent = NetworkTrainer.Fit(table, null, 3, new FerOptions { Epochs = 2 }, context);
        silent.Network.Dispose();
        Assert.IsNull(silent.ForgettingEvents);
    }
}
