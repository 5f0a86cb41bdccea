using FlipReg.Networks;
using static TorchSharp.torch;

namespace FlipReg.Regularizers;

/// <summary>
/// A network's logits for a batch (n×K), and what methods derive from them, only where asked for. Differentiable where the logits are.
/// </summary>
internal sealed class Outputs(Tensor logits)
{
    private Tensor? _probabilities;
    private Tensor? _logProbabilities;
    private Tensor? _right;

    /// <summary>Logits z, n×K.</summary>
    public Tensor Logits => logits;

    /// <summary>softmax(z), n×K; computed once.</summary>
    public Tensor Probabilities => _probabilities ??= Softmax.Of(logits);

    /// <summary>log softmax(z), n×K; computed once.</summary>
    public Tensor LogProbabilities => _logProbabilities ??= Softmax.Log(logits);

    /// <summary>softmax(z/T), n×K.</summary>
    public Tensor ProbabilitiesAt(double temperature) => Softmax.Of(logits.mul(Keep(1 / temperature)));

    /// <summary>log softmax(z/T), n×K.</summary>
    public Tensor LogProbabilitiesAt(double temperature) => Softmax.Log(logits.mul(Keep(1 / temperature)));

    /// <summary>The outputs of a block from the logits of its steps, which lie by columns.</summary>
    public static Outputs Join(IReadOnlyList<Tensor> steps) => new(steps.Count == 1 ? steps[0] : cat([.. steps.Select(s => s.t())], 1).t());

    /// <summary>True where a row's largest logit (the first of equal ones) is its label's, n booleans; <paramref name="labels"/> are those of the batch.</summary>
    public Tensor Right(Tensor labels) => _right ??= logits.max(1).indexes.eq(labels);
}
