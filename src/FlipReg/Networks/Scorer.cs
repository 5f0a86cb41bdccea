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
    /// <param name="rows">The rows.</param>
    /// <param name="probabilities">Receives softmax(logits), rows × K.</param>
    /// <exception cref="InsufficientMemoryException">There is no room for the layers' outputs.</exception>
    public static void Probabilities(Network network, RowsToScore rows, float[] probabilities) =>
        Score(network, rows, Softmax.Of, probabilities);

    /// <summary>By how much the second of two classes is ahead of the first: its logit minus the other's.</summary>
    /// <param name="network">A network of two classes in evaluation mode.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="margins">Receives the differences, one a row.</param>
    /// <inheritdoc cref="Probabilities" path="/exception"/>
    public static void Margins(Network network, RowsToScore rows, float[] margins) =>
        Score(network, rows, logits => logits.select(1, 1) - logits.select(1, 0), margins);

    private static void Score(Network network, RowsToScore rows, Func<Tensor, Tensor> ofLogits, float[] scores)
    {
        try
        {
            if (network.FlatParameters.device.type != TorchSharp.DeviceType.CPU)
            {
                Forward(network, rows, ofLogits, scores);
                return;
            }

            // The count follows from the batch alone, so that a batch's scores do not depend on what else runs.
            var threads = ThreadRule.ScoringThreads(rows.MultiplyAdds(network), rows.Count, Environment.ProcessorCount);
            if (threads > 1)
            {
                ComputeThreads.Run(threads, () =>
                {
                    Forward(network, rows, ofLogits, scores);
                    return true;
                });
            }
            else
            {
                using var single = SingleThread.Enter();
                Forward(network, rows, ofLogits, scores);
            }
        }
        catch (Exception e) when (NativeMemoryErrors.IsOne(e))
        {
            throw NativeMemoryErrors.Explain(e, FormattableString.Invariant($"the scores of {rows.Count:N0} rows by a network of {network.FlatParameters.numel():N0} parameters"));
        }
    }

    private static void Forward(Network network, RowsToScore rows, Func<Tensor, Tensor> ofLogits, float[] scores)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        // One upload and one read a batch; on the CPU the rows are used where they are.
        var result = ofLogits(rows.Logits(network)).contiguous();
        result.CopyToHost(scores.AsSpan(0, (int)result.numel()));
    }
}
