using FlipReg.Data.Sparse;
using FlipReg.Encoders;
using FlipReg.Images;
using static TorchSharp.torch;

namespace FlipReg.Data;

/// <summary>Rows in memory: features n×d, labels n (0-based class indices), weights n or none. Lives on the CPU.</summary>
internal sealed class TrainingTable : IDisposable
{
    private readonly Tensor? _features;

    /// <param name="features">Features, rows × width, in memory that torch owns; the table owns the tensor.</param>
    /// <param name="labels">Class indices, 0 to classes − 1.</param>
    /// <param name="weights">Example weights, or null.</param>
    public TrainingTable(Tensor features, long[] labels, float[]? weights)
        : this((int)features.shape[1], labels, weights) => _features = features;

    /// <param name="features">Features; the table owns them.</param>
    /// <param name="labels">Class indices, 0 to classes − 1.</param>
    /// <param name="weights">Example weights, or null.</param>
    public TrainingTable(SparseRows features, long[] labels, float[]? weights)
        : this(features.Width, labels, weights) => Sparse = features;

    /// <param name="images">Images; the table owns them.</param>
    /// <param name="labels">Class indices, 0 to classes − 1.</param>
    /// <param name="weights">Example weights, or null.</param>
    public TrainingTable(PixelRows images, long[] labels, float[]? weights)
        : this(images.Width, labels, weights) => Pixels = images;

    private TrainingTable(int width, long[] labels, float[]? weights)
    {
        (Rows, Width) = (labels.Length, width);
        Labels = tensor(labels).DetachFromDisposeScope();
        Weights = weights is null ? null : tensor(weights).DetachFromDisposeScope();
    }

    private TrainingTable(TrainingTable other, Tensor? features, SparseRows? sparse)
    {
        (Rows, Width, _features, Sparse) = (other.Rows, features is null ? other.Width : (int)features.shape[1], features, sparse);
        Labels = other.Labels.alias().DetachFromDisposeScope();
        Weights = other.Weights?.alias().DetachFromDisposeScope();
        Categories = other.Categories;
    }

    public int Rows { get; }

    public int Width { get; }

    /// <summary>For each of the last columns that hold a category's number: how many categories there are. Of a table whose rows are not <see cref="Sparse"/>.</summary>
    public IReadOnlyList<int> Categories { get; init; } = [];

    /// <summary>Features, rows × width, of a table whose rows are not <see cref="Sparse"/>.</summary>
    public Tensor Features => _features ?? throw new InvalidOperationException("The table's rows are sparse, or images.");

    /// <summary>Features of a table whose rows are held sparse, else null.</summary>
    public SparseRows? Sparse { get; private set; }

    /// <summary>Features of a table whose rows are images, a byte a value, else null.</summary>
    public PixelRows? Pixels { get; private set; }

    /// <summary>What normalizes <see cref="Pixels"/> on the way to the network, once an encoder has said so.</summary>
    public PixelScaling? Scaling { get; private init; }

    /// <summary>Values of a row that a first layer computes with, on average.</summary>
    public long ValuesPerRow => Sparse is null ? Width : Sparse.NonZeros / Rows;

    public Tensor Labels { get; }

    public Tensor? Weights { get; }

    /// <summary>The features as rows that the host reads.</summary>
    public RowMemory HostRows() => new(Features, Width);

    /// <summary>A table with encoded features, of its own; labels and weights are shared. Sparse rows are shared, too: they are not encoded.</summary>
    /// <exception cref="InsufficientMemoryException">There is no room for both.</exception>
    public TrainingTable Encoded(InputEncoder encoder)
    {
        if (Sparse is not null)
            return encoder.IsIdentity ? new TrainingTable(this, null, Sparse.Share()) : throw new ArgumentException("Sparse rows are not encoded.", nameof(encoder));
        if (Pixels is not null)
            return new TrainingTable(this, null, null) { Pixels = Pixels.Share(), Scaling = PixelScaling.Of(encoder, Pixels.Shape) };
        if (encoder.IsIdentity)
            return new TrainingTable(this, Features.alias().DetachFromDisposeScope(), null);
        var (raw, encoded) = (HostRows(), new RowMemory(Rows, encoder.Width));
        for (var row = 0; row < Rows; row++)
            encoder.Encode(raw.Row(row), encoded.Row(row));
        return new TrainingTable(this, encoded.Tensor, null);
    }

    /// <summary>A table of other features for the same rows, which it owns; labels and weights are shared.</summary>
    public TrainingTable With(Tensor features) => new(this, features, null);

    /// <summary>The sparse rows, or null, in the caller's hands: the table has none afterwards.</summary>
    public SparseRows? TakeSparse()
    {
        var taken = Sparse;
        Sparse = null;
        return taken;
    }

    public void Dispose()
    {
        _features?.Dispose();
        Pixels?.Dispose();
        Pixels = null;
        TakeSparse()?.Dispose();
        Labels.Dispose();
        Weights?.Dispose();
    }
}
