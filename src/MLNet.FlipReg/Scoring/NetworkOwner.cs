using FlipReg;
using FlipReg.Data;
using FlipReg.Networks;

namespace MLNet.FlipReg.Scoring;

/// <summary>
/// Owns a model's network. Any number of threads may score while one disposes: the native memory goes when the last of them is done, and
/// later calls get an <see cref="ObjectDisposedException"/>.
/// </summary>
internal sealed class NetworkOwner(Network network) : IDisposable
{
    /// <summary>Set in <see cref="_users"/> once disposed; the lower bits count the calls inside.</summary>
    private const int Disposed = int.MinValue;

    private Network? _network = network;
    private int _users;

    public NetworkOwner Open()
    {
        ObjectDisposedException.ThrowIf(_users < 0, typeof(FlipRegPredictionTransformer));
        return this;
    }

    /// <summary>Class probabilities of rows.</summary>
    public void Score(RowMemory rows, int count, float[] probabilities)
    {
        var entered = Enter();
        try
        {
            Scorer.Probabilities(entered, rows, count, probabilities);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Runs a function on the network while it cannot be disposed.</summary>
    public T Use<T>(Func<Network, T> function)
    {
        var entered = Enter();
        try
        {
            return function(entered);
        }
        finally
        {
            Leave();
        }
    }

    public void Dispose()
    {
        if (Interlocked.Or(ref _users, Disposed) == 0)
            Free();
    }

    private Network Enter()
    {
        if (Interlocked.Increment(ref _users) < 0)
        {
            Leave();
            throw new ObjectDisposedException(nameof(FlipRegPredictionTransformer));
        }

        return _network!;
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _users) == Disposed)
            Free();
    }

    private void Free() => Interlocked.Exchange(ref _network, null)?.Dispose();
}
