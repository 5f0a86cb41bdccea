using FlipReg.Data;
using FlipReg.Networks;
using FlipReg.Regularizers;
using static TorchSharp.torch;

namespace FlipReg.Metrics;

/// <summary>Scores the validation rows after each epoch; its results stay on the device until the caller reads them.</summary>
internal sealed class ValidationPass : IDisposable
{
    private const int BatchRows = 4096;

    private readonly Tensor _features;
    private readonly Tensor _labels;
    private readonly FlipTracker _flips;

    public ValidationPass(TrainingTable table, Device device)
    {
        using var scope = NewDisposeScope();
        Rows = table.Rows;
        _features = table.Features.to(device).DetachFromDisposeScope();
        _labels = table.Labels.to(device).DetachFromDisposeScope();
        _flips = new FlipTracker(table.Rows, device);
    }

    public int Rows { get; }

    /// <summary>Sum of cross-entropies, wrong rows and flips: three float64 values. The network must be in evaluation mode.</summary>
    public Tensor Run(Network network)
    {
        var logits = new List<Tensor>();
        for (long first = 0; first < Rows; first += BatchRows)
            logits.Add(network.forward(_features.narrow(0, first, Math.Min(BatchRows, Rows - first))));
        var all = new Outputs(cat(logits, 0));
        var loss = SoftTargets.CrossEntropy(all.LogProbabilities, _labels).to(float64).sum();
        var right = all.Right(_labels);
        return stack([loss, right.logical_not().sum().to(float64), _flips.Update(right).to(float64)]);
    }

    /// <summary>The report for the three values of <see cref="Run"/>.</summary>
    public ValidationReport Report(ReadOnlySpan<double> values)
    {
        var (wrong, flips) = ((int)values[1], (int)values[2]);
        return new ValidationReport(values[0] / Rows, 1 - ((double)wrong / Rows), flips, wrong, Rows);
    }

    public void Dispose()
    {
        _features.Dispose();
        _labels.Dispose();
        _flips.Dispose();
    }
}
