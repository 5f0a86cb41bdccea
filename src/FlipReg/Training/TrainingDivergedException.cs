namespace FlipReg;

/// <summary>
/// Training stopped because the loss, or the network's tensors, stopped being finite numbers. It is a result of data and options, not a
/// mistake in the call: a sweep records it and goes on.
/// </summary>
public sealed class TrainingDivergedException : InvalidOperationException
{
    /// <param name="message">What stopped being finite, and what to do about it.</param>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="step">The step of the epoch, from 1.</param>
    public TrainingDivergedException(string message, int epoch, int step)
        : base(message) => (Epoch, Step) = (epoch, step);

    /// <summary>The epoch, from 1.</summary>
    public int Epoch { get; }

    /// <summary>The step of the epoch, from 1: the first whose outputs, or after which the network's tensors, were not finite.</summary>
    public int Step { get; }
}
