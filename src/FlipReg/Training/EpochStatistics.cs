using FlipReg.Data;
using FlipReg.Regularizers;
using static TorchSharp.torch;

namespace FlipReg.Training;

/// <summary>Sums of one epoch, kept on the device and read once at its end.</summary>
internal sealed class EpochStatistics : IDisposable
{
    /// <summary>Stands for "no bad step": larger than any step number.</summary>
    private const double NoStep = double.MaxValue;

    private readonly Tensor _values;
    private readonly int _batchSize;

    public EpochStatistics(int batchSize, Device device)
    {
        _batchSize = batchSize;
        using var scope = NewDisposeScope();
        _values = zeros([3], dtype: float64, device: device).DetachFromDisposeScope();
        _values.narrow(0, 2, 1).fill_(NoStep);
    }

    /// <summary>Adds a block: its loss, summed over its steps, and the outputs of its steps. A row of logits whose sum is not finite marks its step as bad.</summary>
    public void Add(Batch block, Outputs outputs, Tensor loss, int firstStep)
    {
        _values.narrow(0, 0, 1).add_(loss);
        _values.narrow(0, 1, 1).add_(outputs.Right(block.Labels).sum());
        var step = arange(block.Rows, dtype: float64, device: outputs.Logits.device).div_(_batchSize).floor_().add_(firstStep);
        KeepFirstBad(where(outputs.Logits.sum([1]).isfinite(), full_like(step, NoStep), step).min());
    }

    /// <summary>Marks the epoch's last step as bad where it left a parameter that is not finite.</summary>
    public void CheckParameters(Tensor parameters, int lastStep)
    {
        var finite = parameters.isfinite().all();
        KeepFirstBad(where(finite, full([], NoStep, dtype: float64, device: parameters.device), full([], lastStep, dtype: float64, device: parameters.device)));
    }

    /// <summary>Loss sum, rows right and first bad step, on the device: three float64 values, cleared for the next epoch.</summary>
    public Tensor Take()
    {
        var taken = _values.clone();
        _values.narrow(0, 0, 2).zero_();
        _values.narrow(0, 2, 1).fill_(NoStep);
        return taken;
    }

    /// <summary>The step a value of <see cref="Take"/> names (from 1), or null where all were good.</summary>
    public static int? BadStep(double value) => value == NoStep ? null : (int)value + 1;

    public void Dispose() => _values.Dispose();

    private void KeepFirstBad(Tensor step) => _values.narrow(0, 2, 1).copy_(_values.narrow(0, 2, 1).minimum(step));
}
