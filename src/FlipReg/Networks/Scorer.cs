using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Networks;

/// <summary>Class probabilities of rows in managed memory, by a network on the CPU. Safe to call from several threads at once.</summary>
internal static class Scorer
{
    /// <param name="network">A network in evaluation mode on the CPU.</param>
    /// <param name="rows">Features, count × d, row-major.</param>
    /// <param name="count">Rows; at least 1.</param>
    /// <param name="probabilities">Receives softmax(logits), count × K.</param>
    public static void Probabilities(Network network, Memory<float> rows, int count, Span<float> probabilities)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var features = tensor(rows[..(count * network.Width)], [count, network.Width]);
        var result = nn.functional.softmax(network.forward(features), 1);
        result.CopyToHost(probabilities[..(count * network.Classes)]);
    }
}
