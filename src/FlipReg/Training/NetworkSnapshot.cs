using FlipReg.Networks;
using FlipReg.Runtime;

namespace FlipReg.Training;

/// <summary>The network as it was at some moment, in evaluation mode: state of the fit.</summary>
internal sealed class NetworkSnapshot : IDisposable
{
    private readonly Network _source;
    private readonly Counter _taken = new("taken");

    public NetworkSnapshot(Network source)
    {
        _source = source;
        Network = new Network(source.Spec, source.FlatParameters.device, sparse: source.TakesSparseRows);
        Network.eval();
    }

    /// <summary>The network that has its values.</summary>
    public Network Network { get; }

    /// <summary>How often it was taken.</summary>
    public Counter Taken => _taken;

    /// <summary>Takes the values that the network has now; all of them are up to date.</summary>
    public void Take()
    {
        Network.CopyFrom(_source);
        _taken.Value++;
    }

    public void Dispose() => Network.Dispose();
}
