using FlipReg.Data;
using FlipReg.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace FlipReg.Tests.Weights;

/// <summary>With the same weights, found by TorchVision's names, our networks give TorchVision's logits.</summary>
[TestClass]
public sealed class TorchVisionTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [TestMethod]
    [DataRow("resnet18")]
    [DataRow("resnet50")]
    [DataRow("mobilenet_v2")]
    public void Logits_are_TorchVisions(string name)
    {
        using var noGrad = no_grad();
        // TorchVision's ResNet-50 crashes the process when it is disposed: it is left to it.
        var model = name switch
        {
            "resnet18" => (nn.Module<Tensor, Tensor>)torchvision.models.resnet18(),
            "resnet50" => torchvision.models.resnet50(),
            _ => torchvision.models.mobilenet_v2(),
        };
        model.eval();
        var state = model.state_dict();
        foreach (var (key, value) in state.Where(s => s.Value.is_floating_point()))
            value.copy_(WeightData.Formula(key, value.shape));
        using (var stream = File.Create(_path))
            SafetensorsWriter.Write(stream, state.Where(s => s.Value.is_floating_point()).Select(s => (s.Key, s.Value)).ToList());
        var spec = NetworkSpec.ByName(name).Bind(new ImageShape(3, 64, 64), 1000);
        var match = PretrainedWeights.FromFile(_path).Match(spec);
        Assert.AreEqual(0, match.Missing.Count + match.Unexpected.Count + match.OtherShape.Count, string.Join(", ", match.Missing.Concat(match.Unexpected)));
        using var network = WeightData.Load(spec, _path);
        foreach (var ((_, _, tensor), (_, value)) in spec.NamedTensors().Zip(network.State))
            TestData.AreClose(WeightData.Formula(tensor.ImportName!, tensor.Shape).data<float>(), value.detach(), 0, 0, tensor.ImportName!);
        foreach (var count in new[] { 1, 2, 20 })
        {
            var images = WeightData.Formula("image", count, 3, 64, 64).mul(16);
            var logits = network.forward(images.view(count, -1));
            TestData.AreClose(model.forward(images).data<float>(), logits, 1e-4, 0, FormattableString.Invariant($"{name}, {count}"));
        }
    }

    [TestMethod]
    [DataRow("shufflenet_v2_x1_0")]
    [DataRow("mobilenet_v2")]
    [DataRow("resnet18")]
    [DataRow("resnet50")]
    public void Logits_are_those_of_torchvision_in_Python(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var network = new Network(NetworkSpec.ByName(name).Bind(new ImageShape(3, 64, 64), 1000), CPU);
        foreach (var ((_, _, spec), (_, value)) in network.Spec.NamedTensors().Zip(network.State))
            value.copy_(WeightData.Formula(spec.ImportName!, spec.Shape));
        network.eval();
        var expected = WeightData.Json("logits.json").GetProperty(name).EnumerateArray().Select(v => v.GetSingle()).ToArray();
        var logits = network.forward(WeightData.Formula("image", 1, 3, 64, 64).mul(4).view(1, -1));
        TestData.AreClose(expected, logits[0].narrow(0, 0, expected.Length), 1e-4, 0, name);
    }
}
