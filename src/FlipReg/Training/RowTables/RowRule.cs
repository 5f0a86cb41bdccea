using static TorchSharp.torch;

namespace FlipReg.Training.RowTables;

/// <summary>An optimizer as a <see cref="RowTable"/> needs it: a step of some rows, and many steps of a row whose gradient is 0 at once.</summary>
internal abstract unsafe class RowRule
{
    /// <summary>Names of the state tensors, at most two.</summary>
    public abstract IReadOnlyList<string> StateNames { get; }

    /// <summary>Adds a step to the history.</summary>
    /// <param name="step">The step's number, from 1.</param>
    /// <param name="rates">Learning rate and share in the average.</param>
    public abstract void Add(long step, StepRates rates);

    /// <summary>Forgets the history.</summary>
    public abstract void Clear();

    /// <summary>Steps in the history.</summary>
    public abstract int Now { get; }

    /// <summary>Brings a row up to date.</summary>
    /// <param name="row">The row, as it was after step <paramref name="then"/> of the history.</param>
    /// <param name="width">Its values.</param>
    /// <param name="then">Steps of the history that it has.</param>
    public abstract void CatchUp(HostRow row, int width, int then);

    /// <summary>Takes a step of a row that is up to date.</summary>
    /// <param name="row">The row.</param>
    /// <param name="gradient">Its gradient.</param>
    /// <param name="width">Its values.</param>
    /// <param name="step">The step's number, from 1.</param>
    /// <param name="rates">Learning rate and share in the average.</param>
    public abstract void Step(HostRow row, float* gradient, int width, long step, StepRates rates);

    /// <summary>As <see cref="CatchUp(HostRow, int, int)"/>, of rows that were gathered on any device.</summary>
    public abstract void CatchUp(DeviceRows rows, ReadOnlySpan<int> then);

    /// <summary>As <see cref="Step(HostRow, float*, int, long, StepRates)"/>, of rows that were gathered on any device.</summary>
    public abstract void Step(DeviceRows rows, Tensor gradient, long step, StepRates rates);

    /// <summary>A factor as Single; of one that has vanished, 0: products with it would be denormal numbers, which are slow.</summary>
    protected static float Factor(double value) => Math.Abs(value) < 1e-30 ? 0 : (float)value;

    /// <summary>One factor a row, as a column on a device.</summary>
    protected static Tensor Column(Device device, int count, Func<int, double> factor)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
            values[i] = Factor(factor(i));
        return tensor(values).view(-1, 1).to(device);
    }
}

/// <summary>What may differ from step to step.</summary>
/// <param name="LearningRate">The learning rate.</param>
/// <param name="Share">Share of the step's result in the average over the steps; 0 where there is none.</param>
internal readonly record struct StepRates(double LearningRate, double Share);

/// <summary>Where a row's values, its state (where there is one) and its average (where there is one) lie in host memory.</summary>
internal readonly unsafe struct HostRow(float* value, float* first, float* second, float* average)
{
    public readonly float* Value = value;

    public readonly float* First = first;

    public readonly float* Second = second;

    public readonly float* Average = average;
}

/// <summary>Rows gathered from a table: values, state and average, each rows × width. They are changed in place.</summary>
internal sealed record DeviceRows(Tensor Value, Tensor? First, Tensor? Second, Tensor? Average);
