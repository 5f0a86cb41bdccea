using FlipReg.Data;
using FlipReg.Networks;
using FlipReg.Runtime;
using FlipReg.Training;
using static TorchSharp.torch;

namespace FlipReg.Explaining;

/// <summary>Explains rows in host memory, by a network on any device. Safe to call from several threads at once.</summary>
/// <param name="slotsOfColumns">The slot of a raw row that each column of a row comes from; −1 for a column that comes from none.</param>
/// <param name="slots">Slots of a raw row.</param>
/// <param name="baseline">The row that all rows are compared with, as the network sees it.</param>
/// <param name="explainedClass">The class whose logit is explained; null for each row's predicted class.</param>
/// <param name="tolerance">How far contributions may be from the difference, relative to it.</param>
internal sealed class Explainer(int[] slotsOfColumns, int slots, float[] baseline, int? explainedClass, double tolerance)
{
    /// <summary>Slots of a raw row.</summary>
    public int Slots => slots;

    /// <summary>Explains rows.</summary>
    /// <param name="network">A network in evaluation mode.</param>
    /// <param name="rows">Rows as the network sees them, at least count × d.</param>
    /// <param name="count">Rows; at least 1.</param>
    /// <exception cref="InsufficientMemoryException">There is no room for the layers' outputs.</exception>
    public SlotExplanations Explain(Network network, RowMemory rows, int count)
    {
        try
        {
            int[] columns = [.. network.ColumnsOfContinuous().Select(column => slotsOfColumns[column])];
            if (network.FlatParameters.device.type != TorchSharp.DeviceType.CPU)
                return BySlot(Run(network, rows, count), columns);
            var points = Math.Min((long)count * IntegratedGradients.FirstSegments, IntegratedGradients.PointsAtOnce(network));
            var threads = ThreadRule.Threads(network.MultiplyAdds, (int)points, Environment.ProcessorCount);
            if (threads > 1)
                return BySlot(ComputeThreads.Run(threads, () => Run(network, rows, count)), columns);
            using var single = SingleThread.Enter();
            return BySlot(Run(network, rows, count), columns);
        }
        catch (Exception e) when (NativeMemoryErrors.IsOne(e))
        {
            throw NativeMemoryErrors.Explain(e, FormattableString.Invariant($"the explanations of {count:N0} rows by a network of {network.FlatParameters.numel():N0} parameters"));
        }
    }

    private RowExplanations Run(Network network, RowMemory rows, int count)
    {
        using var scope = NewDisposeScope();
        var device = network.FlatParameters.device;
        var features = count == rows.Rows ? rows.Tensor : rows.Tensor.narrow(0, 0, count);
        Tensor start, ends;
        using (no_grad())
            (start, ends) = (network.Continuous(tensor(baseline).to(device).unsqueeze(0)), network.Continuous(features.to(device)));
        return IntegratedGradients.Explain(network, ends, start, explainedClass, tolerance);
    }

    private SlotExplanations BySlot(RowExplanations rows, int[] columns)
    {
        var (count, width) = (rows.Classes.Length, columns.Length);
        var result = new SlotExplanations(new float[count * slots], rows.Classes, new float[count], new float[count]);
        var sums = new double[slots];
        for (var row = 0; row < count; row++)
        {
            Array.Clear(sums);
            for (var column = 0; column < width; column++)
            {
                if (columns[column] >= 0)
                    sums[columns[column]] += rows.Contributions[(row * width) + column];
            }

            var difference = (double)rows.Logits[row] - rows.BaselineLogits[row];
            var contributions = result.Contributions.AsSpan(row * slots, slots);
            double total = 0;
            for (var slot = 0; slot < slots; slot++)
            {
                contributions[slot] = double.IsFinite(difference) ? (float)sums[slot] : float.NaN;
                total += contributions[slot];
            }

            result.Differences[row] = double.IsFinite(difference) ? (float)difference : float.NaN;
            result.Errors[row] = total == difference ? 0 : (float)(Math.Abs(total - difference) / Math.Abs(difference));
        }

        return result;
    }
}

/// <summary>Explained rows, by the slots of the raw rows.</summary>
/// <param name="Contributions">Contributions, row by row, one per slot.</param>
/// <param name="Classes">The class whose logit is explained; −1 where a row has none.</param>
/// <param name="Differences">That class's logit at the row less that at the baseline.</param>
/// <param name="Errors">How far the contributions' sum is from the difference, relative to it.</param>
internal sealed record SlotExplanations(float[] Contributions, int[] Classes, float[] Differences, float[] Errors);
