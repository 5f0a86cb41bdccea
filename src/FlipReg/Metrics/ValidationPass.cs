using FlipReg.Data;
using FlipReg.Data.Sparse;
using FlipReg.Images;
using FlipReg.Networks;
using FlipReg.Regularizers;
using static TorchSharp.torch;

namespace FlipReg.Metrics;

/// <summary>Scores the validation rows after each epoch.</summary>
internal sealed class ValidationPass : IDisposable
{
    private const int BatchRows = 4096;

    /// <summary>Values that the network's layers give for a batch at most: 256 MiB, where all of them were kept.</summary>
    private const long LayerValues = 1L << 26;

    private readonly TrainingTable _table;
    private readonly Tensor? _features;
    private readonly PixelBatches? _images;
    private readonly Tensor _labels;
    private readonly FlipTracker _flips;

    public ValidationPass(TrainingTable table, Device device)
    {
        using var scope = NewDisposeScope();
        (Rows, _table) = (table.Rows, table);
        _features = table.Sparse is null && table.Pixels is null ? table.Features.to(device).DetachFromDisposeScope() : null;
        _images = table.Pixels is null ? null : new PixelBatches(table.Pixels, table.Scaling!, device);
        _labels = table.Labels.to(device).DetachFromDisposeScope();
        _flips = new FlipTracker(table.Rows, device);
        Columns = table.Sparse?.UsedColumns() ?? [];
    }

    public int Rows { get; }

    /// <summary>The columns in which sparse rows have values, each once: the inputs whose weights are used.</summary>
    public int[] Columns { get; }

    /// <summary>Follows the flips; the pass's only state.</summary>
    public FlipTracker Flips => _flips;

    /// <summary>Class indices, rows.</summary>
    public Tensor Labels => _labels;

    /// <summary>Logits of all rows, by a network in evaluation mode. <paramref name="beforeBatch"/> may throw, to cancel.</summary>
    public Tensor Logits(Network network, Action beforeBatch)
    {
        var logits = new List<Tensor>();
        var together = Math.Clamp(LayerValues / network.Spec.RowValues(), 1, BatchRows);
        for (long first = 0; first < Rows; first += together)
        {
            beforeBatch();
            var rows = Math.Min(together, Rows - first);
            using var scope = NewDisposeScope();
            var ofBatch = _table.Sparse is { } sparse ? network.Forward(new SparseBatch(sparse, first, (int)rows))
                : network.forward(_images?.Normalized(first, (int)rows) ?? _features!.narrow(0, first, rows));
            logits.Add(ofBatch.MoveToOuterDisposeScope());
        }

        return cat(logits, 0);
    }

    /// <summary>Scores all rows with a network in evaluation mode. <paramref name="beforeBatch"/> may throw, to cancel.</summary>
    public ValidationReport Run(Network network, Action beforeBatch)
    {
        var outputs = new Outputs(Logits(network, beforeBatch));
        var right = outputs.Right(_labels);
        var loss = SoftTargets.CrossEntropy(outputs.LogProbabilities, _labels).to(float64).sum();
        var values = stack([loss, right.logical_not().sum().to(float64), _flips.Update(right).to(float64)]).ToHost<double>();
        var (wrong, flips) = ((int)values[1], (int)values[2]);
        return new ValidationReport(values[0] / Rows, 1 - ((double)wrong / Rows), flips, wrong, Rows);
    }

    public void Dispose()
    {
        _features?.Dispose();
        _images?.Dispose();
        _labels.Dispose();
        _flips.Dispose();
    }
}
