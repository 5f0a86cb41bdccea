using FlipReg.Data;
using FlipReg.Regularizers;
using static TorchSharp.torch;

namespace FlipReg.Tests;

internal static class TestData
{
    /// <summary>Gaussian blobs, one per class, drawn from a fixed seed.</summary>
    public static TrainingTable Blobs(int rows, int width, int classes, int seed = 1, double spread = 0.5, float[]? weights = null)
    {
        var random = new Random(seed);
        var centers = new Random(99);
        var center = Enumerable.Range(0, classes * width).Select(_ => (float)((centers.NextDouble() * 4) - 2)).ToArray();
        var labels = Enumerable.Range(0, rows).Select(i => (long)(i % classes)).ToArray();
        var features = new float[rows * width];
        for (var i = 0; i < features.Length; i++)
        {
            var noise = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            features[i] = center[((int)labels[i / width] * width) + (i % width)] + (float)(spread * noise);
        }

        return Table(features, labels, weights, width);
    }

    /// <summary>A table of row-major features.</summary>
    public static TrainingTable Table(float[] features, long[] labels, float[]? weights, int width, int[]? categories = null)
    {
        var memory = new RowMemory(labels.Length, width);
        for (var row = 0; row < labels.Length; row++)
            features.AsSpan(row * width, width).CopyTo(memory.Row(row));
        return new TrainingTable(memory.Tensor, labels, weights) { Categories = categories ?? [] };
    }

    /// <summary>A batch that is its own block, with equal weights.</summary>
    public static Batch Step(Tensor labels, Tensor rowIds, int classes, int epoch = 1, int epochs = 1)
    {
        var rows = (int)labels.shape[0];
        return new Batch(empty([rows, 0]), labels, rowIds, full([rows, 1], 1.0 / rows, dtype: float32))
        {
            Classes = classes,
            Epoch = epoch,
            Epochs = epochs,
        };
    }

    /// <summary>A regularizer's state tensor.</summary>
    public static Tensor State(Regularizer regularizer, string name) => regularizer.State.Single(s => s.Name == name).Value;

    public static void AreClose(IEnumerable<float> expected, Tensor actual, double absolute, double relative, string what)
    {
        var values = actual.to(float32).contiguous().data<float>().ToArray();
        var wanted = expected.ToArray();
        Assert.HasCount(wanted.Length, values, what);
        for (var i = 0; i < wanted.Length; i++)
        {
            if (!(Math.Abs(wanted[i] - values[i]) <= absolute + (relative * Math.Abs(wanted[i]))))
                Assert.Fail($"{what}[{i}]: expected {wanted[i]:G9}, got {values[i]:G9}.");
        }
    }
}
