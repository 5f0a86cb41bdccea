using FlipReg.Networks;
using static TorchSharp.torch;

namespace FlipReg.Tests.Networks.Images;

/// <summary>A training step on images gives the gradients of a plain forward pass under autograd, whatever lies in place of what.</summary>
[TestClass]
public class ImageBackwardTests
{
    private const int Classes = 4;

    private static readonly ImageShape _shape = new(3, 9, 8);

    public static IEnumerable<object[]> Networks() => ImageNetworks.All.Select(n => new object[] { n.Name, n.Spec });

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Gradients_are_those_of_plain_layers(string name, NetworkSpec spec)
    {
        using var scope = NewDisposeScope();
        var bound = spec.Bind(_shape, Classes);
        using var steps = Build(bound, true);
        using var oracle = Build(bound, true);
        // Nothing is overwritten, and images lie channel after channel.
        foreach (var layer in oracle.modules().OfType<Layer>())
            layer.MayOverwriteInput = false;
        using var random = new Generator(2);
        foreach (var rows in new[] { 6, 6, 3, 1, 9 })
        {
            var features = randn([rows, _shape.Values], generator: random);
            var (kept, gradient) = (features.clone(), randn([rows, Classes], generator: random));
            oracle.FlatGradients!.zero_();
            var value = oracle.named_children().Aggregate(features.view(-1, _shape.Channels, _shape.Height, _shape.Width), (v, child) => ((Layer)child.module).forward(v));
            value.backward([gradient]);
            Tensor logits;
            using (no_grad())
            {
                steps.FlatGradients!.fill_(float.NaN);
                logits = steps.StepForward(features, rows);
                steps.StepBackward(gradient.clone());
            }

            AreClose(value.detach(), logits, 1e-5, $"{name}, {rows} rows, logits");
            foreach (var ((tensor, one), (_, other)) in oracle.named_parameters().Zip(steps.named_parameters()))
                AreClose(one.grad!, other.grad!, 2e-5, $"{name}, {rows} rows, gradient of {tensor}");
            foreach (var (one, other) in oracle.State.Zip(steps.State))
                AreClose(one.Value, other.Value, 1e-5, $"{name}, {rows} rows, {one.Name}");
            TestData.AreClose(kept.data<float>(), features, 0, 0, $"{name}, {rows} rows, features");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Scores_of_a_row_do_not_depend_on_the_order_of_its_values(string name, NetworkSpec spec)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var first = Build(spec.Bind(_shape, Classes), false);
        using var last = Build(spec.Bind(_shape, Classes, ImageLayout.ChannelsLast), false);
        using var random = new Generator(2);
        var images = randn([5, _shape.Channels, _shape.Height, _shape.Width], generator: random);
        var expected = first.forward(images.view(5, -1));
        AreClose(expected, last.forward(images.permute(0, 2, 3, 1).contiguous().view(5, -1)), 1e-5, name);
        AreClose(expected[2], first.forward(images.view(5, -1).narrow(0, 2, 1))[0], 1e-5, $"{name}, one row");
    }

    [TestMethod]
    public void Kernels_start_as_He_drew_them()
    {
        using var scope = NewDisposeScope();
        using var network = Build(new NetworkSpec { Layers = [new Conv2dSpec(64, 3, Groups: 4), new FlattenSpec()] }.Bind(new ImageShape(32, 8, 8), 2), false);
        var kernels = network.State.Single(s => s.Name == "0.weight").Value;
        CollectionAssert.AreEqual(new long[] { 64, 8, 3, 3 }, kernels.shape);
        Assert.AreEqual(0, kernels.mean().item<float>(), 0.005);
        Assert.AreEqual(Math.Sqrt(2.0 / (16 * 9)), kernels.std().item<float>(), 0.005);
    }

    private static Network Build(NetworkSpec spec, bool trainable)
    {
        var network = new Network(spec, CPU, trainable);
        using var initial = new Generator(1);
        network.Initialize(initial, new Generator(3));
        network.train(trainable);
        return network;
    }

    private static void AreClose(Tensor expected, Tensor actual, double relative, string what) =>
        TestData.AreClose(expected.detach().to(float32).contiguous().data<float>(), actual.detach(), relative * (1e-3 + expected.detach().abs().max().to(float32).item<float>()), relative, what);
}
