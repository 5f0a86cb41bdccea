using static TorchSharp.torch;

namespace FlipReg.Regularizers;

/// <summary>Distillation from other logits z′, as pure functions. n rows, K classes; scales n×1.</summary>
internal static class DistillationMath
{
    /// <summary>T²·KL(softmax(z′/T) ‖ softmax(z/T)), n×1. No gradient flows into z′.</summary>
    public static Tensor Divergence(Outputs outputs, Outputs others, double temperature)
    {
        var difference = others.LogProbabilitiesAt(temperature).detach().sub(outputs.LogProbabilitiesAt(temperature));
        return difference.mul(others.ProbabilitiesAt(temperature).detach()).sum([1], keepdim: true).mul(Keep(temperature * temperature));
    }

    /// <summary>The loss CE + λ·T²·KL, summed with the rows' scales.</summary>
    public static Tensor Loss(Outputs outputs, Outputs? others, Tensor labels, Tensor scale, double strength, double temperature)
    {
        var loss = SoftTargets.CrossEntropy(outputs.LogProbabilities, labels);
        return (others is null || strength == 0 ? loss : loss.add(Divergence(outputs, others, temperature), Keep(strength))).mul(scale).sum();
    }
}
