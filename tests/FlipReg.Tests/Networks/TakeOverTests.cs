using FlipReg.Data;
using FlipReg.Networks;
using static TorchSharp.torch;

namespace FlipReg.Tests.Networks;

[TestClass]
public sealed class TakeOverTests
{
    [TestMethod]
    public void Hidden_layers_and_running_statistics_are_copied_and_outputs_by_class()
    {
        var hidden = NetworkSpec.Mlp([5], batchNorm: true);
        using var source = new Network(hidden.Bind(4, 3), CPU);
        foreach (var ((_, value), i) in source.State.Select((s, i) => (s, i)))
            value.copy_(arange(value.numel(), dtype: float32).mul(0.1).add((10 * i) + 1).view(value.shape));
        var state = source.State.Select(s => s.Value.ToHost<float>()).ToList();
        using var target = new Network(hidden.Bind(4, 4), CPU, trainable: true);
        using var initial = new Generator(1);
        using var layers = new Generator(2);
        target.Initialize(initial, layers);
        var drawn = target.State.Select(s => s.Value.ToHost<float>()).ToList();
        target.TakeOver(source, [2, -1, 0, -1]);
        var now = target.State.Select(s => s.Value.ToHost<float>()).ToList();
        CollectionAssert.AreEqual(new[] { "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "3.weight", "3.bias" }, target.State.Select(s => s.Name).ToArray());
        for (var i = 0; i < 6; i++)
            CollectionAssert.AreEqual(state[i], now[i], target.State[i].Name);
        foreach (var (i, width) in new[] { (6, 5), (7, 1) })
        {
            float[][] expected = [state[i][(2 * width)..(3 * width)], drawn[i][width..(2 * width)], state[i][..width], drawn[i][(3 * width)..]];
            CollectionAssert.AreEqual(expected.SelectMany(row => row).ToArray(), now[i], target.State[i].Name);
        }

        // What the optimizer steps is what the layers read.
        CollectionAssert.AreEqual(now.Where((_, i) => i is not (4 or 5)).SelectMany(v => v).ToArray(), target.FlatParameters.ToHost<float>());
    }
}
