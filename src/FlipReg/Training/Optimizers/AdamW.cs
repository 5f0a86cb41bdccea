using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FlipReg.Training.Optimizers;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, algorithm 2), as PyTorch defines
/// it: θ ← θ − η·λ·θ; m ← β₁·m + (1−β₁)·g; v ← β₂·v + (1−β₂)·g²; θ ← θ − η·m̂ / (√v̂ + ε), with m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ).
/// </summary>
internal sealed class AdamW : FlatOptimizer
{
    internal const double Beta2 = 0.999;
    internal const double Epsilon = 1e-8;

    private readonly double _beta1;
    private readonly double _weightDecay;
    private readonly Tensor _mean;
    private readonly Tensor _square;

    public AdamW(Parameter parameters, Tensor gradients, double beta1, double weightDecay)
        : base(parameters, gradients)
    {
        (_beta1, _weightDecay) = (beta1, weightDecay);
        _mean = AddState("mean");
        _square = AddState("square");
    }

    protected override void Update()
    {
        var meanCorrection = 1 - Math.Pow(_beta1, Steps.Value);
        var squareCorrection = 1 - Math.Pow(Beta2, Steps.Value);
        if (_weightDecay != 0)
            ForEachGroup((part, rate) => part(Parameters).mul_(Keep(1 - (rate * _weightDecay))));
        _mean.mul_(Keep(_beta1)).add_(Gradients, Keep(1 - _beta1));
        _square.mul_(Keep(Beta2)).addcmul_(Gradients, Gradients, Keep(1 - Beta2));
        var root = _square.sqrt().div_(Keep(Math.Sqrt(squareCorrection))).Plus_(Epsilon);
        ForEachGroup((part, rate) => part(Parameters).addcdiv_(part(_mean), part(root), Keep(-rate / meanCorrection)));
    }
}
