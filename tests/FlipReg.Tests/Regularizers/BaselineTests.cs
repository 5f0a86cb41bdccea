using FlipReg.Data;
using FlipReg.Regularizers;
using static TorchSharp.torch;

namespace FlipReg.Tests.Regularizers;

/// <summary>The methods that the papers compare with, against plain PyTorch and against cross-entropy.</summary>
[TestClass]
public class BaselineTests
{
    public static IEnumerable<object[]> Files() => GoldenFile.Names("baseline_*.json");

    /// <summary>Each method at the strength at which it is plain cross-entropy.</summary>
    public static IEnumerable<object[]> WithoutStrength() =>
    [
        [new LabelSmoothingOptions { Smoothing = 0 }],
        [new MaxEntropyOptions { Strength = 0 }],
        [new TfRegOptions { Strength = 0 }],
        [new BootstrapOptions { LabelWeight = 1 }],
        [new BootstrapOptions { LabelWeight = 1, Hard = true }],
        [new DisturbLabelOptions { DisturbProbability = 0 }],
        [new SymmetricCrossEntropyOptions { HardWeight = 1, ReverseWeight = 0 }],
        [new GeneralizedCrossEntropyOptions { Exponent = 0 }],
        [new PairwiseConfusionOptions { Strength = 0 }],
        [new ElrOptions { Strength = 0 }],
        [new LwrOptions { Gamma = 1 }],
        [new CsKdOptions { Strength = 0 }],
        [new SnapshotDistillationOptions { Strength = 0 }],
    ];

    public static IEnumerable<object[]> Defaults() => WithoutStrength().Select(row => row[0].GetType()).Distinct().Select(type => new object[] { (TrainingOptions)Activator.CreateInstance(type)! })
        .Append([new BootstrapOptions { Hard = true }]);

    [TestMethod]
    [DynamicData(nameof(Files))]
    public void Steps_in_plain_PyTorch_are_reproduced(string name)
    {
        using var file = new GoldenFile(name);
        var options = (TrainingOptions)Activator.CreateInstance(typeof(TrainingOptions).Assembly.GetType($"FlipReg.{file.Root.GetProperty("method").GetString()}Options", throwOnError: true)!)!;
        foreach (var value in file.Parameters.GetProperty("options").EnumerateObject())
        {
            var property = options.GetType().GetProperty(value.Name)!;
            property.SetValue(options, System.Text.Json.JsonSerializer.Deserialize(value.Value, property.PropertyType));
        }

        (options.Epochs, options.BatchSize) = (file.Epochs, file.Parameters.GetProperty("batch_size").GetInt32());
        using var method = options.Resolve(file.Rows, file.Classes, 1).CreateRegularizer(new RegularizerContext(new long[file.Rows], file.Classes, CPU, 1) { Network = new FileView(file) });
        var steps = file.Replay(method, (state, i) =>
        {
            foreach (var bank in state.EnumerateObject())
                TestData.AreClose(GoldenFile.Floats(bank.Value), TestData.State(method, bank.Name), GoldenFile.Tolerance, GoldenFile.Tolerance, $"step {i} {bank.Name}");
        }, method.EndEpoch);
        Assert.IsGreaterThan(10, steps);
    }

    [TestMethod]
    [DynamicData(nameof(WithoutStrength))]
    public void Without_strength_it_is_cross_entropy(TrainingOptions options) => Run(options, (batch, outputs, loss, gradient) =>
    {
        var onehot = nn.functional.one_hot(batch.Labels, batch.Classes);
        TestData.AreClose(outputs.Probabilities.sub(onehot).mul(batch.Scale).contiguous().data<float>(), gradient, 1e-7, 1e-6, "gradient");
        TestData.AreClose(SoftTargets.CrossEntropy(outputs.LogProbabilities, batch.Labels).mul(batch.Scale).sum().view(1).data<float>(), loss.view(1), 1e-6, 1e-6, "loss");
    });

    [TestMethod]
    [DynamicData(nameof(Defaults))]
    public void The_closed_form_is_autograds_gradient_and_adding_to_all_logits_changes_nothing(TrainingOptions options) => Run(options, (_, _, _, gradient) =>
    {
        Assert.IsTrue(gradient.isfinite().all().item<bool>());
        Assert.IsLessThan(1e-5f, gradient.sum([1]).abs().max().item<float>(), "soft labels and predictions have the same sum");
    });

    [TestMethod]
    [DataRow(2)]
    [DataRow(5)]
    public void The_teacher_of_tf_reg_is_a_distribution_with_the_label_on_top(int classes)
    {
        var (label, other) = FlipReg.Regularizers.TfReg.TfRegMath.Teacher(0.99, 20, classes);
        Assert.AreEqual(1, label + ((classes - 1) * other), 1e-12);
        Assert.IsGreaterThan(other, label);
    }

    [TestMethod]
    public void Defaults_follow_the_number_of_classes()
    {
        var few = (SymmetricCrossEntropyOptions)new SymmetricCrossEntropyOptions().Resolve(100, 10, 1);
        var many = (SymmetricCrossEntropyOptions)new SymmetricCrossEntropyOptions().Resolve(100, 100, 1);
        Assert.AreEqual((0.1, 1.0, 6.0, 0.1), (few.HardWeight, few.ReverseWeight, many.HardWeight, many.ReverseWeight));
        Assert.AreEqual(10, ((PairwiseConfusionOptions)new PairwiseConfusionOptions().Resolve(100, 200, 1)).Strength);
        Assert.AreEqual(0.3, ((PairwiseConfusionOptions)new PairwiseConfusionOptions().Resolve(100, 3, 1)).Strength!.Value, 1e-12);
        Assert.AreEqual((0.95, 0.8), (((BootstrapOptions)new BootstrapOptions().Resolve(9, 3, 1)).LabelWeight, ((BootstrapOptions)new BootstrapOptions { Hard = true }.Resolve(9, 3, 1)).LabelWeight));
    }

    [TestMethod]
    public void Disturbed_labels_follow_from_seed_and_epoch_and_are_as_many_as_asked_for()
    {
        var labels = Enumerable.Range(0, 20_000).Select(i => (long)(i % 4)).ToArray();
        using var method = new FlipReg.Regularizers.DisturbLabel.DisturbLabelRegularizer(0.2, new RegularizerContext(labels, 4, CPU, 3));
        var first = method.Draw(1);
        CollectionAssert.AreEqual(first, method.Draw(1));
        CollectionAssert.AreNotEqual(first, method.Draw(2));
        // One redrawn label in four is its own.
        Assert.AreEqual(0.15, first.Zip(labels, (drawn, given) => drawn == given ? 0.0 : 1).Average(), 0.01);
        foreach (var count in first.CountBy(label => label))
            Assert.AreEqual(5000, count.Value, 200);
        using var scope = NewDisposeScope();
        var batch = TestData.Step(tensor(labels[..8]), arange(8, dtype: int64), 4, 1, 2);
        method.Prepare(batch);
        var outputs = new Outputs(zeros([8, 4]));
        var expected = full([8, 4], 1 / 4.0).sub(nn.functional.one_hot(tensor(first[..8]), 4)).div(8);
        TestData.AreClose(expected.data<float>(), method.LossGradient(batch, outputs), 1e-7, 0, "gradient");
    }

    /// <summary>Steps of four epochs, with weights, of which two have an odd number of rows and one a single one; the gradient is compared with autograd's.</summary>
    private static void Run(TrainingOptions options, Action<Batch, Outputs, Tensor, Tensor> check)
    {
        const int rows = 12;
        foreach (var classes in new[] { 2, 3 })
        {
            (options.Epochs, options.BatchSize) = (4, 5);
            var resolved = options.Resolve(rows, classes, 1);
            using var scope = NewDisposeScope();
            using var random = new Generator(3);
            var labels = Enumerable.Range(0, rows).Select(i => (long)(i % classes)).ToArray();
            using var method = resolved.CreateRegularizer(new RegularizerContext(labels, classes, CPU, 1) { Network = new FixedView(rows, classes) });
            for (var epoch = 1; epoch <= 4; epoch++)
            {
                foreach (var (first, count) in new[] { (0, 5), (5, 6), (11, 1) })
                {
                    var batch = new Batch(null, tensor(labels[first..(first + count)]), arange(first, first + count, dtype: int64), empty(count, 1).uniform_(0.1, 2, random)) { Classes = classes, Epoch = epoch, Epochs = 4 };
                    var logits = randn([count, classes], generator: random).mul_(3).requires_grad_();
                    var loss = method.Loss(batch, new Outputs(logits));
                    loss.backward();
                    using var noGrad = no_grad();
                    var outputs = new Outputs(logits.detach());
                    method.Prepare(batch);
                    var gradient = method.LossGradient(batch, outputs);
                    TestData.AreClose(logits.grad!.data<float>(), gradient, 2e-6, 1e-5, $"epoch {epoch}, row {first}");
                    check(batch, outputs, loss.detach(), gradient);
                    method.Observe(batch, outputs);
                }

                method.EndEpoch(epoch);
            }
        }
    }

    /// <summary>Logits of companions and snapshots as the file has them.</summary>
    private sealed class FileView(GoldenFile file) : INetworkView
    {
        public Tensor Companions(Batch batch) => Snapshot(batch)!;

        public Tensor? Snapshot(Batch block) => file.Step.TryGetProperty("other_logits", out var logits) ? tensor(GoldenFile.Floats(logits)).view(block.Rows, file.Classes) : null;

        public void TakeSnapshot()
        {
        }
    }
}
