namespace FlipReg;

/// <summary>A trained network that a fit may start from (<see cref="TrainingOptions.InitialModel"/>). ML.NET's face of it is FlipRegModelParameters.</summary>
public abstract class TrainedNetwork
{
    internal TrainedNetwork()
    {
    }

    /// <summary>The network as data, with input and output size.</summary>
    public abstract NetworkSpec Network { get; }

    /// <summary>The classes' names in the order of the scores, as text; null where the label's keys had no values.</summary>
    public abstract IReadOnlyList<string>? ClassNames { get; }

    /// <summary>Maps raw rows to the network's.</summary>
    internal abstract Encoders.InputEncoder Encoder { get; }

    /// <summary>A copy of the network on the CPU, which the caller disposes.</summary>
    /// <exception cref="ObjectDisposedException">The network's memory was given back.</exception>
    internal abstract Networks.Network CopyNetwork();
}
