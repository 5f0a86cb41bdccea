using static TorchSharp.torch;

namespace TorchSharp.Tests;

/// <summary>Comparisons, and the two matrices that most operator tests start from. Expected values come from PyTorch 1.13.1.</summary>
internal static class Check
{
    public static Tensor X() => tensor(new float[,] { { 0.5f, -1.25f, 2 }, { 3.5f, 0.25f, -0.75f } });

    public static Tensor Y() => tensor(new float[,] { { 1.5f, 2, -0.5f }, { 0.25f, 4, 1 } });

    public static void Close(double[] expected, Tensor actual, double tolerance = 1e-6)
    {
        using var scope = NewDisposeScope();
        var values = actual.detach().to(float64).data<double>().ToArray();
        Assert.HasCount(expected.Length, values);
        for (var k = 0; k < values.Length; k++)
            Assert.AreEqual(expected[k], values[k], tolerance * Math.Max(1, Math.Abs(expected[k])), $"element {k} of {string.Join(", ", values)}");
    }

    public static void Shape(long[] expected, Tensor actual) => CollectionAssert.AreEqual(expected, actual.shape);
}
