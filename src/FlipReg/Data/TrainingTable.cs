using FlipReg.Encoders;
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
        Features = features;
        Labels = tensor(labels).DetachFromDisposeScope();
        Weights = weights is null ? null : tensor(weights).DetachFromDisposeScope();
    }

    private TrainingTable(Tensor features, TrainingTable other)
    {
        (Rows, Features) = (other.Rows, features);
        Labels = other.Labels.alias().DetachFromDisposeScope();
        Weights = other.Weights?.alias().DetachFromDisposeScope();
    }

    public int Rows { get; }

    public int Width => (int)Features.shape[1];

    /// <summary>Features, rows × width: as given, or encoded.</summary>
    public Tensor Features { get; }

    public Tensor Labels { get; }

    public Tensor? Weights { get; }

    /// <summary>The features as rows that the host reads.</summary>
    public RowMemory HostRows() => new(Features, Width);

    /// <summary>A table with encoded features, of its own; labels and weights are shared.</summary>
    /// <exception cref="InsufficientMemoryException">There is no room for both.</exception>
    public TrainingTable Encoded(InputEncoder encoder)
    {
        if (encoder.IsIdentity)
            return new TrainingTable(Features.alias().DetachFromDisposeScope(), this);
        var (raw, encoded) = (HostRows(), new RowMemory(Rows, encoder.Width));
        for (var row = 0; row < Rows; row++)
            encoder.Encode(raw.Row(row), encoded.Row(row));
        return new TrainingTable(encoded.Tensor, this);
    }

    public void Dispose()
    {
        Features.Dispose();
        Labels.Dispose();
        Weights?.Dispose();
    }
}
