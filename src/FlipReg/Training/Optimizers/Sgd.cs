using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FlipReg.Training.Optimizers;

/// <summary>
/// Stochastic gradient descent with L2 penalty and momentum, as PyTorch defines it: g ← g + λ·θ; v ← μ·v + g; θ ← θ − η·v, or with Nesterov's
/// form θ ← θ − η·(g + μ·v). The first step's v is g.
/// </summary>
internal sealed class Sgd : FlatOptimizer
{
    private readonly double _momentum;
    private readonly double _weightDecay;
    private readonly bool _nesterov;
    private readonly Tensor? _velocity;

    public Sgd(Parameter parameters, Tensor gradients, double momentum, double weightDecay, bool nesterov)
        : base(parameters, gradients)
    {
        (_momentum, _weightDecay, _nesterov) = (momentum, weightDecay, nesterov);
        // Starting from 0, the first step gives v = g by itself.
        _velocity = momentum == 0 ? null : AddState("velocity");
    }

    protected override void Update()
    {
        if (_weightDecay != 0)
            Gradients.add_(Parameters, Keep(_weightDecay));
        var direction = Gradients;
        if (_velocity is not null)
        {
            _velocity.mul_(Keep(_momentum)).Plus_(Gradients);
            direction = _nesterov ? Gradients.add_(_velocity, Keep(_momentum)) : _velocity;
        }

        ForEachGroup((part, rate) => part(Parameters).add_(part(direction), Keep(-rate)));
    }
}
