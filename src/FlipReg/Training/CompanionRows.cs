using FlipReg.Data;
using FlipReg.Data.Sparse;
using FlipReg.Regularizers;
using FlipReg.Runtime;
using static TorchSharp.torch;

namespace FlipReg.Training;

/// <summary>
/// For every row of an epoch another row of its class, drawn anew every epoch from the fit's seed and the epoch's number, in the order of the epoch's rows.
/// </summary>
internal sealed class CompanionRows : IDisposable
{
    private readonly EpochRows _rows;
    private readonly ClassPartners _partners;
    private readonly ulong _seed;
    private readonly Tensor _hostIds;
    private Tensor? _ids;
    private int _epoch;

    public CompanionRows(EpochRows rows, IReadOnlyList<long> labels, ulong seed)
    {
        (_rows, _partners, _seed) = (rows, new ClassPartners(labels), seed);
        _hostIds = empty([rows.Rows], dtype: int64).DetachFromDisposeScope();
    }

    /// <summary>Draws an epoch's companions, once the epoch's order is drawn.</summary>
    public unsafe void Shuffle(int epoch)
    {
        using var scope = NewDisposeScope();
        _epoch = epoch;
        var partners = _partners.Draw(Seeds.Random(_seed, (ulong)epoch));
        var ids = new Span<long>(HostReads.Address<long>(_hostIds), partners.Length);
        var order = _rows.Order;
        for (var i = 0; i < ids.Length; i++)
            ids[i] = partners[order[i]];
        _ids?.Dispose();
        _ids = _hostIds.to(_rows.Device).DetachFromDisposeScope();
    }

    /// <summary>The features of a block's companions, rows × d, in the caller's dispose scope; null where rows are sparse.</summary>
    public unsafe Tensor? Features(int firstStep, int rows)
    {
        var first = (long)firstStep * _rows.BatchSize;
        return _rows.FeaturesOf(HostReads.Address<long>(_hostIds) + first, _ids!.narrow(0, first, rows), rows, _epoch, firstStep);
    }

    /// <summary>A block's companions where rows are sparse, else null.</summary>
    public unsafe SparseBatch? Sparse(int firstStep, int rows) =>
        _rows.Sparse is { } sparse ? new SparseBatch(sparse, HostReads.Address<long>(_hostIds) + ((long)firstStep * _rows.BatchSize), rows) : null;

    public void Dispose()
    {
        _hostIds.Dispose();
        _ids?.Dispose();
    }
}
