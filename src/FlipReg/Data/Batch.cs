using static TorchSharp.torch;

namespace FlipReg.Data;

/// <summary>
/// Rows of a training step, or of a block of consecutive steps of one epoch. No row occurs twice in an epoch, so what a regularizer
/// reads and writes per row may be gathered and written a block at a time.
/// </summary>
internal sealed class Batch
{
    /// <summary>Features, rows × d.</summary>
    public required Tensor Features { get; init; }

    /// <summary>Class indices, rows.</summary>
    public required Tensor Labels { get; init; }

    /// <summary>Positions of the rows in the training table, rows.</summary>
    public required Tensor RowIds { get; init; }

    /// <summary>Share of each row in the loss of its own step, rows × 1: example weight (1 by default) / rows of the step.</summary>
    public required Tensor Scale { get; init; }

    /// <summary>Number of rows.</summary>
    public required int Rows { get; init; }

    /// <summary>Number of classes, K.</summary>
    public required int Classes { get; init; }

    /// <summary>Optimizer steps that the rows make up.</summary>
    public int Steps { get; init; } = 1;

    /// <summary>Position of the first row in its block; 0 for a block.</summary>
    public int Offset { get; init; }

    /// <summary>The epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Epochs in all.</summary>
    public required int Epochs { get; init; }

    /// <summary>This batch's rows of a tensor that holds one row for each row of the block.</summary>
    public Tensor Of(Tensor block) => block.shape[0] == Rows ? block : block.narrow(0, Offset, Rows);
}
