using static TorchSharp.torch;

namespace FlipReg.Regularizers.MaxEntropy;

/// <summary>The entropy of predictions, as a term of a loss. n rows, K classes.</summary>
internal static class EntropyMath
{
    /// <summary>H = −Σ p·log p, n×1.</summary>
    public static Tensor Entropy(Outputs outputs) => outputs.Probabilities.mul(outputs.LogProbabilities).sum([1], keepdim: true).neg();

    /// <summary>Adds weight · scale · dH/dz to a gradient, n×K, in place: dH/dz = −p⊙(log p + H). Scale n×1.</summary>
    public static Tensor AddGradient(Tensor gradient, Outputs outputs, Tensor scale, double weight)
    {
        var product = outputs.LogProbabilities.mul(outputs.Probabilities);
        return gradient.addcmul_(outputs.Probabilities, product.sum([1], keepdim: true).mul_(scale), Keep(weight)).addcmul_(product, scale, Keep(-weight));
    }
}
