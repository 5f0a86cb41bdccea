using FlipReg.Networks;
using static TorchSharp.torch;

namespace FlipReg.Tests.Networks;

[TestClass]
public class NetworkSpecTests
{
    [TestMethod]
    public void Default_is_two_hidden_layers_of_128()
    {
        var spec = NetworkSpec.Mlp().Bind(20, 10);
        Assert.AreEqual((20 * 128) + 128 + (128 * 128) + 128 + (128 * 10) + 10, spec.ParameterCount);
        Assert.AreEqual(10, spec.Outputs);
        StringAssert.Contains(spec.Summary(), "Linear 20 → 128");
    }

    [TestMethod]
    public void Json_round_trip_keeps_every_layer()
    {
        var spec = NetworkSpec.Mlp([16, 8], batchNorm: true, dropout: 0.25).Bind(4, 3);
        Assert.AreEqual(spec, NetworkSpec.FromJson(spec.ToJson()));
        Assert.AreNotEqual(spec, NetworkSpec.Mlp([16, 8]).Bind(4, 3));
    }

    [TestMethod]
    public void Silu_takes_the_place_of_relu()
    {
        var spec = NetworkSpec.Mlp([16, 8], dropout: 0.25, activation: Activation.Silu);
        Assert.AreEqual("""{"layers":[{"layer":"linear","outputs":16,"bias":true},{"layer":"silu"},{"layer":"dropout","rate":0.25},{"layer":"linear","outputs":8,"bias":true},{"layer":"silu"},{"layer":"dropout","rate":0.25}]}""", spec.ToJson());
        Assert.AreEqual(spec, NetworkSpec.FromJson(spec.ToJson()));
        Assert.AreNotEqual(spec, NetworkSpec.Mlp([16, 8], dropout: 0.25));
        StringAssert.Contains(spec.Bind(4, 3).Summary(), "SiLU");
    }

    [TestMethod]
    public void Silu_is_its_formula_for_large_numbers_too()
    {
        using var scope = NewDisposeScope();
        float[] numbers = [0, 1, -1, 0.5f, -3, 20, -20, 90, -90, 1e30f, -1e30f, 1e-30f];
        using var layer = new SiluLayer();
        var x = tensor(numbers);
        var expected = Array.ConvertAll(numbers, v => (float)(v / (1 + Math.Exp(-(double)v))));
        TestData.AreClose(expected, layer.forward(x), 1e-36, 1e-6, "prediction");
        using var noGrad = no_grad();
        TestData.AreClose(expected, layer.StepForward(x.clone()), 1e-36, 1e-6, "step");
        var slopes = Array.ConvertAll(numbers, v => Slope(v));
        TestData.AreClose(slopes, layer.StepBackward(ones(numbers.Length))!, 1e-36, 2e-6, "slope");

        static float Slope(double x)
        {
            var sigmoid = 1 / (1 + Math.Exp(-x));
            return (float)(sigmoid + (x * sigmoid / (1 + Math.Exp(x))));
        }
    }

    [TestMethod]
    [DataRow("{\"layers\":[{\"layer\":\"shell\",\"command\":\"x\"}]}")]
    [DataRow("{\"layers\":[{\"layer\":\"linear\",\"outputs\":0}]}")]
    [DataRow("{\"layers\":[{\"layer\":\"linear\"}]}")]
    [DataRow("{\"layers\":[{\"layer\":\"dropout\",\"rate\":1}]}")]
    [DataRow("{\"layers\":[null]}")]
    [DataRow("{\"layers\":[],\"inputs\":0}")]
    [DataRow("{\"layers\":[],\"code\":\"x\"}")]
    [DataRow("{\"inputs\":3}")]
    [DataRow("[]")]
    [DataRow("null")]
    [DataRow("{\"layers\":[")]
    public void Broken_json_is_a_format_error(string json) => Assert.ThrowsExactly<FormatException>(() => NetworkSpec.FromJson(json));

    [TestMethod]
    public void Sizes_out_of_range_are_named()
    {
        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => NetworkSpec.Mlp().Bind(-5, 3)).Message, "inputs must be at least 1. Got -5.");
        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => NetworkSpec.Mlp().Bind(5, -3)).Message, "classes must be at least 2. Got -3.");
        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => NetworkSpec.Mlp([-8])).Message, "LinearSpec.Outputs must be at least 1 and at most 1048576. Got -8.");
        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => NetworkSpec.Mlp(dropout: 1.5)).Message, "DropoutSpec.Rate must be at least 0 and below 1. Got 1.5.");
        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => NetworkSpec.Mlp(activation: (Activation)7)).Message, "activation must be one of Relu, Silu. Got 7.");
    }

    [TestMethod]
    public void Forward_is_the_layers_formula()
    {
        using var scope = NewDisposeScope();
        using var network = new Network(NetworkSpec.Mlp([5]).Bind(3, 2), CPU);
        using var first = new Generator(1);
        network.Initialize(first, first);
        network.eval();
        var x = randn([4, 3], generator: first);
        var state = network.State.ToDictionary(s => s.Name, s => s.Value);
        CollectionAssert.AreEqual(new[] { "0.weight", "0.bias", "2.weight", "2.bias" }, state.Keys);
        var expected = x.matmul(state["0.weight"].t()).add(state["0.bias"]).clamp_min(0).matmul(state["2.weight"].t()).add(state["2.bias"]);
        TestData.AreClose(expected.detach().data<float>(), network.forward(x).detach(), 1e-6, 1e-6, "logits");
    }

    [TestMethod]
    public void Dropout_and_batch_norm_do_nothing_random_when_predicting()
    {
        using var scope = NewDisposeScope();
        using var network = new Network(NetworkSpec.Mlp([16], batchNorm: true, dropout: 0.5).Bind(3, 2), CPU);
        using var random = new Generator(1);
        network.Initialize(random, random);
        var x = randn([8, 3], generator: random);
        network.train();
        Assert.IsFalse(network.forward(x).allclose(network.forward(x)));
        network.eval();
        TestData.AreClose(network.forward(x).detach().data<float>(), network.forward(x).detach(), 0, 0, "logits");
        TestData.AreClose(network.forward(x).detach()[0].data<float>(), network.forward(x.narrow(0, 0, 1)).detach()[0], 1e-6, 1e-6, "one row");
    }
}
