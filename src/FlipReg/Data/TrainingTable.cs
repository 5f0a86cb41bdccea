using static TorchSharp.torch;

namespace FlipReg.Data;

/// <summary>Rows in memory: features n×d, labels n (0-based class indices), weights n or none. Lives on the CPU.</summary>
internal sealed class TrainingTable : IDisposable
{
    /// <param name="features">Features, rows × width, in memory that torch owns; the table owns the tensor.</param>
    /// <param name="labels">Class indices, 0 to classes − 1.</param>
    /// <param name="weights">Example weights, or null.</param>
    public TrainingTable(Tensor features, long[] labels, float[]? weights)
    {
        Rows = labels.Length;
        Width = (int)features.shape[1];
        Features = features;
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
