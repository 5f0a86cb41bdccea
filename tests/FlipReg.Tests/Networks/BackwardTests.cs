using FlipReg.Data;
using FlipReg.Networks;
using FlipReg.Regularizers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FlipReg.Tests.Networks;

/// <summary>The gradients of a training step are those of autograd, and the slopes of the loss.</summary>
[TestClass]
public class BackwardTests
{
    private const int Width = 7;
    private const int Classes = 5;

    public static IEnumerable<object[]> Networks() =>
    [
        ["no hidden layer", new LayerSpec[] { }],
        ["default", new LayerSpec[] { new LinearSpec(24), new ReluSpec(), new LinearSpec(16), new ReluSpec() }],
        ["no bias", new LayerSpec[] { new LinearSpec(24, Bias: false), new ReluSpec(), new LinearSpec(16, Bias: false) }],
        ["ReLU first, twice", new LayerSpec[] { new ReluSpec(), new ReluSpec(), new LinearSpec(24), new ReluSpec(), new ReluSpec() }],
        ["SiLU", new LayerSpec[] { new LinearSpec(24), new SiluSpec(), new LinearSpec(16), new SiluSpec() }],
        ["SiLU first, after ReLU, twice, between dropouts", new LayerSpec[] { new SiluSpec(), new LinearSpec(24), new ReluSpec(), new SiluSpec(), new SiluSpec(), new ReluSpec(), new DropoutSpec(0.3), new SiluSpec(), new DropoutSpec(0.2) }],
        ["dropout", new LayerSpec[] { new LinearSpec(24), new ReluSpec(), new DropoutSpec(0.5), new LinearSpec(16), new DropoutSpec(0.3), new ReluSpec() }],
        ["dropout first, and of nothing", new LayerSpec[] { new DropoutSpec(0.2), new LinearSpec(24), new DropoutSpec(0), new ReluSpec() }],
        ["batch norm", new LayerSpec[] { new LinearSpec(24), new BatchNormSpec(), new ReluSpec(), new DropoutSpec(0.5) }],
        ["batch norm between SiLUs", new LayerSpec[] { new LinearSpec(24), new SiluSpec(), new BatchNormSpec(), new SiluSpec() }],
        ["batch norm first, last and twice", new LayerSpec[] { new BatchNormSpec(), new BatchNormSpec(), new LinearSpec(24), new ReluSpec(), new BatchNormSpec() }],
    ];

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Gradients_are_those_of_autograd(string name, LayerSpec[] layers)
    {
        using var scope = NewDisposeScope();
        using var steps = Build(layers);
        using var oracle = Build(layers);
        using var random = new Generator(2);
        foreach (var rows in new[] { 64, 64, 9, 1, 128 })
        {
            var features = randn([rows, Width], generator: random);
            var gradient = randn([rows, Classes], generator: random);
            var kept = features.clone();
            StepsAsAutograd(oracle, steps, features, gradient, $"{name}, {rows} rows");
            foreach (var (one, other) in oracle.State.Zip(steps.State))
                TestData.AreClose(one.Value.detach().data<float>(), other.Value.detach(), 1e-7, 1e-6, $"{name}, {rows} rows, {one.Name}");
            TestData.AreClose(kept.data<float>(), features, 0, 0, $"{name}, {rows} rows, features");
        }
    }

    public static IEnumerable<object[]> Methods() => [[new CrossEntropyOptions()], [new FerOptions()], [new FerOptions { NoisyLabels = true }], [new OlsOptions()]];

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void Gradients_of_a_method_are_those_of_its_loss(TrainingOptions options)
    {
        const int rows = 60;
        options.Epochs = 4;
        options.BatchSize = rows;
        options = options.Resolve(rows, 2, 1);
        using var scope = NewDisposeScope();
        using var table = TestData.Blobs(rows, Width, Classes, weights: [.. Enumerable.Range(0, rows).Select(i => 1f + (i % 3))]);
        using var regularizer = options.CreateRegularizer(new RegularizerContext(table.Labels.ToHost<long>(), Classes, CPU, 5));
        using var dealt = new EpochRows(table, Classes, options, RowWeights.Of(table, Classes, options.ClassWeights), CPU, 9);
        using var network = Build([new LinearSpec(24), new ReluSpec(), new LinearSpec(16), new ReluSpec()]);
        using var random = new Generator(4);
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            dealt.Shuffle(epoch);
            var block = dealt.Block(0, 1, epoch);
            using (no_grad())
                regularizer.Prepare(block);
            network.FlatGradients!.zero_();
            regularizer.Loss(block, new Outputs(network.forward(block.Features))).backward();
            var expected = network.FlatGradients.clone();
            using var noGrad = no_grad();
            var outputs = new Outputs(network.StepForward(block.Features, rows));
            network.StepBackward(regularizer.LossGradient(block, outputs));
            AreClose(expected, network.FlatGradients, 1e-6, $"epoch {epoch}, against autograd");

            var parameters = network.FlatParameters;
            var direction = empty(parameters.shape).normal_(0, 1, random).add_(network.FlatGradients * (10 / network.FlatGradients.norm().item<float>()));
            var (start, distance) = (parameters.clone(), 2e-3 / direction.norm().item<float>());
            double At(double along)
            {
                parameters.copy_(start + (direction * along));
                return regularizer.Loss(block, new Outputs(network.forward(block.Features))).item<float>();
            }

            var slope = (At(distance) - At(-distance)) / (2 * distance);
            Assert.AreEqual(slope, direction.dot(network.FlatGradients).item<float>(), 0.01 * Math.Abs(slope), $"epoch {epoch}, slope");
            parameters.copy_(start);
            regularizer.Observe(block, outputs);
            regularizer.EndEpoch(epoch);
        }
    }

    [TestMethod]
    public void A_method_without_a_closed_form_gets_autograd()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var labels = tensor(new long[] { 0, 2, 1 });
        var batch = TestData.Step(labels, arange(3), 3);
        var outputs = new Outputs(randn([3, 3], generator: new Generator(1)));
        using var regularizer = new LossOnly();
        var expected = outputs.Probabilities.sub(nn.functional.one_hot(labels, 3)).mul(batch.Scale);
        TestData.AreClose(expected.data<float>(), regularizer.LossGradient(batch, outputs), 1e-7, 1e-6, "gradient");
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void A_layer_without_a_backward_of_its_own_gets_autograd(bool first)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var layer = new TanhLayer(tensor(new[] { 0.5f, -1, 2 })) { IsFirst = first };
        foreach (var seed in new[] { 1UL, 2UL })
        {
            using var random = new Generator(seed);
            var (input, gradient) = (randn([4, 3], generator: random), randn([4, 3], generator: random));
            var output = layer.StepForward(input);
            Assert.IsFalse(output.requires_grad);
            var inner = output.mul(output).neg().add(1).mul(gradient);
            var back = layer.StepBackward(gradient);
            AreClose(inner.mul(input).sum([0]), layer.Factor.grad!, 1e-6, "parameter");
            if (first)
                Assert.IsNull(back);
            else
                AreClose(inner.mul(layer.Factor), back!, 1e-6, "input");
        }
    }

    private static Network Build(IReadOnlyList<LayerSpec> layers, int width = Width)
    {
        var network = new Network(new NetworkSpec { Layers = layers }.Bind(width, Classes), CPU, trainable: true);
        using var initial = new Generator(1);
        network.Initialize(initial, new Generator(3));
        network.train();
        return network;
    }

    /// <summary>Few categories and many rows, so that each occurs more than once; numbers out of range among them.</summary>
    [TestMethod]
    [DataRow(3)]
    [DataRow(0)]
    public void Gradients_of_embeddings_are_those_of_autograd(int numeric)
    {
        using var scope = NewDisposeScope();
        LayerSpec[] layers = [new CategoryEmbeddingSpec(numeric, [new(4, 3), new(1, 1), new(30, 5)]), new LinearSpec(16), new ReluSpec()];
        using var steps = Build(layers, numeric + 3);
        using var oracle = Build(layers, numeric + 3);
        using var random = new Generator(2);
        foreach (var rows in new[] { 64, 64, 1, 128 })
        {
            var features = cat([randn([rows, numeric], generator: random), empty([rows, 3]).uniform_(-1, 7, random).floor()], 1);
            features[0, numeric] = float.NaN;
            var gradient = randn([rows, Classes], generator: random);
            StepsAsAutograd(oracle, steps, features, gradient, $"{rows} rows");
        }
    }

    /// <summary>Checks the logits and the gradient of a step against autograd's.</summary>
    private static void StepsAsAutograd(Network oracle, Network steps, Tensor features, Tensor gradient, string what)
    {
        Tensor logits;
        using (no_grad())
        {
            // What an earlier step left must not matter.
            steps.FlatGradients!.fill_(float.NaN);
            logits = steps.StepForward(features, features.shape[0]);
            steps.StepBackward(gradient.clone());
        }

        oracle.FlatGradients!.zero_();
        var expected = oracle.forward(features);
        expected.backward([gradient]);
        AreClose(expected.detach(), logits, 1e-6, $"{what}, logits");
        AreClose(oracle.FlatGradients, steps.FlatGradients, 1e-6, $"{what}, gradient");
    }

    private static void AreClose(Tensor expected, Tensor actual, double relative, string what) =>
        TestData.AreClose(expected.detach().data<float>(), actual.detach(), relative * expected.abs().max().item<float>(), relative, what);

    private sealed class LossOnly : Regularizer
    {
        public override Tensor Loss(Batch batch, Outputs outputs) => SoftTargets.CrossEntropy(outputs.LogProbabilities, batch.Labels).mul(batch.Scale).sum();
    }

    private sealed class TanhLayer : Layer
    {
        public TanhLayer(Tensor factor)
            : base("tanh")
        {
            Factor = new Parameter(factor) { grad = full([3], float.NaN) };
            register_parameter("factor", Factor);
        }

        public Parameter Factor { get; }

        public override Tensor forward(Tensor input) => input.mul(Factor).tanh();
    }
}
