using FlipReg.Data;
using FlipReg.Runtime;
using FlipReg.Training;
using static TorchSharp.torch;

namespace FlipReg.Networks;

/// <summary>Scores of rows in host memory, by a network on any device. Safe to call from several threads at once.</summary>
internal static class Scorer
{
    /// <summary>Class probabilities.</summary>
    /// <param name="network">A network in evaluation mode.</param>
    /// <param name="rows">Features, at least count × d.</param>
    /// <param name="count">Rows; at least 1.</param>
    /// <param name="probabilities">Receives softmax(logits), count × K.</param>
    /// <exception cref="InsufficientMemoryException">There is no room for the layers' outputs.</exception>
    public static void Probabilities(Network network, RowMemory rows, int count, float[] probabilities) =>
        Score(network, rows, count, Softmax.Of, probabilities);

    /// <summary>By how much the second of two classes is ahead of the first: its logit minus the other's.</summary>
    /// <param name="network">A network of two classes in evaluation mode.</param>
    /// <param name="rows">Features, at least count × d.</param>
    /// <param name="count">Rows; at least 1.</param>
    /// <param name="margins">Receives the differences, count.</param>
    /// <inheritdoc cref="Probabilities" path="/exception"/>
    public static void Margins(Network network, RowMemory rows, int count, float[] margins) =>
        Score(network, rows, count, logits => logits.select(1, 1) - logits.select(1, 0), margins);

    private static void Score(Network network, RowMemory rows, int count, Func<Tensor, Tensor> ofLogits, float[] scores)
    {
        try
        {
            if (network.FlatParameters.device.type != TorchSharp.DeviceType.CPU)
            {
                Forward(network, rows, count, ofLogits, scores);
                return;
            }

            // The count follows from the batch alone, so that a batch's scores do not depend on what else runs.
            var threads = ThreadRule.ScoringThreads(network.MultiplyAdds, count, Environment.ProcessorCount);
            if (threads > 1)
            {
                ComputeThreads.Run(threads, () =>
                {
                    Forward(network, rows, count, ofLogits, scores);
                    return true;
                });
            }
            else
            {
                using var single = SingleThread.Enter();
                Forward(network, rows, count, ofLogits, scores);
            }
        }
        catch (Exception e) when (NativeMemoryErrors.IsOne(e))
        {
            throw NativeMemoryErrors.Explain(e, FormattableString.Invariant($"the scores of {count:N0} rows by a network of {network.FlatParameters.numel():N0} parameters"));
        }
    }

    private static void Forward(Network network, RowMemory rows, int count, Func<Tensor, Tensor> ofLogits, float[] scores)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var features = count == rows.Rows ? rows.Tensor : rows.Tensor.narrow(0, 0, count);
        // One upload and one read a batch; on the CPU the rows are used where they are.
        var result = ofLogits(network.forward(features.to(network.FlatParameters.device))).contiguous();
        result.CopyToHost(scores.AsSpan(0, (int)result.numel()));
    }
}
