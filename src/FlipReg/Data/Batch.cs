using System.Diagnostics.CodeAnalysis;
using FlipReg.Data.Sparse;
using FlipReg.Images;
using static TorchSharp.torch;

namespace FlipReg.Data;

/// <summary>
/// Rows of a training step, or of a block of consecutive steps of one epoch. No row occurs twice in an epoch, so what a regularizer
/// reads and writes per row may be gathered and written a block at a time.
/// </summary>
internal sealed class Batch
{
    private readonly Batch? _block;
    private readonly int _offset;
    private readonly Tensor? _features;
    private Tensor? _labels;
    private Tensor? _rowIds;
    private Tensor? _hostRowIds;

    /// <summary>A batch of its own: a block, or a single step.</summary>
    /// <param name="features">Rows × d; null where they are <see cref="Sparse"/>.</param>
    /// <param name="labels">Class indices, rows.</param>
    /// <param name="rowIds">Positions of the rows in the training table, rows.</param>
    /// <param name="scale">Share of each row in the loss of its own step, rows × 1.</param>
    public Batch(Tensor? features, Tensor labels, Tensor rowIds, Tensor scale)
    {
        (_features, _labels, _rowIds, Scale) = (features, labels, rowIds, scale);
        Rows = StepRows = (int)labels.shape[0];
    }

    /// <summary>A step of a block. Its tensors are views, those that a step seldom needs made on demand.</summary>
    [SetsRequiredMembers]
    public Batch(Batch block, int offset, int rows)
    {
        (_block, _offset, Rows) = (block, offset, rows);
        (Classes, Epoch, Epochs, StepRows) = (block.Classes, block.Epoch, block.Epochs, rows);
        _features = block._features is null ? null : Of(block._features);
        Sparse = block.Sparse?.Of(offset, rows);
        Mix = block.Mix?.Narrow(offset, rows);
        Scale = Of(block.Scale);
    }

    /// <summary>Features, rows × d, where they are not <see cref="Sparse"/>.</summary>
    public Tensor Features => _features ?? throw new InvalidOperationException("The batch's rows are sparse.");

    /// <summary>Features of sparse rows, else null.</summary>
    public SparseBatch? Sparse { get; init; }

    /// <summary>Second labels of rows whose images are mixed, else null.</summary>
    public LabelMix? Mix { get; init; }

    /// <summary>Class indices, rows.</summary>
    public Tensor Labels => _labels ??= Of(_block!.Labels);

    /// <summary>Positions of the rows in the training table, rows.</summary>
    public Tensor RowIds => _rowIds ??= Of(_block!.RowIds);

    /// <summary><see cref="RowIds"/> in host memory.</summary>
    public Tensor HostRowIds { get => _hostRowIds ??= _block is null ? HostReads.OnHost(RowIds) : Of(_block.HostRowIds); init => _hostRowIds = value; }

    /// <summary>Share of each row in the loss of its own step, rows × 1: example weight (1 by default) / rows of the step.</summary>
    public Tensor Scale { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Optimizer steps that the rows make up.</summary>
    public int Steps { get; init; } = 1;

    /// <summary>Rows of each step but the last, which may have fewer.</summary>
    public int StepRows { get; init; }

    /// <summary>Number of classes, K.</summary>
    public required int Classes { get; init; }

    /// <summary>The epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Epochs in all.</summary>
    public required int Epochs { get; init; }

    /// <summary>This batch's rows of a tensor that holds one row for each row of the block.</summary>
    public Tensor Of(Tensor block) => _block is null ? block : block.narrow(0, _offset, Rows);
}
