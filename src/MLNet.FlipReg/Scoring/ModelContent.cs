using FlipReg;
using FlipReg.Encoders;
using FlipReg.Networks;
using MLNet.FlipReg.Images;

namespace MLNet.FlipReg.Scoring;

/// <summary>What a model of any kind consists of.</summary>
/// <param name="Network">The network with its weights, on the CPU; the model disposes it.</param>
/// <param name="Encoder">Maps raw rows to the network's.</param>
/// <param name="Method">The method that trained it.</param>
/// <param name="LabelColumn">Name of the label column in training.</param>
/// <param name="Features">The columns that features come from.</param>
/// <param name="Names">The classes' names in the order of the logits, or null.</param>
/// <param name="OptionsJson">The options of the training, as JSON.</param>
/// <param name="History">What every epoch reported.</param>
internal sealed record ModelContent(Network Network, InputEncoder Encoder, string Method, string LabelColumn, FeatureColumns Features, ClassNames? Names, string OptionsJson, IReadOnlyList<EpochReport> History)
{
    /// <summary>How often each training row went from right to wrong; see <see cref="FlipRegModelParameters.ForgettingEvents"/>.</summary>
    public IReadOnlyList<int>? ForgettingEvents { get; init; }

    /// <summary>How images are read; null where the features are vectors.</summary>
    public ImageInput? Images { get; init; }

    /// <summary>See <see cref="FlipRegModelParameters.TrackedRows"/>.</summary>
    public IReadOnlyList<TrackedRow>? TrackedRows { get; init; }

    /// <summary>See <see cref="FlipRegModelParameters.Temperature"/>.</summary>
    public double? Temperature { get; init; }
}
