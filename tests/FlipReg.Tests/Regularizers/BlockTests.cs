using FlipReg.Data;
using FlipReg.Regularizers;
using static TorchSharp.torch;

namespace FlipReg.Tests.Regularizers;

/// <summary>A block of steps gives what its steps give one by one, for every method.</summary>
[TestClass]
public class BlockTests
{
    private const int Rows = 20;
    private const int Classes = 4;
    private const int BatchSize = 6;

    public static IEnumerable<object[]> Methods() =>
    [
        [new CrossEntropyOptions()],
        [new FerOptions()],
        [new FerOptions { NoisyLabels = true }],
        [new FerOptions { AverageBehavior = false }],
        [new FerElrOptions()],
        [new FerElrOptions { Strength = 1, TargetMomentum = 0, InitialEpochs = 2 }],
        [new OlsOptions()],
        [new OlsOptions { Single = true }],
        [new OlsOptions { UpdateUnit = OlsUpdateUnit.Iterations, UpdatePeriod = 3 }],
        [new OlsOptions { UpdateUnit = OlsUpdateUnit.Iterations, UpdatePeriod = 2, Single = true }],
        .. BaselineTests.Defaults(),
        [new PDiffOptions { Window = 2, RampEpochs = 2 }],
        [new PDiffOptions { Window = 5, NoiseRate = 0.4, RampEpochs = 1 }],
    ];

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void Gradients_losses_and_state_are_those_of_single_steps(TrainingOptions options)
    {
        options.Epochs = 4;
        options.BatchSize = BatchSize;
        options = options.Resolve(Rows, Classes, 1);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var table = TestData.Blobs(Rows, 3, Classes, weights: [.. Enumerable.Range(0, Rows).Select(i => 1f + (i % 2))]);
        var context = new RegularizerContext(table.Labels.ToHost<long>(), Classes, CPU, 5) { StepsOfEpoch = 4, Network = new FixedView(Rows, Classes) };
        using var blocks = options.CreateRegularizer(context);
        using var steps = options.CreateRegularizer(context);
        using var random = new Generator(3);
        var weights = RowWeights.Of(table, Classes, options.ClassWeights);
        using var blockRows = new EpochRows(table, Classes, options, weights, CPU, 9);
        using var stepRows = new EpochRows(table, Classes, options, weights, CPU, 9);
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            blockRows.Shuffle(epoch);
            stepRows.Shuffle(epoch);
            var logits = randn([Rows, Classes], generator: random).mul_(2);
            for (var first = 0; first < blockRows.Steps;)
            {
                var block = blockRows.Block(first, Math.Min(3, blocks.StepsUntilUpdate), epoch);
                var blockLogits = logits.index_select(0, block.RowIds);
                blocks.Prepare(block);
                var gradients = blockRows.StepsOf(block).Zip(blockLogits.split(BatchSize)).Select(x => blocks.LossGradient(x.First, new Outputs(x.Second))!).ToList();
                var outputs = new Outputs(blockLogits);
                var blockLoss = blocks.Loss(block, outputs).item<float>();
                blocks.Observe(block, outputs);
                var sum = 0f;
                foreach (var gradient in gradients)
                {
                    var single = stepRows.Block(first++, 1, epoch);
                    var singleOutputs = new Outputs(logits.index_select(0, single.RowIds));
                    steps.Prepare(single);
                    TestData.AreClose(gradient.data<float>(), steps.LossGradient(single, singleOutputs)!, 1e-7, 1e-6, $"epoch {epoch}, step {first}");
                    sum += steps.Loss(single, singleOutputs).item<float>();
                    steps.Observe(single, singleOutputs);
                }

                Assert.AreEqual(sum, blockLoss, 1e-4, $"loss in epoch {epoch}");
            }

            blocks.EndEpoch(epoch);
            steps.EndEpoch(epoch);
            foreach (var (one, other) in blocks.State.Zip(steps.State))
                TestData.AreClose(one.Value.to(float32).data<float>(), other.Value, 1e-6, 1e-6, $"epoch {epoch}, {one.Name}");
        }
    }
}
