using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.Tests;

[TestClass]
public class OptimizerTests
{
    private static readonly Dictionary<string, (Func<Parameter[], optim.Optimizer> Make, double[] Expected)> _optimizers = new()
    {
        ["SGD"] = (p => optim.SGD(p, 0.1), [0.390874982, -1.34052503, 0.0606250055, -0.435499996]),
        ["momentum, dampening"] = (p => optim.SGD(p, 0.1, 0.9, 0.1), [-0.328864545, -0.625480235, -0.429311842, -0.768899441]),
        ["nesterov, decay"] = (p => optim.SGD(p, 0.1, 0.9, weight_decay: 0.01, nesterov: true), [-0.267356247, -0.156682327, -0.0686979741, -1.30156505]),
        ["maximize"] = (p => optim.SGD(p, 0.01, maximize: true), [1.09345341, -2.07034278, 0.596268713, 0.331706524]),
        ["AdamW"] = (p => optim.AdamW(p, 0.05, weight_decay: 0.01), [0.79924053, -1.79617298, 0.301454782, 0.0608665124]),
        ["AdamW amsgrad"] = (p => optim.AdamW(p, 0.05, 0.8, 0.99, 1e-6, 0.1, amsgrad: true, maximize: true), [1.17976749, -2.15870976, 0.69022572, 0.437802345]),
    };

    public static IEnumerable<object[]> Names() => _optimizers.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Four_steps_end_where_PyTorchs_do(string name)
    {
        using var scope = NewDisposeScope();
        var (w, b) = (new Parameter(tensor(new float[] { 1, -2, 0.5f })), new Parameter(tensor(new[] { 0.25f })));
        var c = tensor(new float[] { 1, 0.5f, 2 });
        using var optimizer = _optimizers[name].Make([w, b]);
        for (var step = 1; step <= 4; step++)
        {
            optimizer.zero_grad();
            ((c * w * w).sum() + (w.sum() * b).sum() + step * b.sum()).backward();
            optimizer.step();
        }
        Check.Close(_optimizers[name].Expected, cat([w, b]));
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Steps_leave_no_tensors_behind(string name)
    {
        var before = Tensor.TotalCount;
        using (var outer = NewDisposeScope())
        {
            var w = new Parameter(ones(3));
            using var optimizer = _optimizers[name].Make([w]);
            w.grad = ones(3);
            optimizer.step();
            var flat = Tensor.TotalCount;
            for (var k = 0; k < 50; k++)
                optimizer.step();
            Assert.AreEqual(flat, Tensor.TotalCount);
        }
        // One: a parameter takes a tensor over without counting it down, as in the real library.
        Assert.AreEqual(before + 1, Tensor.TotalCount);
    }

    [TestMethod]
    public void The_learning_rate_can_be_set_and_a_parameter_without_gradient_stays()
    {
        using var scope = NewDisposeScope();
        var (moved, still) = (new Parameter(ones(1)), new Parameter(ones(1)));
        using var optimizer = optim.SGD([moved, still], 0.5);
        foreach (var group in optimizer.ParamGroups)
            group.LearningRate = 0.125;
        moved.grad = ones(1);
        optimizer.step();
        Check.Close([0.875, 1], cat([moved, still]));
        Assert.AreEqual(0.5, optimizer.ParamGroups.Single().InitialLearningRate);
    }

    [TestMethod]
    public void Wrong_options_are_refused()
    {
        Modules.Parameter[] none = [];
        Assert.ThrowsExactly<ArgumentException>(() => optim.SGD(none, -1));
        Assert.ThrowsExactly<ArgumentException>(() => optim.SGD(none, 1, nesterov: true));
        Assert.ThrowsExactly<ArgumentException>(() => optim.AdamW(none, beta2: 1));
    }

    [TestMethod]
    public void A_linear_model_learns_a_line()
    {
        manual_seed(1);
        using var model = nn.Linear(1, 1);
        using var optimizer = optim.SGD(model.parameters(), 0.1, momentum: 0.9);
        var last = 0.0;
        for (var step = 0; step < 200; step++)
        {
            using var scope = NewDisposeScope();
            var x = arange(-1.0, 1.0, 0.125).view(16, 1);
            var loss = (model.call(x) - (3 * x + 0.5)).square().mean();
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
            last = loss.ToDouble();
        }
        Assert.IsLessThan(1e-6, last);
        using var weight = model.weight!;
        Assert.AreEqual(3, weight[0, 0].ToSingle(), 1e-3);
    }
}
