using FlipReg.Data;
using FlipReg.Runtime;
using FlipReg.Training;
using static TorchSharp.torch;

namespace FlipReg.Networks;

/// <summary>Class probabilities of rows in host memory, by a network on any device. Safe to call from several threads at once.</summary>
internal static class Scorer
{
    /// <param name="network">A network in evaluation mode.</param>
    /// <param name="rows">Features, at least count × d.</param>
    /// <param name="count">Rows; at least 1.</param>
    /// <param name="probabilities">Receives softmax(logits), count × K.</param>
    /// <exception cref="InsufficientMemoryException">There is no room for the layers' outputs.</exception>
    public static void Probabilities(Network network, RowMemory rows, int count, float[] probabilities)
    {
        try
        {
            if (network.FlatParameters.device.type != TorchSharp.DeviceType.CPU)
            {
                Forward(network, rows, count, probabilities);
                return;
            }

            // The count follows from the batch alone, so that a batch's scores do not depend on what else runs.
            var threads = ThreadRule.ScoringThreads(network.MultiplyAdds, count, Environment.ProcessorCount);
            if (threads > 1)
            {
                ComputeThreads.Run(threads, () =>
                {
                    Forward(network, rows, count, probabilities);
                    return true;
                });
            }
            else
            {
                using var single = SingleThread.Enter();
                Forward(network, rows, count, probabilities);
            }
        }
        catch (Exception e) when (NativeMemoryErrors.IsOne(e))
        {
            throw NativeMemoryErrors.Explain(e, FormattableString.Invariant($"the scores of {count:N0} rows by a network of {network.FlatParameters.numel():N0} parameters"));
        }
    }

    private static void Forward(Network network, RowMemory rows, int count, float[] probabilities)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var features = count == rows.Rows ? rows.Tensor : rows.Tensor.narrow(0, 0, count);
        // One upload and one read a batch; on the CPU the rows are used where they are.
        var result = Softmax.Of(network.forward(features.to(network.FlatParameters.device))).contiguous();
        result.CopyToHost(probabilities.AsSpan(0, count * network.Classes));
    }
}
