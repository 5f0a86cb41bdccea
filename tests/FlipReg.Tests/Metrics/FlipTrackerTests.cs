using FlipReg.Metrics;
using static TorchSharp.torch;

namespace FlipReg.Tests.Metrics;

[TestClass]
public class FlipTrackerTests
{
    [TestMethod]
    public void Counts_rows_that_were_right_earlier_and_are_wrong_now()
    {
        using var scope = NewDisposeScope();
        using var tracker = new FlipTracker(4, CPU);
        Assert.AreEqual(0, tracker.Update(tensor(new[] { true, false, false, true })).item<long>());
        Assert.AreEqual(1, tracker.Update(tensor(new[] { false, false, true, true })).item<long>());
        Assert.AreEqual(2, tracker.Update(tensor(new[] { true, false, false, false })).item<long>());
    }

    [TestMethod]
    public void Report_gives_relative_and_absolute_flipping_error()
    {
        var report = new ValidationReport(0.5, 0.75, 2, 5, 20);
        Assert.AreEqual(0.4, report.RelativeFlippingError);
        Assert.AreEqual(0.1, report.FlippingError);
        Assert.AreEqual(0, new ValidationReport(0, 1, 0, 0, 20).RelativeFlippingError);
    }
}
