using FlipReg;
using FlipReg.Data;
using FlipReg.Networks;
using TorchSharp;

namespace MLNet.FlipReg.Scoring;

/// <summary>
/// Owns a model's network, on the CPU, and its copies on the devices that score batches. Any number of threads may score while one disposes: the native memory goes when the last of them is done, and
/// later calls get an <see cref="ObjectDisposedException"/>.
/// </summary>
internal sealed class NetworkOwner(Network network, ScoreKind kind) : IDisposable
{
    /// <summary>Set in <see cref="_users"/> once disposed; the lower bits count the calls inside.</summary>
    private const int Disposed = int.MinValue;

    private readonly Lock _copying = new();
    private readonly Dictionary<(DeviceType, int), Network> _copies = [];
    private Network? _network = network;
    private int _users;

    /// <summary>Whether the network takes sparse rows, too.</summary>
    public bool TakesSparseRows { get; } = network.TakesSparseRows;

    public NetworkOwner Open()
    {
        ObjectDisposedException.ThrowIf(_users < 0, typeof(FlipRegPredictionTransformerBase));
        return this;
    }

    /// <summary>Scores of rows, computed on a device. Its copy of the weights is made with the first rows and kept.</summary>
    /// <param name="device">The device.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="scores">Receives what the kind of classifier computes for each row.</param>
    public void Score(torch.Device device, RowsToScore rows, float[] scores) => Use(device, network =>
    {
        kind.Compute(network, rows, scores);
        return 0;
    });

    /// <summary>Runs a function on the network while it cannot be disposed.</summary>
    public T Use<T>(Func<Network, T> function) => Use(torch.CPU, function);

    /// <summary>Runs a function on the network's copy on a device while it cannot be disposed.</summary>
    public T Use<T>(torch.Device device, Func<Network, T> function)
    {
        var entered = Enter();
        try
        {
            return function(On(device, entered));
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

    private Network On(torch.Device device, Network origin)
    {
        if (device.type == DeviceType.CPU)
            return origin;
        lock (_copying)
        {
            if (!_copies.TryGetValue((device.type, device.index), out var copy))
                _copies.Add((device.type, device.index), copy = Copy(device, origin));
            return copy;
        }
    }

    private static Network Copy(torch.Device device, Network origin)
    {
        try
        {
            return origin.ToPredictor(device);
        }
        catch (Exception e) when (NativeMemoryErrors.IsOne(e))
        {
            throw NativeMemoryErrors.Explain(e, FormattableString.Invariant($"a copy of a network of {origin.FlatParameters.numel():N0} parameters for scoring"));
        }
    }

    private Network Enter()
    {
        if (Interlocked.Increment(ref _users) < 0)
        {
            Leave();
            throw new ObjectDisposedException(nameof(FlipRegPredictionTransformerBase));
        }

        return _network!;
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _users) == Disposed)
            Free();
    }

    private void Free()
    {
        Interlocked.Exchange(ref _network, null)?.Dispose();
        lock (_copying)
        {
            foreach (var copy in _copies.Values)
                copy.Dispose();
            _copies.Clear();
        }
    }
}
