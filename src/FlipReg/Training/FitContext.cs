using FlipReg.Encoders;
using FlipReg.Networks;
using FlipReg.Training.Checkpoints;
using static TorchSharp.torch;

namespace FlipReg.Training;

/// <summary>What one fit gets from its surroundings, besides data and options.</summary>
internal sealed record FitContext
{
    /// <summary>Seed of every generator the fit makes.</summary>
    public required int Seed { get; init; }

    /// <summary>Device to train on.</summary>
    public required Device Device { get; init; }

    /// <summary>Whether the fit disposes the tables once their rows are encoded, so that raw rows take no memory while it runs.</summary>
    public bool OwnsTables { get; init; }

    /// <summary>Where checkpoints are kept, or null for none. The caller disposes it.</summary>
    public CheckpointStore? Checkpoints { get; init; }

    /// <summary>The first values, where the fit goes on from a trained network.</summary>
    public WarmStart? WarmStart { get; init; }

    /// <summary>Sets the first values of what is trained, after they were drawn; null: none but <see cref="WarmStart"/> and the options' weights do.</summary>
    public Action<Network>? Initial { get; init; }

    /// <summary>Whether the processor itself works on weights by rows; null: where they lie in its memory. For tests: else it takes a GPU.</summary>
    public bool? RowsOnHost { get; init; }

    /// <summary>Whether the processor trains tables of categories by rows; null: where they are large. For tests.</summary>
    public bool? TablesByRows { get; init; }

    /// <summary>Receives one line per epoch.</summary>
    public Action<string> Info { get; init; } = _ => { };

    /// <summary>Receives what the user should look at.</summary>
    public Action<string> Warning { get; init; } = _ => { };

    /// <summary>Polled before every step, beside the options' token; true ends the fit.</summary>
    public Func<bool> IsCanceled { get; init; } = () => false;
}

/// <summary>A trained network, in evaluation mode on the CPU, and what its epochs reported. The caller disposes the network.</summary>
/// <param name="Network">The network.</param>
/// <param name="Encoder">Maps raw rows to the network's.</param>
/// <param name="Options">The options with every default filled in.</param>
/// <param name="History">One report an epoch.</param>
/// <param name="ForgettingEvents">Per training row, where the options ask for it.</param>
/// <param name="Temperature">What the logits were divided by, where the options ask for it.</param>
internal sealed record FitResult(Network Network, InputEncoder Encoder, TrainingOptions Options, IReadOnlyList<EpochReport> History, IReadOnlyList<int>? ForgettingEvents = null, double? Temperature = null)
{
    /// <summary>What was seen of each training row, where the options ask for it.</summary>
    public IReadOnlyList<TrackedRow>? TrackedRows { get; init; }
}
