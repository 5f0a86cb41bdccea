using static TorchSharp.torch;

namespace TorchSharp.Tests;

[TestClass]
public class HostSyncTests
{
    private static readonly Dictionary<string, Action<Tensor>> _waiting = new()
    {
        ["item"] = x => x[0, 0].item<float>(),
        ["ToSingle"] = x => x[0, 0].ToSingle(),
        ["cast to double"] = x => _ = (double)x[0, 0],
        ["data"] = x => x.data<float>(),
        ["cpu"] = x => x.cpu(),
        ["allclose"] = x => x.allclose(x),
        ["Equals"] = x => x.Equals(x),
        ["one_hot without classes"] = x => nn.functional.one_hot(x.to(int64).abs()),
    };

    public static IEnumerable<object[]> Names() => _waiting.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void An_operation_that_reads_values_counts_once(string name)
    {
        using var scope = NewDisposeScope();
        var x = Check.X();
        var (all, here) = (HostSync.Count, HostSync.CountOnThread);
        _waiting[name](x);
        Assert.AreEqual(here + 1, HostSync.CountOnThread);
        Assert.IsGreaterThan(all, HostSync.Count);
    }

    [TestMethod]
    public void A_training_step_counts_none()
    {
        using var network = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 2));
        using var optimizer = optim.AdamW(network.parameters());
        using var labels = tensor(new long[] { 0, 1 });
        using var rows = tensor(new long[] { 1, 0 });
        using var x = Check.X();
        var before = HostSync.CountOnThread;
        for (var step = 0; step < 3; step++)
        {
            using var scope = NewDisposeScope();
            var input = x.index_select(0, rows).to(CPU);
            nn.functional.cross_entropy(network.call(input), labels.index_select(0, rows)).backward();
            optimizer.step();
            optimizer.zero_grad();
            _ = input[0].where(input[0] > 0, zeros_like(input[0]));
        }
        Assert.AreEqual(before, HostSync.CountOnThread);
    }
}
