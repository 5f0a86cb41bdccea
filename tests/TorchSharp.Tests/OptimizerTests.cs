using static TorchSharp.torch;

namespace TorchSharp.Tests;

[TestClass]
public class OptimizerTests
{
    [TestMethod]
    public void A_linear_model_learns_a_line()
    {
        manual_seed(1);
        using var model = nn.Linear(1, 1);
        using var optimizer = optim.SGD(model.parameters(), 0.1, momentum: 0.9);
        var (first, last) = (0.0, 0.0);
        for (var step = 0; step < 200; step++)
        {
            using var scope = NewDisposeScope();
            var x = linspace(-1, 1, 16).unsqueeze(1);
            var y = 3 * x + 0.5;
            var loss = nn.functional.mse_loss(model.call(x), y);
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
            last = loss.ToDouble();
            first = step == 0 ? last : first;
        }
        Assert.IsGreaterThan(0.5, first);
        Assert.IsLessThan(1e-6, last);
        using var weight = model.weight!;
        Assert.AreEqual(3, weight[0, 0].ToSingle(), 1e-3);
    }
}
