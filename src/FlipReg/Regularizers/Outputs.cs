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

    /// <summary>Logits z, n×K.</summary>
    public Tensor Logits => logits;

    /// <summary>log softmax(z), n×K.</summary>
    public Tensor LogProbabilities => _logProbabilities ??= nn.functional.log_softmax(logits, 1);

    /// <summary>softmax(z), n×K.</summary>
    public Tensor Probabilities => _probabilities ??= LogProbabilities.exp();

    /// <summary>log softmax(z/T), n×K; the latest temperature's is kept.</summary>
    public Tensor LogProbabilitiesAt(double temperature)
    {
        if (_softened is not { } kept || kept.Temperature != temperature)
            _softened = kept = (temperature, nn.functional.log_softmax(logits.mul(1 / temperature), 1));
        return kept.LogProbabilities;
    }

    /// <summary>True where a row's largest logit is its label's, n booleans.</summary>
    public Tensor Right(Tensor labels) => logits.argmax(1).eq(labels);
}
