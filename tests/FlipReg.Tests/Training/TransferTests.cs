using FlipReg.Data;
using FlipReg.Networks;
using FlipReg.Tests.Networks.Images;
using FlipReg.Training;
using FlipReg.Training.Optimizers;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace FlipReg.Tests.Training;

/// <summary>Training from weights of a file: of the last layer alone, and of all with a lower rate for the others.</summary>
[TestClass]
public sealed class TransferTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    public static IEnumerable<object[]> Methods() => TrainerTests.Methods();

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void A_frozen_backbone_stays_and_the_last_layer_learns(Type method)
    {
        using var scope = NewDisposeScope();
        WriteBackbone();
        using var table = ImageTables.Of(160);
        using var test = ImageTables.Of(80, seed: 2);
        var options = Options(method);
        options.FreezeBackbone = true;
        var result = Fit(table, options, test);
        using var network = result.Network;
        Assert.IsGreaterThan(0.95, result.History[^1].Validation!.Accuracy);
        using var before = new Network(network.Spec, CPU);
        PretrainedWeights.FromFile(_path).ApplyTo(before);
        foreach (var ((name, one), (_, other)) in before.State.Zip(network.State).SkipLast(2))
            TestData.AreClose(one.detach().data<float>(), other.detach(), 0, 0, name);

        // The whole network is what was trained and reported.
        using var noGrad = no_grad();
        var logits = network.forward(test.Features);
        Assert.AreEqual(result.History[^1].Validation!.Accuracy, logits.argmax(1).eq(test.Labels).to(float32).mean().item<float>(), 1e-6);
        Assert.AreEqual(result.History[^1].Validation!.Loss, nn.functional.cross_entropy(logits, test.Labels).item<float>(), 1e-4);
    }

    [TestMethod]
    public void Members_share_a_frozen_backbone_and_dropout_stays_with_the_last_layer()
    {
        using var scope = NewDisposeScope();
        WriteBackbone();
        using var table = ImageTables.Of(160);
        var options = Options(typeof(FerOptions));
        (options.FreezeBackbone, options.Members) = (true, 3);
        options.Network = options.Network with { Layers = [.. options.Network.Layers, new DropoutSpec(0.2)] };
        using var network = Fit(table, options, table).Network;
        using var noGrad = no_grad();
        Assert.IsGreaterThan(0.95f, network.forward(table.Features).argmax(1).eq(table.Labels).to(float32).mean().item<float>());
    }

    /// <summary>A probe that starts from a trained model, at a rate of next to nothing, is that model.</summary>
    [TestMethod]
    public void A_frozen_backbone_takes_the_initial_models_last_layer_too()
    {
        using var scope = NewDisposeScope();
        using var table = ImageTables.Of(160);
        var options = Options(typeof(CrossEntropyOptions));
        options.Pretrained = null;
        using var model = Fit(table, options).Network;
        (options.FreezeBackbone, options.LearningRate, options.WeightDecay, options.Epochs) = (true, 1e-12, 0, 1);
        var trained = new Trained(model);
        using var start = WarmStart.Of(trained, options, ImageTables.Shape.Values, 4, null, _ => { }, _ => { });
        using var probe = Fit(table, options, start: start).Network;
        using var noGrad = no_grad();
        TestData.AreClose(model.forward(table.Features).data<float>(), probe.forward(table.Features), 1e-4, 1e-4, "logits");
    }

    [TestMethod]
    [DataRow(OptimizerKind.Sgd)]
    [DataRow(OptimizerKind.AdamW)]
    public void A_backbone_with_a_rate_of_its_own_moves_by_that(OptimizerKind optimizer)
    {
        using var scope = NewDisposeScope();
        WriteBackbone();
        using var table = ImageTables.Of(160);
        using var before = new Network(Options(typeof(FerOptions)).BindNetwork(ImageTables.Shape.Values, 4), CPU);
        PretrainedWeights.FromFile(_path).ApplyTo(before);
        double Moved(double? rate)
        {
            var options = Options(typeof(FerOptions));
            (options.Optimizer, options.LearningRate, options.BackboneLearningRate, options.WeightDecay, options.Epochs) = (optimizer, 0.01, rate, 0, 1);
            using var network = Fit(table, options).Network;
            Assert.IsGreaterThan(1e-3f, (network.State[^1].Value - before.State[^1].Value).abs().max().item<float>());
            return (network.State[0].Value - before.State[0].Value).abs().max().item<float>();
        }

        Assert.IsLessThan(1e-6, Moved(1e-9));
        var (low, full, same) = (Moved(1e-4), Moved(null), Moved(0.01));
        Assert.AreEqual(full, same, 1e-6);
        Assert.IsTrue(low > 1e-6 && low < full / 20, $"{low} {full}");
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Groups_step_as_optimizers_of_their_own(bool adamW)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var random = new Generator(1);
        var start = randn([7], generator: random);
        var gradients = Enumerable.Range(0, 4).Select(_ => randn([7], generator: random)).ToList();
        Tensor Run(double rate, params ParameterGroup[] groups)
        {
            var (parameters, gradient) = (new Parameter(start.clone()), zeros(7));
            using FlatOptimizer optimizer = adamW ? new AdamW(parameters, gradient, 0.9, 0.1) : new Sgd(parameters, gradient, 0.9, 0.1, nesterov: true);
            optimizer.LearningRate = rate;
            if (groups.Length > 0)
                optimizer.SetGroups(groups);
            foreach (var step in gradients)
            {
                gradient.copy_(step);
                optimizer.Step();
            }

            return parameters.detach();
        }

        var (both, low, high) = (Run(0.1, new(0, 3, 0.01), new(3, 4, 1)), Run(0.001), Run(0.1));
        TestData.AreClose(low.narrow(0, 0, 3).data<float>(), both.narrow(0, 0, 3), 1e-7, 1e-6, "first");
        TestData.AreClose(high.narrow(0, 3, 4).data<float>(), both.narrow(0, 3, 4), 1e-7, 1e-6, "second");
    }

    [TestMethod]
    public void Options_that_cannot_be_are_errors()
    {
        Fails(o => o.BackboneLearningRate = 0, "BackboneLearningRate must be above 0");
        Fails(o => (o.FreezeBackbone, o.BackboneLearningRate) = (true, 0.1), "BackboneLearningRate must be null where FreezeBackbone is true. Got 0.1.");
        Fails(o => (o.FreezeBackbone, o.Network) = (true, NetworkSpec.Mlp([])), "FreezeBackbone needs a network with layers before the last.");
        Fails(o => (o.Precision, o.Network) = (Precision.BFloat16, NetworkSpec.Mlp()), "Precision must be Float32 where Network takes lists of values. Got BFloat16.");
        Fails(o => (o.Members, o.Network) = (2, new NetworkSpec { Layers = [new ResidualSpec([new LinearSpec(1)])] }), "Network must have its linear layers in its own list where Members is above 1.");
        using var table = ImageTables.Of(8);
        var options = Options(typeof(FerOptions));
        (options.FreezeBackbone, options.Pretrained) = (true, null);
        Assert.Contains("FreezeBackbone needs weights that are worth keeping. Got none.", Assert.ThrowsExactly<InvalidOperationException>(() => Fit(table, options)).Message);

        static void Fails(Action<TrainingOptions> change, string message)
        {
            var options = Options(typeof(FerOptions), pretrained: null);
            change(options);
            Assert.Contains(message, Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => OptionRules.Check(options)).Message);
        }
    }

    [TestMethod]
    public void BFloat16_learns_as_well_and_leaves_Single_weights()
    {
        using var scope = NewDisposeScope();
        using var table = ImageTables.Of(320, noise: 6);
        using var test = ImageTables.Of(320, seed: 2, noise: 6);
        double Accuracy(Precision precision)
        {
            var options = Options(typeof(FerOptions), pretrained: null);
            (options.Precision, options.Epochs) = (precision, 15);
            var result = Fit(table, options, test);
            using var network = result.Network;
            Assert.IsTrue(network.State.All(s => s.Value.dtype == float32));
            return result.History[^1].Validation!.Accuracy;
        }

        var (full, half) = (Accuracy(Precision.Float32), Accuracy(Precision.BFloat16));
        Assert.IsGreaterThan(0.6, full);
        Assert.AreEqual(full, half, 0.08);
    }

    /// <summary>A backbone that was trained on the same images with the classes taken two by two.</summary>
    private void WriteBackbone()
    {
        using var table = ImageTables.Of(160, seed: 3);
        var options = Options(typeof(CrossEntropyOptions), pretrained: null);
        using var network = Fit(table, options).Network;
        var names = network.Spec.NamedTensors().Select(t => t.Tensor.ImportName!).ToList();
        using var stream = File.Create(_path);
        // Without the last layer.
        SafetensorsWriter.Write(stream, names.Zip(network.State, (name, s) => (name, s.Value)).SkipLast(2).ToList());
    }

    private TrainingOptions Options(Type method) => Options(method, PretrainedWeights.FromFile(_path));

    private static TrainingOptions Options(Type method, PretrainedWeights? pretrained)
    {
        var options = (TrainingOptions)Activator.CreateInstance(method)!;
        (options.Network, options.ImageShape, options.Epochs, options.BatchSize, options.Pretrained, options.Threads) = (NetworkSpec.SmallCnn([8, 12]), ImageTables.Shape, 8, 32, pretrained, 1);
        return options;
    }

    private static FitResult Fit(TrainingTable table, TrainingOptions options, TrainingTable? validation = null, WarmStart? start = null) =>
        NetworkTrainer.Fit(table, validation, 4, options, new FitContext { Seed = 1, Device = CPU, WarmStart = start });

    private sealed class Trained(Network network) : TrainedNetwork
    {
        public override NetworkSpec Network => network.Spec;

        public override IReadOnlyList<string>? ClassNames => null;

        internal override global::FlipReg.Encoders.InputEncoder Encoder => global::FlipReg.Encoders.InputEncoder.Identity(network.Width);

        internal override Network CopyNetwork() => network.ToPredictor();
    }
}
