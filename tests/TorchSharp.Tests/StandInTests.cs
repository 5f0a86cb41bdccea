using static TorchSharp.torch;

namespace TorchSharp.Tests;

/// <summary>Where the stand-in is meant to differ from the real library, and holds less: it says so.</summary>
[TestClass]
public class StandInTests
{
    [TestMethod]
    public void Names_of_dimensions_are_refused() => Assert.ThrowsExactly<NotSupportedException>(() => zeros([2], names: ["rows"]));

    [TestMethod]
    public void A_change_of_type_leaves_counts_whole()
    {
        using var scope = NewDisposeScope();
        using var norm = nn.BatchNorm1d(2);
        norm.to(float64);
        Assert.AreEqual(int64, norm.state_dict()["num_batches_tracked"].dtype);
    }

    [TestMethod]
    public void Disposing_a_module_leaves_no_tensor()
    {
        var before = Tensor.TotalCount;
        var linear = nn.Linear(3, 2);
        linear.Dispose();
        // Two: a parameter takes a tensor over without counting it down, as in the real library.
        Assert.AreEqual(before + 2, Tensor.TotalCount);
    }
}
