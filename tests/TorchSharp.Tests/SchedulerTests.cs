using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim.lr_scheduler;

namespace TorchSharp.Tests;

[TestClass]
public class SchedulerTests
{
    private static readonly Dictionary<string, (Func<optim.Optimizer, LRScheduler> Make, double[] Expected)> _schedulers = new()
    {
        ["MultiStepLR"] = (o => MultiStepLR(o, [2, 4]), [1, 1, 0.1, 0.1, 0.01, 0.01, 0.01]),
        ["CosineAnnealingLR"] = (o => CosineAnnealingLR(o, 5, 0.1),
            [1, 0.914057647469, 0.689057647469, 0.410942352531, 0.185942352531, 0.1, 0.185942352531, 0.410942352531, 0.689057647469, 0.914057647469, 1, 0.914057647469]),
        ["LinearLR"] = (o => LinearLR(o, 0.25, 1, 4), [0.25, 0.4375, 0.625, 0.8125, 1, 1, 1]),
        ["LinearLR, the factory's default end"] = (o => LinearLR(o, 1, total_iters: 4), [1, 2, 3, 4, 5, 5]),
        ["LinearLR, the class's default end"] = (o => new impl.LinearLR(o, 0.5, total_iters: 2), [0.5, 0.75, 1, 1]),
        ["SequentialLR to cosine"] = (o => SequentialLR(o, [LinearLR(o, 0.25, 1, 3), CosineAnnealingLR(o, 4)], [3]),
            [0.25, 0.5, 0.75, 1, 0.853553390593, 0.5, 0.146446609407, 0, 0.146446609407]),
        ["SequentialLR to steps"] = (o => SequentialLR(o, [LinearLR(o, 0.25, 1, 3), MultiStepLR(o, [2, 3])], [3]),
            [0.25, 0.5, 0.75, 1, 1, 0.1, 0.01, 0.01, 0.01]),
    };

    public static IEnumerable<object[]> Names() => _schedulers.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void The_rate_takes_its_course(string name)
    {
        using var parameter = new Parameter(zeros(1));
        using var optimizer = optim.SGD([parameter], 1.0);
        var (make, expected) = _schedulers[name];
        var scheduler = make(optimizer);
        for (var epoch = 0; epoch < expected.Length; epoch++)
        {
            Assert.AreEqual(expected[epoch], optimizer.ParamGroups.Single().LearningRate, 1e-11, $"epoch {epoch}");
            Assert.AreEqual(expected[epoch], scheduler.get_last_lr().Single(), 1e-11);
            scheduler.step();
        }
    }

    [TestMethod]
    public void A_given_epoch_uses_the_closed_form()
    {
        using var parameter = new Parameter(zeros(1));
        using var optimizer = optim.SGD([parameter], 1.0);
        var scheduler = CosineAnnealingLR(optimizer, 5, 0.1);
        scheduler.step(3);
        Assert.AreEqual(0.410942352531, optimizer.ParamGroups.Single().LearningRate, 1e-11);
    }

    [TestMethod]
    public void A_sequence_needs_one_scheduler_more_than_milestones()
    {
        using var parameter = new Parameter(zeros(1));
        using var optimizer = optim.SGD([parameter], 1.0);
        using var other = optim.SGD([parameter], 1.0);
        Assert.ThrowsExactly<ArgumentException>(() => SequentialLR(optimizer, [LinearLR(optimizer)], [3]));
        Assert.ThrowsExactly<ArgumentException>(() => SequentialLR(optimizer, [LinearLR(optimizer), LinearLR(other)], [3]));
    }
}
