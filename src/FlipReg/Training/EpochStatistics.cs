using FlipReg.Data;
using FlipReg.Regularizers;
using FlipReg.Runtime;
using static TorchSharp.torch;

namespace FlipReg.Training;

/// <summary>Sums of one epoch, kept on the device and read once at its end.</summary>
internal sealed class EpochStatistics : IDisposable
{
    /// <summary>Stands for "no bad step": larger than any step number.</summary>
    private const double NoStep = double.MaxValue;

    /// <summary>Logits of two rows that differ by no more are the same to rounding: absolute below 1, else relative to the largest logit.</summary>
    private const double SameLogit = 1e-5;

    // Where the sums stand in the one tensor that is read.
    private const int MethodLoss = 0;
    private const int CrossEntropy = 1;
    private const int Right = 2;
    private const int BadStep = 3;
    private const int Spread = 4;
    private const int Magnitude = 5;
    private const int GradientNorm = 6;

    private readonly Tensor _values;
    private readonly int _batchSize;
    private readonly Counter _gradients = new("gradients");

    public EpochStatistics(int batchSize, Device device)
    {
        _batchSize = batchSize;
        using var scope = NewDisposeScope();
        _values = zeros([GradientNorm + 1], dtype: float64, device: device).DetachFromDisposeScope();
        At(BadStep).fill_(Keep(NoStep));
    }

    /// <summary>The sums so far, as a state tensor.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> State => [("sums", _values)];

    /// <summary>Gradients whose norms were added in this epoch.</summary>
    public Counter Gradients => _gradients;

    /// <summary>Adds the norm of a step's gradient, a scalar tensor.</summary>
    public void AddGradientNorm(Tensor norm)
    {
        At(GradientNorm).Plus_(norm);
        _gradients.Value++;
    }

    /// <summary>
    /// Adds a block: its method's loss, summed over its steps, and the outputs of its steps. A row of logits whose sum is not finite marks its
    /// step as bad.
    /// </summary>
    public void Add(Batch block, Outputs outputs, Tensor loss, int firstStep)
    {
        At(MethodLoss).Plus_(loss);
        At(Right).Plus_(outputs.Right(block.Labels).sum());
        At(CrossEntropy).Plus_(SoftTargets.CrossEntropy(outputs.LogProbabilities, block.Labels).mul(block.Scale).sum());
        var step = arange(Keep(0), Keep(block.Rows), Keep(1), dtype: float64, device: outputs.Logits.device).div_(Keep(_batchSize)).floor_().Plus_(firstStep);
        KeepFirstBad(where(outputs.Logits.sum([1]).isfinite(), full_like(step, Keep(NoStep)), step).min());
        AddSpread(outputs.Logits);
    }

    /// <summary>Marks the epoch's last step as bad where it left a parameter or a buffer (running statistics) that is not finite.</summary>
    public void CheckState(IEnumerable<Tensor> state, int lastStep)
    {
        // The extremes tell of any value that is not finite, without a mask as large as the weights.
        var finite = cat([.. state.Select(s => stack([s.amin(), s.amax()]))]).isfinite().all();
        KeepFirstBad(where(finite, full([], Keep(NoStep), dtype: float64, device: finite.device), full([], Keep(lastStep), dtype: float64, device: finite.device)));
    }

    /// <summary>Reads the epoch's sums, and with them a method's figures, which waits for the device, and clears the sums for the next epoch.</summary>
    public EpochSums Read(Tensor? figures = null)
    {
        var values = (figures is null ? _values : cat([_values, figures])).ToHost<double>();
        _values.zero_();
        At(BadStep).fill_(Keep(NoStep));
        var gradientNorm = values[GradientNorm] / _gradients.Value;
        _gradients.Value = 0;
        return new EpochSums(values[MethodLoss], values[CrossEntropy], values[Right], values[BadStep] == NoStep ? null : (int)values[BadStep] + 1,
            _batchSize > 1 && values[Spread] <= SameLogit * Math.Max(1, values[Magnitude]), gradientNorm, values[(GradientNorm + 1)..]);
    }

    /// <summary>What to tell the user of such an epoch, once a fit.</summary>
    public static string RowsLookAlikeWarning(EpochReport report) => FormattableString.Invariant(
        $"In epoch {report.Epoch} all rows got the same scores: the network does not tell them apart. Normalize the features, lower LearningRate (now {report.LearningRate:G4}), raise BatchSize, use less extreme weights, or normalize inside the network: NetworkSpec.Mlp(batchNorm: true).");

    public void Dispose() => _values.Dispose();

    /// <summary>Rows are compared within full steps, as from step to step the network itself changes; an epoch has at least one.</summary>
    private void AddSpread(Tensor logits)
    {
        var steps = logits.shape[0] / _batchSize;
        if (steps == 0)
            return;
        var rows = logits.narrow(0, 0, steps * _batchSize).view(steps, _batchSize, -1);
        var (high, low) = (rows.amax([1]), rows.amin([1]));
        KeepLargest(Spread, high.sub(low).max());
        KeepLargest(Magnitude, high.abs().maximum(low.abs()).max());
    }

    private void KeepLargest(int index, Tensor value) => At(index).copy_(At(index).maximum(value));

    private void KeepFirstBad(Tensor step) => At(BadStep).copy_(At(BadStep).minimum(step));

    private Tensor At(int index) => _values.narrow(0, index, 1);
}

/// <summary>The sums of an epoch.</summary>
/// <param name="MethodLoss">The method's loss, summed over the steps.</param>
/// <param name="CrossEntropy">Cross-entropy, summed over the steps, each the weighted mean of its rows.</param>
/// <param name="Right">Rows classified as labelled.</param>
/// <param name="BadStep">The first step (from 1) whose outputs, or after which the network's tensors, were not finite; null where there was none.</param>
/// <param name="RowsLookAlike">Whether in every step all rows had the same logits, to rounding.</param>
/// <param name="GradientNorm">Mean L2 norm of the gradients that were looked at; NaN where none was.</param>
/// <param name="Figures">The method's figures that were read with them.</param>
internal readonly record struct EpochSums(double MethodLoss, double CrossEntropy, double Right, int? BadStep, bool RowsLookAlike, double GradientNorm, double[] Figures);
