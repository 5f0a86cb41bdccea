using FlipReg.Training;
using static TorchSharp.torch;

namespace FlipReg.Tests.Training;

[TestClass]
public class OptimizationTests
{
    [TestMethod]
    public void Cycles_start_again_at_the_full_rate_and_are_as_equal_as_epochs_allow()
    {
        var options = new SnapshotDistillationOptions { Epochs = 11, WarmupEpochs = 1, Cycles = 4 };
        // Ten epochs in four cycles: 2, 3, 2, 3.
        CollectionAssert.AreEqual(new[] { 3, 6, 8, 11 }, Enumerable.Range(1, 11).Where(epoch => CosineCycles.Ends(options, epoch)).ToArray());
        foreach (var start in new[] { 1, 3, 6, 8 })
            Assert.AreEqual(1, Optimization.Factor(options, start), 1e-12, $"after {start} epochs");
        Assert.AreEqual(0.5, Optimization.Factor(options, 2), 1e-12);
        Assert.AreEqual(0.75, Optimization.Factor(options, 9), 1e-12);
        Assert.AreEqual(0.25, Optimization.Factor(options, 10), 1e-12);
        Assert.AreEqual(0.5, Optimization.Factor(options, 0), 1e-12, "warm-up");
        Assert.AreEqual(4, new SnapshotDistillationOptions { Epochs = 11 }.Resolve(10, 2, 1).Cycles);
        Assert.AreEqual(3, new SnapshotDistillationOptions { Epochs = 3 }.Resolve(10, 2, 1).Cycles);
        Assert.IsNull(new FerOptions().Resolve(10, 2, 1).Cycles);
    }

    [TestMethod]
    public void Cosine_starts_at_one_and_halves_in_the_middle()
    {
        var options = new CrossEntropyOptions { Epochs = 10, Schedule = ScheduleKind.Cosine };
        Assert.AreEqual(1, Optimization.Factor(options, 0), 1e-12);
        Assert.AreEqual(0.5, Optimization.Factor(options, 5), 1e-12);
        Assert.AreEqual((1 + Math.Cos(0.9 * Math.PI)) / 2, Optimization.Factor(options, 9), 1e-12);
    }

    [TestMethod]
    public void Milestones_are_the_papers_epochs()
    {
        var options = new CrossEntropyOptions { Epochs = 240, Schedule = ScheduleKind.MultiStep };
        Assert.AreEqual(1, Optimization.Factor(options, 149));
        Assert.AreEqual(0.1, Optimization.Factor(options, 150), 1e-12);
        Assert.AreEqual(0.01, Optimization.Factor(options, 180), 1e-12);
        Assert.AreEqual(0.001, Optimization.Factor(options, 239), 1e-12);
    }

    [TestMethod]
    public void Warm_up_rises_linearly_to_the_full_rate()
    {
        var options = new CrossEntropyOptions { Epochs = 10, WarmupEpochs = 3, Schedule = ScheduleKind.Constant };
        CollectionAssert.AreEqual(new[] { 0.25, 0.5, 0.75, 1, 1 }, Enumerable.Range(0, 5).Select(e => Optimization.Factor(options, e)).ToArray());
    }

    [TestMethod]
    [DataRow(150, OptimizerKind.Sgd, 32, 0.1, 2e-3)]
    [DataRow(9_000, OptimizerKind.Sgd, 32, 0.1, 1.5 / 9_000)]
    [DataRow(1_000_000, OptimizerKind.Sgd, 128, 0.1, 5e-5)]
    [DataRow(150, OptimizerKind.AdamW, 32, 0.001, 0.01)]
    public void Open_options_follow_from_the_rows(int rows, OptimizerKind optimizer, int batchSize, double learningRate, double weightDecay)
    {
        var given = new CrossEntropyOptions { Optimizer = optimizer };
        var resolved = given.Resolve(rows, 2, 7);
        Assert.AreEqual((batchSize, learningRate, weightDecay, 7), (resolved.BatchSize, resolved.LearningRate, resolved.WeightDecay, resolved.Seed));
        Assert.IsNull(given.BatchSize);
        var kept = new CrossEntropyOptions { BatchSize = 5, LearningRate = 1, WeightDecay = 0, Seed = 3 }.Resolve(rows, 2, 7);
        Assert.AreEqual((5, 1.0, 0.0, 3), (kept.BatchSize, kept.LearningRate, kept.WeightDecay, kept.Seed));
    }

    [TestMethod]
    [DataRow(20_000L, 128, 1)]
    [DataRow(268_800L, 32, 1)]
    [DataRow(268_800L, 128, 1)]
    [DataRow(452_352L, 128, 2)]
    [DataRow(800_000L, 128, 3)]
    [DataRow(40_000_000L, 128, 8)]
    public void Threads_follow_from_the_step(long multiplyAdds, int batch, int expected) =>
        Assert.AreEqual(expected, ThreadRule.Threads(multiplyAdds, batch, 8));

    [TestMethod]
    [DataRow(OptimizerKind.Sgd, false)]
    [DataRow(OptimizerKind.Sgd, true)]
    [DataRow(OptimizerKind.AdamW, false)]
    public void The_flat_parameters_step_as_separate_ones_do(OptimizerKind optimizer, bool nesterov)
    {
        using var scope = NewDisposeScope();
        using var table = TestData.Blobs(16, 3, 2);
        var options = new CrossEntropyOptions
        {
            Epochs = 6,
            BatchSize = 16,
            Network = NetworkSpec.Mlp([8]),
            InputEncoding = InputEncoding.None,
            Optimizer = optimizer,
            Nesterov = nesterov,
            LearningRate = 0.02,
            WeightDecay = 0.01,
            Schedule = ScheduleKind.Constant,
        };
        var trained = TrainerTests.Weights(table, options, 11);
        // The same start and data through stock modules and a stock optimizer over separate parameters.
        var start = TrainerTests.Weights(table, new CrossEntropyOptions { Epochs = 1, BatchSize = 16, InputEncoding = InputEncoding.None, Network = options.Network, LearningRate = 1e-30, WeightDecay = 0 }, 11);
        using var first = nn.Linear(3, 8);
        using var second = nn.Linear(8, 2);
        using (no_grad())
        {
            var values = tensor(start);
            first.weight!.copy_(values.narrow(0, 0, 24).view(8, 3));
            first.bias!.copy_(values.narrow(0, 24, 8));
            second.weight!.copy_(values.narrow(0, 32, 16).view(2, 8));
            second.bias!.copy_(values.narrow(0, 48, 2));
        }

        var parameters = first.parameters().Concat(second.parameters());
        using optim.Optimizer stock = optimizer == OptimizerKind.Sgd
            ? optim.SGD(parameters, 0.02, 0.9, weight_decay: 0.01, nesterov: nesterov)
            : optim.AdamW(parameters, 0.02, weight_decay: 0.01);
        for (var i = 0; i < 6; i++)
        {
            stock.zero_grad();
            nn.functional.cross_entropy(second.forward(nn.functional.relu(first.forward(table.Features))), table.Labels).backward();
            stock.step();
        }

        var expected = cat([first.weight!.view(-1), first.bias!, second.weight!.view(-1), second.bias!], 0).detach();
        TestData.AreClose(trained, expected, 1e-5, 1e-5, "weights");
    }
}
