using FlipReg.Data;
using FlipReg.Data.Sparse;
using static TorchSharp.torch;

namespace FlipReg.Networks;

/// <summary>Rows in host memory that a network scores: dense ones, or sparse ones for a network that takes them.</summary>
internal sealed class RowsToScore
{
    private readonly RowMemory? _dense;
    private readonly SparseRows? _sparse;

    /// <param name="rows">Features, at least count × d.</param>
    /// <param name="count">Rows; at least 1.</param>
    public RowsToScore(RowMemory rows, int count) => (_dense, Count) = (rows, count);

    /// <param name="rows">Features; at least one row.</param>
    public RowsToScore(SparseRows rows) => (_sparse, Count) = (rows, (int)rows.Rows);

    /// <summary>Number of rows.</summary>
    public int Count { get; }

    /// <summary>Multiply-adds of the forward pass of one of them.</summary>
    public long MultiplyAdds(Network network) => _sparse is null ? network.MultiplyAdds : network.MultiplyAddsOf(_sparse.NonZeros / Count);

    /// <summary>The logits, rows × K, in the caller's dispose scope.</summary>
    public Tensor Logits(Network network)
    {
        if (_sparse is not null)
            return network.Forward(new SparseBatch(_sparse, 0, Count));
        var features = Count == _dense!.Rows ? _dense.Tensor : _dense.Tensor.narrow(0, 0, Count);
        return network.forward(features.to(network.FlatParameters.device));
    }
}
