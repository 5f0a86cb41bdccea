using FlipReg.Data.Sparse;
using FlipReg.Images;
using FlipReg.Runtime;
using static TorchSharp.torch;

namespace FlipReg.Data;

/// <summary>
/// Deals the rows of a table out to the steps of an epoch: a fresh permutation an epoch, drawn on the CPU and uploaded once, then gathered
/// on the device a block of steps at a time.
/// </summary>
internal sealed class EpochRows : IDisposable
{
    private readonly TrainingTable _table;
    private readonly Tensor? _features;
    private readonly PixelBatches? _images;
    private readonly ImageAugmenter? _augmenter;
    private readonly ImageAugmenter? _ofOthers;
    private readonly Tensor _labels;
    private readonly Tensor _scale;
    private readonly Tensor _hostOrder;
    private readonly ulong _seed;
    private readonly int _epochs;
    private readonly int _classes;
    private Tensor? _order;

    public EpochRows(TrainingTable table, int classes, TrainingOptions options, RowWeights weights, Device device, ulong seed)
    {
        (_table, _classes, _seed, _epochs, BatchSize) = (table, classes, seed, options.Epochs, Math.Min(options.BatchSize!.Value, table.Rows));
        using var scope = NewDisposeScope();
        // Sparse rows stay on the host: of a step, only what it needs goes to the device.
        _features = table.Sparse is null && table.Pixels is null ? table.Features.to(device).DetachFromDisposeScope() : null;
        _images = table.Pixels is null ? null : new PixelBatches(table.Pixels, table.Scaling!, device);
        if (table.Pixels is not null && options.Images?.Augmentation is { } augmentation)
        {
            _augmenter = new ImageAugmenter(augmentation, table.Pixels.Shape, Seeds.Stream(options.Seed!.Value, 1UL << 45));
            _ofOthers = new ImageAugmenter(augmentation with { Mixup = 0, CutMix = 0 }, table.Pixels.Shape, Seeds.Stream(options.Seed.Value, 1UL << 46));
        }

        _labels = table.Labels.to(device);
        var scale = weights.Values is { } values ? tensor(values) : ones([table.Rows], dtype: float32);
        _scale = scale.view(-1, 1).to(device);
        _labels.DetachFromDisposeScope();
        _scale.DetachFromDisposeScope();
        _hostOrder = empty([table.Rows], dtype: int64).DetachFromDisposeScope();
        Steps = (table.Rows + BatchSize - 1) / BatchSize;
    }

    /// <summary>Features of other rows than a block's own, in the caller's dispose scope; null where rows are sparse. Images are varied as a block's are, by draws of their own.</summary>
    /// <param name="hostIds">The rows.</param>
    /// <param name="ids">The same on the device.</param>
    /// <param name="rows">How many.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="firstStep">The first step of the block.</param>
    public unsafe Tensor? FeaturesOf(long* hostIds, Tensor ids, int rows, int epoch, int firstStep)
    {
        if (_images is null)
            return _features?.index_select(0, ids);
        var bytes = _images.Bytes(hostIds, ids, rows);
        if (_ofOthers is null)
            return _images.Normalize(bytes);
        var draws = _ofOthers.Draw(epoch, firstStep, rows, BatchSize);
        return _ofOthers.BlankAndMix(_images.Normalize(_ofOthers.Vary(bytes, draws)), draws);
    }

    /// <summary>The rows where they are sparse, else null.</summary>
    public SparseRows? Sparse => _table.Sparse;

    /// <summary>Where steps are made.</summary>
    public Device Device => _labels.device;

    /// <summary>The epoch's order of rows, in host memory.</summary>
    public unsafe ReadOnlySpan<long> Order => new(HostReads.Address<long>(_hostOrder), _table.Rows);

    /// <summary>Rows of a step; the last one of an epoch may have fewer.</summary>
    public int BatchSize { get; }

    /// <summary>Rows of the table.</summary>
    public int Rows => _table.Rows;

    /// <summary>Steps in an epoch.</summary>
    public int Steps { get; }

    /// <summary>Draws the order of an epoch: it follows from the seed and the epoch's number alone.</summary>
    public unsafe void Shuffle(int epoch)
    {
        using var scope = NewDisposeScope();
        var order = new Span<long>(HostReads.Address<long>(_hostOrder), _table.Rows);
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        Seeds.Random(_seed, (ulong)epoch).Shuffle(order);
        _order?.Dispose();
        _order = _hostOrder.to(_labels.device).DetachFromDisposeScope();
    }

    /// <summary>The largest magnitude among the features. Waits for the device.</summary>
    public float LargestFeature()
    {
        if (_table.Sparse is { } sparse)
            return sparse.LargestMagnitude();
        if (_table.Scaling is { } scaling)
            return scaling.Largest;
        using var scope = NewDisposeScope();
        return _features!.abs().max().ToHost<float>()[0];
    }

    /// <summary>The rows of <paramref name="steps"/> steps (or as many as are left) from <paramref name="firstStep"/> on, in the caller's dispose scope.</summary>
    public unsafe Batch Block(int firstStep, int steps, int epoch)
    {
        var first = (long)firstStep * BatchSize;
        var rows = (int)Math.Min((long)steps * BatchSize, _table.Rows - first);
        var ids = _order!.narrow(0, first, rows);
        var scale = _scale.index_select(0, ids);
        var lastRows = rows % BatchSize;
        scale.narrow(0, 0, rows - lastRows).div_(Keep(BatchSize));
        if (lastRows > 0)
            scale.narrow(0, rows - lastRows, lastRows).div_(Keep(lastRows));
        var labels = _labels.index_select(0, ids);
        var (features, mix) = _images is null ? (_features?.index_select(0, ids), null) : Images(first, ids, labels, rows, epoch, firstStep);
        return new Batch(features, labels, ids, scale)
        {
            HostRowIds = _hostOrder.narrow(0, first, rows),
            Sparse = _table.Sparse is { } sparse ? new SparseBatch(sparse, HostReads.Address<long>(_hostOrder) + first, rows) : null,
            Steps = (rows + BatchSize - 1) / BatchSize,
            StepRows = Math.Min(BatchSize, rows),
            Mix = mix,
            Classes = _classes,
            Epoch = epoch,
            Epochs = _epochs,
        };
    }

    /// <summary>The steps of a block, in order.</summary>
    public IEnumerable<Batch> StepsOf(Batch block)
    {
        for (var offset = 0; offset < block.Rows; offset += BatchSize)
            yield return new Batch(block, offset, Math.Min(BatchSize, block.Rows - offset));
    }

    public void Dispose()
    {
        _features?.Dispose();
        _images?.Dispose();
        _labels.Dispose();
        _scale.Dispose();
        _order?.Dispose();
        _hostOrder.Dispose();
    }

    /// <summary>The images of a block, varied and normalized, and their second labels where they are mixed.</summary>
    private unsafe (Tensor Features, LabelMix? Mix) Images(long first, Tensor ids, Tensor labels, int rows, int epoch, int firstStep)
    {
        var bytes = _images!.Bytes(HostReads.Address<long>(_hostOrder) + first, ids, rows);
        if (_augmenter is null)
            return (_images.Normalize(bytes), null);
        var draws = _augmenter.Draw(epoch, firstStep, rows, BatchSize);
        return (_augmenter.BlankAndMix(_images.Normalize(_augmenter.Vary(bytes, draws)), draws), _augmenter.Labels(labels, draws));
    }
}
