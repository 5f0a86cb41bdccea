using static TorchSharp.torch;

namespace FlipReg.Data;

/// <summary>Rows in memory: features n×d, labels n (0-based class indices), weights n or none. Lives on the CPU.</summary>
internal sealed class TrainingTable : IDisposable
{
    /// <param name="features">Row-major features, rows × width; the caller hands the array over.</param>
    /// <param name="labels">Class indices, 0 to classes − 1.</param>
    /// <param name="weights">Example weights, or null.</param>
    /// <param name="width">Features per row.</param>
    public TrainingTable(float[] features, long[] labels, float[]? weights, int width)
    {
        Rows = labels.Length;
        Width = width;
        Features = tensor(features, [Rows, width]).DetachFromDisposeScope();
        Labels = tensor(labels).DetachFromDisposeScope();
        Weights = weights is null ? null : tensor(weights).DetachFromDisposeScope();
    }

    public int Rows { get; }

    public int Width { get; }

    public Tensor Features { get; }

    public Tensor Labels { get; }

    public Tensor? Weights { get; }

    public void Dispose()
    {
        Features.Dispose();
        Labels.Dispose();
        Weights?.Dispose();
    }
}
