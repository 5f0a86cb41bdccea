using FlipReg.Networks;
using static TorchSharp.torch;

namespace FlipReg.Regularizers;

/// <summary>
/// A network's logits for a batch (n×K), and what methods derive from them, each computed once and only where asked for. Differentiable where
/// the logits are.
/// </summary>
internal sealed class Outputs(Tensor logits)
{
    private Tensor? _logProbabilities;
    private Tensor? _probabilities;
    private (double Temperature, Tensor LogProbabilities)? _softened;
    private Tensor? _right;

    /// <summary>Logits z, n×K.</summary>
    public Tensor Logits => logits;

    /// <summary>log softmax(z), n×K.</summary>
    public Tensor LogProbabilities => _logProbabilities ??= Softmax.Log(logits);

    /// <summary>softmax(z), n×K.</summary>
    public Tensor Probabilities => _probabilities ??= LogProbabilities.exp();

    /// <summary>log softmax(z/T), n×K; the latest temperature's is kept.</summary>
    public Tensor LogProbabilitiesAt(double temperature)
    {
        if (_softened is not { } kept || kept.Temperature != temperature)
            _softened = kept = (temperature, Softmax.Log(logits.mul(Keep(1 / temperature))));
        return kept.LogProbabilities;
    }

    /// <summary>
    /// The outputs of consecutive steps as those of their block. What every step has derived already is joined, not computed again.
    /// </summary>
    public static Outputs Join(IReadOnlyList<Outputs> steps)
    {
        if (steps.Count == 1)
            return steps[0];
        var block = new Outputs(cat([.. steps.Select(s => s.Logits)], 0));
        if (steps.All(s => s._logProbabilities is not null))
            block._logProbabilities = cat([.. steps.Select(s => s._logProbabilities!)], 0);
        if (steps[0]._softened is { Temperature: var temperature } && steps.All(s => s._softened?.Temperature == temperature))
            block._softened = (temperature, cat([.. steps.Select(s => s._softened!.Value.LogProbabilities)], 0));
        return block;
    }

    /// <summary>These outputs in the outer dispose scope.</summary>
    public Outputs MoveToOuterDisposeScope()
    {
        logits.MoveToOuterDisposeScope();
        _logProbabilities?.MoveToOuterDisposeScope();
        _softened?.LogProbabilities.MoveToOuterDisposeScope();
        _probabilities = null;
        return this;
    }

    /// <summary>True where a row's largest logit is its label's, n booleans; <paramref name="labels"/> are those of the batch.</summary>
    public Tensor Right(Tensor labels) => _right ??= logits.argmax(1).eq(labels);
}
