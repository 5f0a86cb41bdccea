using FlipReg.Networks;
using static TorchSharp.torch;

namespace FlipReg.Tests.Weights;

/// <summary>Files that PyTorch wrote give the values that PyTorch had.</summary>
[TestClass]
public class TorchFileTests
{
    [TestMethod]
    [DataRow("state.pth", 0.0)]
    [DataRow("half.pth", 1e-3)]
    [DataRow("bfloat16.pth", 8e-3)]
    [DataRow("parameters.pth", 0.0)]
    [DataRow("nested.pth", 0.0)]
    [DataRow("strided.pth", 0.0)]
    public void Values_are_PyTorchs(string file, double relative)
    {
        using var scope = NewDisposeScope();
        using var network = WeightData.Load(WeightData.Small, WeightData.PathOf(file));
        var expected = WeightData.Json("state.json");
        foreach (var ((_, _, spec), (name, value)) in WeightData.Small.NamedTensors().Zip(network.State))
        {
            var stored = expected.GetProperty(spec.ImportName!);
            CollectionAssert.AreEqual(stored.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()).ToArray(), value.shape);
            TestData.AreClose(stored.GetProperty("values").EnumerateArray().Select(v => v.GetSingle()), value.detach(), 0, relative, $"{file}, {name}");
        }
    }

    [TestMethod]
    public void A_match_lists_what_is_missing_unexpected_and_of_another_shape()
    {
        var other = new NetworkSpec
        {
            Layers = [new Conv2dSpec(3, 5, Bias: true) { Name = "conv" }, new BatchNormSpec { Name = "norm2" }, new GlobalAveragePoolSpec()],
            OutputName = "fc",
        };
        var weights = PretrainedWeights.FromFile(WeightData.PathOf("state.pth"));
        var match = weights.Match(other.Bind(new ImageShape(2, 9, 9), 7));
        CollectionAssert.AreEqual(new[] { "conv.bias" }, match.Matched.ToArray());
        CollectionAssert.AreEqual(new[] { "norm2.weight", "norm2.bias", "norm2.running_mean", "norm2.running_var" }, match.Missing.ToArray());
        CollectionAssert.AreEqual(new[] { "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var" }, match.Unexpected.ToArray());
        Assert.AreEqual("conv.weight: 3, 2, 5, 5 / 3, 2, 3, 3; fc.weight: 7, 3 / 2, 3; fc.bias: 7 / 2",
            string.Join("; ", match.OtherShape.Select(o => $"{o.Name}: {InvariantText.List(o.InNetwork)} / {InvariantText.List(o.InFile)}")));
        Assert.HasCount(8, weights.Match(WeightData.Small).Matched);
    }

    [TestMethod]
    public void Only_the_last_layer_may_differ()
    {
        using var scope = NewDisposeScope();
        var hidden = new NetworkSpec { Layers = [.. WeightData.Small.Layers.SkipLast(1)], OutputName = "fc" };
        var image = new ImageShape(2, 5, 5);
        using (var network = new Network(hidden.Bind(image, 7), CPU))
        {
            network.State[^1].Value.fill_(3);
            var match = PretrainedWeights.FromFile(WeightData.PathOf("state.pth")).ApplyTo(network);
            Assert.HasCount(2, match.OtherShape);
            Assert.AreEqual(3f, network.State[^1].Value[0].item<float>());
            Assert.AreNotEqual(0f, network.State[0].Value.abs().sum().item<float>());
        }

        Fails(new NetworkSpec { Layers = [new Conv2dSpec(3, 3, Bias: true) { Name = "convolution" }, .. hidden.Layers.Skip(1)] }.Bind(image, 2),
            "Pretrained must hold the weights of all layers but the last. Got none of 'convolution.weight', and 2 missing in all; the files have 'conv.weight', 'conv.bias', 'fc.weight', 'fc.bias' without a place.");
        Fails(new NetworkSpec { Layers = [new Conv2dSpec(3, 5, Bias: true) { Name = "conv" }, .. hidden.Layers.Skip(1)] }.Bind(image, 2),
            "Pretrained must hold weights of the network's shapes. Got 'conv.weight' as [3, 2, 3, 3] for [3, 2, 5, 5].");

        static void Fails(NetworkSpec spec, string message)
        {
            using var network = new Network(spec, CPU);
            Assert.Contains(message, Assert.ThrowsExactly<InvalidOperationException>(() => PretrainedWeights.FromFile(WeightData.PathOf("state.pth")).ApplyTo(network)).Message);
        }
    }

    [TestMethod]
    [DataRow("module.pth", "Got 'torch.nn.modules.container.Sequential', which could be any code: nothing of it was run. Save the state_dict alone: torch.save(model.state_dict(), path).")]
    [DataRow("harm.pth", "Got 'posix.system', which could be any code")]
    public void A_file_that_names_code_is_refused(string file, string message)
    {
        Assert.Contains(message, Assert.ThrowsExactly<FormatException>(() => PretrainedWeights.FromFile(WeightData.PathOf(file)).Match(WeightData.Small)).Message);
        Assert.IsFalse(File.Exists("harm_was_done"));
    }

    [TestMethod]
    public void Files_of_other_kinds_are_named()
    {
        Assert.Contains("must be PyTorch's zip, safetensors or ONNX. Got neither", Assert.ThrowsExactly<FormatException>(() => PretrainedWeights.FromFile(WeightData.PathOf("state.json")).Match(WeightData.Small)).Message);
        Assert.ThrowsExactly<FileNotFoundException>(() => PretrainedWeights.FromFile("absent.pth").Match(WeightData.Small));
        Assert.Contains("one or more paths of files", Assert.ThrowsExactly<ArgumentException>(() => PretrainedWeights.FromFile()).Message);
    }
}
