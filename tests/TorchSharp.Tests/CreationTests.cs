using static TorchSharp.torch;

namespace TorchSharp.Tests;

[TestClass]
public class CreationTests
{
    [TestMethod]
    public void Arrays_become_tensors_of_their_type_and_shape()
    {
        using var scope = NewDisposeScope();
        Assert.AreEqual(float32, tensor(new float[] { 1, 2 }).dtype);
        Assert.AreEqual(float64, tensor(1.5).dtype);
        Assert.AreEqual(int64, tensor(new long[,] { { 1 }, { 2 } }).dtype);
        Assert.AreEqual(ScalarType.Bool, tensor(new[] { true, false }).dtype);
        Check.Shape([2, 1], tensor(new long[,] { { 1 }, { 2 } }));
        Check.Shape([2, 3], tensor(new float[6], [2, 3]));
        Check.Shape([], tensor(3));
        Assert.ThrowsExactly<ArgumentException>(() => tensor(new float[5], [2, 3]));
    }

    [TestMethod]
    public void A_tensor_copies_its_array()
    {
        using var scope = NewDisposeScope();
        var array = new float[] { 1, 2, 3 };
        var copy = tensor(array);
        array[1] = 20;
        Check.Close([1, 2, 3], copy);
    }

    [TestMethod]
    public void Factories_fill_as_told()
    {
        using var scope = NewDisposeScope();
        Check.Close([0, 0], zeros(2));
        Check.Close([1, 1, 1, 1], ones(2, 2));
        Check.Close([2.5, 2.5], full([2], 2.5));
        Assert.AreEqual(int64, full([2], 3).dtype);
        Check.Close([2, 4, 6], arange(2, 8, 2));
        Assert.AreEqual(int64, arange(3).dtype);
        Assert.AreEqual(int64, zeros_like(arange(3)).dtype);
        Assert.AreEqual(float32, arange(0.0, 1.0, 0.25).dtype);
        Assert.IsTrue(zeros(2, requires_grad: true).requires_grad);
    }

    [TestMethod]
    public void Values_come_back_to_managed_memory()
    {
        using var scope = NewDisposeScope();
        var x = Check.X();
        CollectionAssert.AreEqual(new[] { 0.5f, -1.25f, 2, 3.5f, 0.25f, -0.75f }, x.data<float>().ToArray());
        CollectionAssert.AreEqual(new[] { 0.5f, 3.5f, -1.25f, 0.25f, 2, -0.75f }, x.t().data<float>().ToArray());
        var target = new float[4];
        x.data<float>().CopyTo(target, 1, 3);
        CollectionAssert.AreEqual(new[] { 0, 3.5f, 0.25f, -0.75f }, target);
        Assert.AreEqual(0.25f, x.data<float>()[1, 1]);
        Assert.AreEqual(2f, x[0, 2].item<float>());
        Assert.AreEqual(2.0, x[0, 2].ToDouble());
        Assert.ThrowsExactly<ArgumentException>(() => x.item<float>());
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => x.data<double>()).Message, "Double is not compatible with Float32");
    }

    [TestMethod]
    public void Types_are_converted()
    {
        using var scope = NewDisposeScope();
        Check.Close([0, -1, 2, 3, 0, 0], Check.X().to(int64));
        Assert.AreEqual(float64, Check.X().to(float64).dtype);
        Assert.AreEqual(DeviceType.CPU, Check.X().to(CPU).device_type);
        Assert.AreEqual("cpu", Check.X().device.ToString());
        if (!cuda.is_available())
            Assert.ThrowsExactly<InvalidOperationException>(() => Check.X().to(new Device(DeviceType.CUDA)));
    }
}
