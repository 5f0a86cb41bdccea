using FlipReg.Data;
using FlipReg.Encoders;
using FlipReg.Networks;
using FlipReg.Regularizers;
using FlipReg.Runtime;
using FlipReg.Training;
using static TorchSharp.torch;

namespace FlipReg.Tests.Training;

/// <summary>An ensemble is its members, each trained as if it were alone.</summary>
[TestClass]
public sealed class EnsembleTests
{
    private const int Width = 5;
    private const int Classes = 3;

    public static IEnumerable<object[]> Methods() => TrainerTests.Methods();

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void Three_members_are_three_networks_from_the_same_draws(Type method)
    {
        using var scope = NewDisposeScope();
        using var table = TestData.Blobs(90, Width, Classes, spread: 1.5);
        var options = (TrainingOptions)Activator.CreateInstance(method)!;
        (options.Epochs, options.BatchSize, options.Members, options.InputEncoding) = (6, 20, 3, InputEncoding.None);
        options.Network = NetworkSpec.Mlp([16, 8], batchNorm: true, activation: Activation.Silu);
        using var ensemble = Fit(table, options).Network;
        options.Members = 1;
        var expected = zeros([90, Classes]);
        for (var m = 0; m < 3; m++)
        {
            using var drawn = new Network(options.Network.Bind(Width, Classes), CPU);
            using (var initial = new Generator(m == 0 ? Seeds.Stream(1, 0) : (ulong)Seeds.Seed(Seeds.Stream(1, 1UL << 42), (ulong)m)))
                drawn.Initialize(initial, initial);
            using var start = WarmStart.Of(new Drawn(drawn), options, Width, Classes, null, _ => { }, _ => { });
            var result = Fit(table, options, start);
            using var member = result.Network;
            using var noGrad = no_grad();
            expected = expected.add(nn.functional.softmax(member.forward(table.Features), 1).div(3));
        }

        using var none = no_grad();
        TestData.AreClose(expected.data<float>(), nn.functional.softmax(ensemble.forward(table.Features), 1), 1e-5, 0, "mean probabilities");
        Assert.IsGreaterThan(0.01, expected.sub(nn.functional.softmax(Ensemble.Of(Raw(ensemble, table.Features), 0, 3), 1)).abs().max().item<float>(), "the members differ");
    }

    public static IEnumerable<object[]> Networks() =>
    [
        ["no hidden layer", NetworkSpec.Mlp([])],
        ["default", NetworkSpec.Mlp([16, 8])],
        ["all", NetworkSpec.Mlp([16, 8], batchNorm: true, dropout: 0.3)],
        ["no bias", new NetworkSpec { Layers = [new LinearSpec(8, Bias: false), new SiluSpec(), new LinearSpec(4, Bias: false), new ReluSpec()] }],
        ["dropout and batch norm first", new NetworkSpec { Layers = [new BatchNormSpec(), new DropoutSpec(0.2), new LinearSpec(8), new ReluSpec()] }],
    ];

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Gradients_are_those_of_autograd(string name, NetworkSpec hidden)
    {
        GradientsAreThoseOfAutograd(name, hidden, shared: false);
        GradientsAreThoseOfAutograd(name, hidden, shared: true);
    }

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Members_that_share_weights_differ_by_their_factors_and_last_layers_alone(string name, NetworkSpec hidden)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var network = Build(hidden, trainable: false, shared: true);
        network.eval();
        Assert.AreEqual(network.Spec, NetworkSpec.FromJson(network.Spec.ToJson()), name);
        var x = randn([9, Width], generator: new Generator(1));
        var raw = Raw(network, x);
        var state = network.State.ToDictionary(s => s.Name, s => s.Value);
        var first = hidden.Layers.TakeWhile(layer => layer is not LinearSpec).Count();
        var factors = state[$"{first}.weight"];
        Assert.IsTrue(factors.abs().eq(1).all().item<bool>() && factors.std().item<float>() > 0.5, "signs");
        for (var m = 0; m < 3; m++)
        {
            using var single = new Network(hidden.Bind(Width, Classes), CPU);
            single.eval();
            var value = x;
            foreach (var (layer, i) in single.children().Select((layer, i) => ((Layer)layer, i)))
            {
                if (i == first)
                    value = value * factors[m];
                foreach (var (own, to) in single.State.Where(s => s.Name.StartsWith($"{i}.", StringComparison.Ordinal)))
                {
                    var from = state[$"{(i >= first ? i + 1 : i)}{own[own.IndexOf('.')..]}"];
                    to.copy_(from.shape[0] == to.shape[0] ? from : from.narrow(0, m * to.shape[0], to.shape[0]));
                }

                value = layer.forward(value);
            }

            TestData.AreClose(value.data<float>(), raw.narrow(1, m * Classes, Classes).contiguous(), 1e-5, 1e-5, $"{name}, member {m}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void Members_that_share_weights_learn(Type method)
    {
        using var scope = NewDisposeScope();
        using var table = TestData.Blobs(300, Width, Classes, spread: 0.5);
        var options = (TrainingOptions)Activator.CreateInstance(method)!;
        (options.Epochs, options.BatchSize, options.Members, options.MemberWeights) = (30, 20, 4, MemberWeights.Shared);
        var result = Fit(table, options);
        using var network = result.Network;
        Assert.IsGreaterThan(0.9, result.History[^1].TrainingAccuracy);
        var own = NetworkSpec.Mlp().Bind(result.Encoder.Width, Classes, 4);
        Assert.IsLessThan(own.ParameterCount!.Value / 3, network.Spec.ParameterCount!.Value);
        Assert.AreEqual(own.MultiplyAdds(), network.Spec.MultiplyAdds(), own.MultiplyAdds() * 0.1, "factors aside, a step is as much work");
    }

    private static void GradientsAreThoseOfAutograd(string name, NetworkSpec hidden, bool shared)
    {
        using var scope = NewDisposeScope();
        using var steps = Build(hidden, trainable: true, shared);
        using var oracle = Build(hidden, trainable: true, shared);
        using var random = new Generator(2);
        foreach (var rows in new[] { 32, 32, 7, 1 })
        {
            var (features, gradient) = (randn([rows, Width], generator: random), randn([rows, 3 * Classes], generator: random));
            Tensor logits;
            using (no_grad())
            {
                steps.FlatGradients!.fill_(float.NaN);
                logits = steps.StepForward(features, rows);
                steps.StepBackward(gradient.clone());
            }

            oracle.FlatGradients!.zero_();
            var expected = Raw(oracle, features);
            expected.backward([gradient]);
            // What the members have in common follows the mean of their losses.
            var first = steps.Spec.Layers.ToList().FindIndex(layer => layer is LinearSpec or MemberInputSpec);
            using (no_grad())
            {
                foreach (var ((_, layer, _), (_, value)) in oracle.Spec.NamedTensors().Zip(oracle.State))
                {
                    if (layer < first || oracle.Spec.Layers[layer] is LinearSpec { IsShared: true })
                        value.grad?.div_(3);
                }
            }

            TestData.AreClose(expected.detach().data<float>(), logits, 1e-5, 1e-5, $"{name}, {rows} rows, logits");
            TestData.AreClose(oracle.FlatGradients.data<float>(), steps.FlatGradients!, 1e-5, 1e-5, $"{name}, {rows} rows, gradient");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Json_keeps_it_and_predictions_are_the_mean_of_probabilities(string name, NetworkSpec hidden)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var network = Build(hidden, trainable: false);
        Assert.AreEqual(network.Spec, NetworkSpec.FromJson(network.Spec.ToJson()), name);
        Assert.AreEqual(Classes, network.Spec.Outputs);
        StringAssert.Contains(network.Spec.Summary(), "members, averaged");
        network.eval();
        var x = randn([9, Width], generator: new Generator(1));
        var raw = Raw(network, x);
        var expected = Enumerable.Range(0, 3).Select(m => nn.functional.softmax(raw.narrow(1, m * Classes, Classes), 1)).Aggregate((a, b) => a.add(b)).div(3);
        TestData.AreClose(expected.data<float>(), network.forward(x).exp(), 1e-6, 1e-6, name);
        // Far logits: their logarithm stays finite.
        network.DivideLogits(1e-3);
        Assert.IsTrue(network.forward(x).isfinite().all().item<bool>(), name);
    }

    [TestMethod]
    [DataRow("""{"inputs":4,"members":65,"layers":[{"layer":"linear","outputs":130,"bias":true}]}""")]
    [DataRow("""{"inputs":4,"members":1,"layers":[{"layer":"linear","outputs":4,"bias":true}]}""")]
    [DataRow("""{"inputs":4,"members":-2,"layers":[{"layer":"linear","outputs":4,"bias":true}]}""")]
    [DataRow("""{"inputs":4,"members":3,"layers":[{"layer":"linear","outputs":4,"bias":true}]}""")]
    [DataRow("""{"inputs":4,"layers":[{"layer":"linear","outputs":6,"bias":true,"groups":3}]}""")]
    [DataRow("""{"inputs":4,"layers":[{"layer":"linear","outputs":6,"bias":true,"groups":4}]}""")]
    [DataRow("""{"inputs":4,"layers":[{"layer":"linear","outputs":6,"bias":true,"groups":0}]}""")]
    [DataRow("""{"inputs":4,"layers":[{"layer":"linear","outputs":6,"bias":true,"isShared":true}]}""")]
    [DataRow("""{"inputs":4,"layers":[{"layer":"memberInput","members":1},{"layer":"linear","outputs":6,"bias":true}]}""")]
    [DataRow("""{"inputs":4,"layers":[{"layer":"memberInput","members":65},{"layer":"linear","outputs":6,"bias":true}]}""")]
    public void Sizes_that_do_not_divide_are_a_format_error(string json) => Assert.ThrowsExactly<FormatException>(() => NetworkSpec.FromJson(json));

    [TestMethod]
    public void Options_that_do_not_fit_are_named()
    {
        Fails(new FerOptions { Members = 0 }, "Members must be at least 1 and at most 64. Got 0.");
        Fails(new FerOptions { Members = 65 }, "Members must be at least 1 and at most 64. Got 65.");
        Fails(new FerOptions { Members = 2, FitTemperature = true }, "FitTemperature needs one member. Got 2.");
        Fails(new FerOptions { Members = 2, Network = new NetworkSpec { Layers = [new LinearSpec(8), new LinearSpec(4) { Groups = 2 }] } }, "Network must have no groups where Members is above 1.");
        Fails(new FerOptions { Network = new NetworkSpec { Members = 2, Layers = [new LinearSpec(8)] } }, "a network of 2 members, which the option Members makes");

        static void Fails(TrainingOptions options, string message) =>
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => OptionRules.Check(options)).Message, message);
    }

    [TestMethod]
    public void State_of_the_members_counts_in_what_must_fit_into_memory()
    {
        var values = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
        var context = new RegularizerContext(new long[2], Classes, CPU, 1);
        context.RequireRoom("A bank", values, "Less.");
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => (context with { Members = 3 }).RequireRoom("A bank", values, "Less."));
        StringAssert.Contains(error.Message, "2 rows and 3 classes for 3 members, which take");
    }

    [TestMethod]
    public void Classes_of_an_initial_ensemble_are_taken_over_in_every_member()
    {
        using var source = Build(NetworkSpec.Mlp([8]), trainable: false);
        using var target = new Network(NetworkSpec.Mlp([8]).Bind(Width, 4, 3), CPU);
        target.TakeOver(source, [2, -1, 0, 1]);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var x = randn([6, Width], generator: new Generator(3));
        var (old, now) = (Raw(source, x), Raw(target, x));
        for (var m = 0; m < 3; m++)
        {
            foreach (var (to, from) in new[] { (0, 2), (2, 0), (3, 1) })
                TestData.AreClose(old.narrow(1, (m * Classes) + from, 1).contiguous().data<float>(), now.narrow(1, (m * 4) + to, 1), 1e-6, 1e-6, $"member {m}, class {to}");
        }

        Assert.Contains("InitialModel must have as many members as the option Members asks for, 2. Got 3. Set Members = 3", Assert.ThrowsExactly<ArgumentException>(() => WarmStart.Of(new Drawn(source), new FerOptions { Network = NetworkSpec.Mlp([8]), Members = 2 }, Width, Classes, null, _ => { }, _ => { })).Message);
    }

    private static Network Build(NetworkSpec hidden, bool trainable, bool shared = false)
    {
        var network = new Network(hidden.Bind(Width, Classes, 3, shared), CPU, trainable);
        var initial = Enumerable.Range(1, 3).Select(m => new Generator((ulong)m)).ToList();
        network.Initialize(initial, new Generator(4));
        network.train();
        return network;
    }

    /// <summary>The members' logits.</summary>
    private static Tensor Raw(Network network, Tensor features) => network.children().Aggregate(features, (value, layer) => ((Layer)layer).forward(value));

    private static FitResult Fit(TrainingTable table, TrainingOptions options, WarmStart? start = null) =>
        NetworkTrainer.Fit(table, null, Classes, options, new FitContext { Seed = 1, Device = CPU, WarmStart = start });

    private sealed class Drawn(Network network) : TrainedNetwork
    {
        public override NetworkSpec Network => network.Spec;

        public override IReadOnlyList<string>? ClassNames => null;

        internal override InputEncoder Encoder => InputEncoder.Identity(Width);

        internal override Network CopyNetwork() => network.ToPredictor();
    }
}
