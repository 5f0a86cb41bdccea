using static TorchSharp.torch;

namespace TorchSharp.Tests;

[TestClass]
public class AutogradTests
{
    private static readonly Dictionary<string, Func<Tensor, Tensor>> _functions = new()
    {
        ["softmax"] = x => (x.softmax(1) * x).sum(),
        ["cross entropy"] = x => nn.functional.cross_entropy(x, tensor(new long[] { 2, 0 }), label_smoothing: 0.2),
        ["matmul"] = x => x.matmul(x.t()).pow(2).sum(),
        ["mixed"] = x => ((x.exp() + 1).log() * x.sigmoid() - (2 - x) / 3).mean(),
        ["gathered"] = x => x.index_select(0, tensor(new long[] { 1, 1, 0 })).square().sum(),
        ["linear"] = x => nn.functional.linear(x, x, x.narrow(1, 0, 1).squeeze(1)).tanh().sum(),
        ["largest"] = x => x.square().sum().sqrt() * x.max(),
    };

    public static IEnumerable<object[]> Names() => _functions.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Gradients_are_the_finite_differences(string name)
    {
        using var scope = NewDisposeScope();
        var function = _functions[name];
        var x = Check.X().to(float64).requires_grad_();
        function(x).backward();
        var gradient = x.grad!.data<double>();
        using var noGrad = no_grad();
        for (var k = 0; k < 6; k++)
        {
            var (up, down) = (x.detach().clone(), x.detach().clone());
            up.view(-1)[k].add_(1e-6);
            down.view(-1)[k].sub_(1e-6);
            Assert.AreEqual((function(up).ToDouble() - function(down).ToDouble()) / 2e-6, gradient[k], 1e-6, $"element {k}");
        }
    }

    [TestMethod]
    public void A_given_gradient_flows_back_and_adds_up()
    {
        using var scope = NewDisposeScope();
        var x = Check.X().requires_grad_();
        (x * 2).backward([Check.Y()]);
        Check.Close([3, 4, -1, 0.5, 8, 2], x.grad!);
        (x * 1).backward([ones(2, 3)]);
        Check.Close([4, 5, 0, 1.5, 9, 3], x.grad!);
        x.grad = null!;
        Assert.IsNull(x.grad);
    }

    [TestMethod]
    public void Grad_returns_gradients_without_keeping_them()
    {
        using var scope = NewDisposeScope();
        var x = Check.X().requires_grad_();
        var y = Check.Y().requires_grad_();
        var gradients = autograd.grad([(x * y).sum()], [x, y]);
        Check.Close([1.5, 2, -0.5, 0.25, 4, 1], gradients[0]);
        Check.Close([0.5, -1.25, 2, 3.5, 0.25, -0.75], gradients[1]);
        Assert.IsNull(x.grad);
        autograd.backward([(x * y).sum(), x.sum()], inputs: [x]);
        Check.Close([2.5, 3, 0.5, 1.25, 5, 2], x.grad!);
        Assert.IsNull(y.grad);
    }

    [TestMethod]
    public void No_grad_holds_for_its_block_and_thread()
    {
        using var scope = NewDisposeScope();
        var x = Check.X().requires_grad_();
        using (no_grad())
        {
            Assert.IsFalse(is_grad_enabled());
            Assert.IsFalse((x * 2).requires_grad);
            using (enable_grad())
                Assert.IsTrue((x * 2).requires_grad);
            var elsewhere = false;
            var thread = new Thread(() => elsewhere = is_grad_enabled());
            thread.Start();
            thread.Join();
            Assert.IsTrue(elsewhere);
        }
        Assert.IsTrue((x * 2).requires_grad);
        Assert.IsFalse(x.detach().requires_grad);
    }

    [TestMethod]
    public void A_graph_cannot_be_walked_twice()
    {
        using var scope = NewDisposeScope();
        var loss = Check.X().requires_grad_().exp().sum();
        loss.backward();
        var error = Assert.ThrowsExactly<System.Runtime.InteropServices.ExternalException>(() => loss.backward());
        StringAssert.Contains(error.Message, "Trying to backward through the graph a second time");
    }
}
