using static TorchSharp.torch;

namespace TorchSharp.Tests;

[TestClass]
public class OperatorTests
{
    private static readonly Dictionary<string, (Func<Tensor, Tensor, Tensor> Run, double[] Expected)> _cases = new()
    {
        ["addcmul"] = ((x, y) => x.addcmul(x, y, 0.5), [0.875, -2.5, 1.5, 3.9375, 0.75, -1.125]),
        ["softmax"] = ((x, _) => x.softmax(1), [0.176820189, 0.030726742, 0.79245311, 0.949632943, 0.0368212648, 0.013545786]),
        ["log_softmax"] = ((x, _) => x.log_softmax(1), [-1.73262203, -3.48262191, -0.232621983, -0.0516797751, -3.30167985, -4.30167961]),
        ["div floor"] = ((x, y) => x.div(y, RoundingMode.floor), [0, -1, -4, 14, 0, -1]),
        ["pow"] = ((x, _) => x.pow(3), [0.125, -1.953125, 8, 42.875, 0.015625, -0.421875]),
        ["cross_entropy"] = ((x, _) => nn.functional.cross_entropy(x, tensor(new long[] { 2, 0 })), [0.142150879]),
        ["cross_entropy smoothed"] = ((x, _) => nn.functional.cross_entropy(x, tensor(new long[] { 2, 0 }), label_smoothing: 0.1), [0.34631753]),
        ["linear"] = ((x, y) => nn.functional.linear(x, y, tensor(new float[] { 1, -1 })), [-1.75, -3.875, 7.125, 0.125]),
        ["clamp"] = ((x, _) => x.clamp(-1, 1), [0.5, -1, 1, 1, 0.25, -0.75]),
        ["maximum"] = ((x, y) => x.maximum(y), [1.5, 2, 2, 3.5, 4, 1]),
        ["where"] = ((x, y) => where(x.gt(y), x, -y), [-1.5, -2, 2, 3.5, -4, -1]),
        ["number minus"] = ((x, _) => 1 - x, [0.5, 2.25, -1, -2.5, 0.75, 1.75]),
        ["mean of columns"] = ((x, _) => x.mean([0], keepdim: true), [2, -0.5, 0.625]),
        ["sum in double"] = ((x, _) => x.sum([1], type: float64), [1.25, 3]),
        ["relu"] = ((x, _) => nn.functional.relu(x), [0.5, 0, 2, 3.5, 0.25, 0]),
    };

    public static IEnumerable<object[]> Names() => _cases.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Results_are_PyTorchs(string name)
    {
        using var scope = NewDisposeScope();
        var (run, expected) = _cases[name];
        Check.Close(expected, run(Check.X(), Check.Y()));
    }

    [TestMethod]
    public void In_place_operators_return_the_very_tensor_they_changed()
    {
        using var scope = NewDisposeScope();
        var x = Check.X();
        Assert.AreSame(x, x.add_(1));
        Assert.AreSame(x, x.mul_(2).sub_(1).div_(4).clamp_(0, 1));
        Assert.AreSame(x, x.copy_(Check.Y()));
        Check.Close([1.5, 2, -0.5, 0.25, 4, 1], x);
        Assert.AreSame(x, x.fill_(3));
        using var zeroed = x.zero_();
        Check.Close([0, 0, 0, 0, 0, 0], x);
    }

    [TestMethod]
    public void A_number_does_not_widen_the_tensor_it_meets()
    {
        using var scope = NewDisposeScope();
        Assert.AreEqual(float32, (Check.X() * 2.5).dtype);
        Assert.AreEqual(int64, (tensor(new long[] { 1, 2 }) * 3).dtype);
        Assert.AreEqual(float32, (tensor(new long[] { 1, 2 }) * 0.5).dtype);
        Assert.AreEqual(float64, (Check.X() + tensor(new double[] { 1, 2, 3 })).dtype);
    }

    [TestMethod]
    public void Rows_are_gathered_and_scattered()
    {
        using var scope = NewDisposeScope();
        var x = Check.X();
        var rows = tensor(new long[] { 1, 0, 1 });
        Check.Close([3.5, 0.25, -0.75, 0.5, -1.25, 2, 3.5, 0.25, -0.75], x.index_select(0, rows));
        Check.Close([2, 3.5], x.gather(1, tensor(new long[,] { { 2 }, { 0 } })));
        Check.Close([0, 0, 1, 1, 0, 0], nn.functional.one_hot(tensor(new long[] { 2, 0 }), 3));
        Check.Close([0, 1, 0, 0, 0, 1], zeros(2, 3).scatter_(1, tensor(new long[,] { { 1 }, { 2 } }), ones(2, 1)));
        Check.Close([0, 0, 0, 1, 1, 1], zeros(2, 3).index_copy_(0, tensor(new long[] { 1 }), ones(1, 3)));
        Assert.ThrowsExactly<ArgumentException>(() => x.index_copy_(0, tensor(new[] { 1 }), ones(1, 3)));
    }

    [TestMethod]
    public void Indexing_gives_views_and_writes_through_them()
    {
        using var scope = NewDisposeScope();
        var x = Check.X();
        Check.Close([3.5, 0.25, -0.75], x[1]);
        Check.Close([2], x[0, 2]);
        x[0] = ones(3);
        x[1, 2] = tensor(7f);
        x[-1].narrow(0, 0, 1).fill_(9);
        Check.Close([1, 1, 1, 9, 0.25, 7], x);
    }

    [TestMethod]
    public void Shapes_follow_views()
    {
        using var scope = NewDisposeScope();
        var x = arange(24).view(2, 3, 4);
        Check.Shape([2, 3, 4], x);
        Check.Shape([3, 4], x.narrow(0, 1, 1).squeeze(0));
        Check.Shape([3, 2, 3, 4], stack([x, x, x]));
        Check.Shape([2, 3], x.select(2, 0));
        CollectionAssert.AreEqual(new long[] { 12, 4, 1 }, x.stride());
        Assert.AreEqual(3, x.size(-2));
    }

    [TestMethod]
    public void Errors_bear_libtorchs_message()
    {
        using var scope = NewDisposeScope();
        var error = Assert.ThrowsExactly<System.Runtime.InteropServices.ExternalException>(() => Check.X().mm(Check.Y()));
        StringAssert.StartsWith(error.Message, "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)");
        // The next call is none the worse for it.
        Check.Close([2, 2], ones(2) * 2);
        Assert.ThrowsExactly<InvalidOperationException>(() =>
        {
            var gone = ones(1);
            gone.Dispose();
            gone.add(1);
        });
    }
}
