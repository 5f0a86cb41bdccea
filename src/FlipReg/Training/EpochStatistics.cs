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
        _values = zeros([4], dtype: float64, device: device).DetachFromDisposeScope();
        _values.narrow(0, 2, 1).fill_(Keep(NoStep));
    }

    /// <summary>
    /// Adds a block: its method's loss, summed over its steps, and the outputs of its steps. A row of logits whose sum is not finite marks its
    /// step as bad.
    /// </summary>
    public void Add(Batch block, Outputs outputs, Tensor loss, int firstStep)
    {
        _values.narrow(0, 0, 1).Plus_(loss);
        _values.narrow(0, 1, 1).Plus_(outputs.Right(block.Labels).sum());
        _values.narrow(0, 3, 1).Plus_(SoftTargets.CrossEntropy(outputs.LogProbabilities, block.Labels).mul(block.Scale).sum());
        var step = arange(Keep(0), Keep(block.Rows), Keep(1), dtype: float64, device: outputs.Logits.device).div_(Keep(_batchSize)).floor_().Plus_(firstStep);
        KeepFirstBad(where(outputs.Logits.sum([1]).isfinite(), full_like(step, Keep(NoStep)), step).min());
    }

    /// <summary>Marks the epoch's last step as bad where it left a parameter or a buffer (running statistics) that is not finite.</summary>
    public void CheckState(IReadOnlyList<(string Name, Tensor Value)> state, int lastStep)
    {
        var finite = stack(state.Select(s => s.Value.isfinite().all())).all();
        KeepFirstBad(where(finite, full([], Keep(NoStep), dtype: float64, device: finite.device), full([], Keep(lastStep), dtype: float64, device: finite.device)));
    }

    /// <summary>Loss sum, rows right, first bad step and cross-entropy sum, on the device: four float64 values, cleared for the next epoch.</summary>
    public Tensor Take()
    {
        var taken = _values.clone();
        _values.zero_();
        _values.narrow(0, 2, 1).fill_(Keep(NoStep));
        return taken;
    }

    /// <summary>The step a value of <see cref="Take"/> names (from 1), or null where all were good.</summary>
    public static int? BadStep(double value) => value == NoStep ? null : (int)value + 1;

    public void Dispose() => _values.Dispose();

    private void KeepFirstBad(Tensor step) => _values.narrow(0, 2, 1).copy_(_values.narrow(0, 2, 1).minimum(step));
}
