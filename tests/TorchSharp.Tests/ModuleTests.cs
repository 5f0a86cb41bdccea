using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.Tests;

[TestClass]
public class ModuleTests
{
    [TestMethod]
    public void Names_of_parameters_and_buffers_are_PyTorchs()
    {
        using var network = Network();
        CollectionAssert.AreEqual(new[] { "0.weight", "0.bias", "norm.weight", "norm.bias", "3.weight", "3.bias" },
            network.named_parameters().Select(named => named.name).ToArray());
        CollectionAssert.AreEqual(new[] { "norm.running_mean", "norm.running_var", "norm.num_batches_tracked" },
            network.named_buffers().Select(named => named.name).ToArray());
        Assert.HasCount(9, network.state_dict());
        Assert.HasCount(4, network.named_children().ToList());
    }

    [TestMethod]
    public void A_state_is_loaded_whole_or_not_at_all()
    {
        using var scope = NewDisposeScope();
        using var source = Network();
        using var target = Network();
        source.call(Check.X());
        target.load_state_dict(source.state_dict());
        foreach (var (name, value) in source.state_dict())
            Assert.IsTrue(value.Equals(target.state_dict()[name]), name);
        var less = source.state_dict();
        less.Remove("0.bias");
        Assert.ThrowsExactly<InvalidOperationException>(() => target.load_state_dict(less));
        var (missing, unexpected) = target.load_state_dict(less, strict: false);
        CollectionAssert.AreEqual(new[] { "0.bias" }, missing.ToArray());
        Assert.IsEmpty(unexpected);
    }

    [TestMethod]
    public void Batch_normalization_learns_statistics_in_training_and_uses_them_after()
    {
        using var scope = NewDisposeScope();
        using var norm = nn.BatchNorm1d(3);
        Check.Close([-0.999997795, -0.999991059, 0.999997318, 0.999997795, 0.999991059, -0.999997318], norm.call(Check.X()));
        Check.Close([0.2, -0.05, 0.0625], norm.state_dict()["running_mean"]);
        Check.Close([1.35, 1.0125, 1.278125], norm.state_dict()["running_var"]);
        Assert.AreEqual(1, norm.state_dict()["num_batches_tracked"].ToInt64());
        norm.eval();
        Assert.IsFalse(norm.training);
        Check.Close([0.258197933, -1.19256377, 1.71377325, 2.8401773, 0.298140943, -0.71867907], norm.call(Check.X()));
        Assert.AreEqual(1, norm.state_dict()["num_batches_tracked"].ToInt64());
        Assert.ThrowsExactly<ArgumentException>(() => norm.call(ones(3)));
    }

    [TestMethod]
    public void Dropout_drops_in_training_only_and_keeps_the_mean()
    {
        using var scope = NewDisposeScope();
        using var dropout = nn.Dropout(0.25);
        manual_seed(1);
        var dropped = dropout.call(ones(20000));
        Assert.AreEqual(0.25, dropped.eq(0).to(float32).mean().ToDouble(), 0.02);
        Assert.AreEqual(1, dropped.mean().ToDouble(), 0.02);
        dropout.eval();
        Assert.AreEqual(20000, dropout.call(ones(20000)).sum().ToDouble());
    }

    [TestMethod]
    public void Training_mode_reaches_every_module()
    {
        using var network = Network();
        network.eval();
        Assert.IsTrue(network.children().All(module => !module.training));
        network.train();
        Assert.IsTrue(network.children().All(module => module.training));
    }

    [TestMethod]
    public void A_module_changes_type_with_its_gradients()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        network.call(Check.X()).sum().backward();
        network.to(float64);
        Assert.IsTrue(network.parameters().All(parameter => parameter.dtype == float64 && parameter.grad!.dtype == float64 && parameter.requires_grad));
        Check.Shape([2, 2], network.call(Check.X().to(float64)));
        Assert.ThrowsExactly<ArgumentException>(() => network.to(int64));
        if (!cuda.is_available())
            Assert.ThrowsExactly<InvalidOperationException>(() => network.to(new Device(DeviceType.CUDA)));
    }

    [TestMethod]
    public void Fields_are_registered_and_follow_a_change_of_type()
    {
        using var scope = NewDisposeScope();
        using var custom = new Custom();
        CollectionAssert.AreEqual(new[] { "scale", "inner.weight", "inner.bias" }, custom.named_parameters().Select(named => named.name).ToArray());
        CollectionAssert.AreEqual(new[] { "offset" }, custom.named_buffers().Select(named => named.name).ToArray());
        custom.to(float64);
        Assert.AreEqual(float64, custom.call(Check.X().to(float64)).dtype);
    }

    [TestMethod]
    public void Disposing_a_module_frees_all_it_holds()
    {
        var network = Network();
        var held = network.state_dict().Values.ToList();
        network.Dispose();
        Assert.IsTrue(held.All(tensor => tensor.IsInvalid));
    }

    [TestMethod]
    public void Initial_weights_stay_within_their_bounds()
    {
        using var scope = NewDisposeScope();
        using var linear = nn.Linear(64, 512);
        Assert.AreEqual(0.125, linear.weight!.abs().max().ToDouble(), 1e-3);
        Assert.AreEqual(0.125, linear.bias!.abs().max().ToDouble(), 2e-3);
        var weight = empty(200, 100);
        Assert.AreEqual(Math.Sqrt(6.0 / 100), nn.init.kaiming_uniform_(weight, nonlinearity: nn.init.NonlinearityType.ReLU).abs().max().ToDouble(), 1e-3);
    }

    private static Sequential Network() =>
        nn.Sequential(nn.Linear(3, 4)).append(nn.ReLU()).append("norm", nn.BatchNorm1d(4)).append(nn.Linear(4, 2));

    private sealed class Custom : nn.Module<Tensor, Tensor>
    {
#pragma warning disable IDE1006 // a field's name is its component's name
        private readonly Linear inner = nn.Linear(3, 2);
        private readonly Parameter scale = new(ones(2));
        private readonly Tensor offset = zeros(2);
#pragma warning restore IDE1006

        public Custom() : base("custom") => RegisterComponents();

        public override Tensor forward(Tensor input) => inner.call(input) * scale + offset;
    }
}
