using FlipReg.Networks;
using FlipReg.Runtime;
using static TorchSharp.torch;

namespace FlipReg.Training;

/// <summary>
/// An exponential moving average over a network's weights and running statistics. Step t counts with (1 − d) / (1 − dᵗ), so that the average is
/// one of the t steps so far, without the start's bias.
/// </summary>
internal sealed class WeightAverage : IDisposable
{
    private readonly Tensor[] _sources;
    private readonly Tensor[] _averages;
    private readonly Counter _steps = new("steps");
    private readonly double _decay;

    /// <param name="network">The network that is trained.</param>
    /// <param name="halfLife">Steps after which a step's share has halved.</param>
    public WeightAverage(Network network, double halfLife)
    {
        _decay = Math.Pow(0.5, 1 / halfLife);
        Network = new Network(network.Spec, network.FlatParameters.device, sparse: network.TakesSparseRows, tablesByRows: network.Embedding is not null);
        Network.eval();
        (_sources, _averages) = (network.StepState, Network.StepState);
    }

    /// <summary>The network that has the averages. In evaluation mode.</summary>
    public Network Network { get; }

    /// <summary>Steps that were averaged.</summary>
    public Counter Steps => _steps;

    /// <summary>What step <paramref name="step"/>, from 1, counts in the average when it is the latest.</summary>
    public double Share(long step) => (1 - _decay) / (1 - Math.Pow(_decay, step));

    /// <summary>Takes the network as a step left it, but for weights by rows: those a row table averages. Called with gradients off, inside a dispose scope.</summary>
    public void Update()
    {
        _steps.Value++;
        var share = Share(_steps.Value);
        for (var i = 0; i < _sources.Length; i++)
            _averages[i].mul_(Keep(1 - share)).add_(_sources[i], Keep(share));
    }

    public void Dispose() => Network.Dispose();
}
