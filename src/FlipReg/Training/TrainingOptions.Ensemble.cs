using System.ComponentModel.DataAnnotations;
using FlipReg.Training;

namespace FlipReg;

/// <content>Several networks in one.</content>
public abstract partial class TrainingOptions
{
    /// <summary>Members of an ensemble at most.</summary>
    internal const int MaximumMembers = 64;

    /// <summary>
    /// Networks that are trained side by side and whose probabilities are averaged, 1 to 64. Each has its own first weights, dropout and state of the
    /// method, and its own loss; all see the same batches, in one network as wide as all of them. A step takes about as many times the work; so do
    /// memory, the model file and scoring. Default 1.
    /// </summary>
    /// <remarks>
    /// Member 0 is the network that a fit of one would train, where nothing is drawn while training. Layers before the first linear one are the members' in
    /// common. <c>GetWeights</c> has the members' tensors end to end along the first dimension. Not together with <see cref="FitTemperature"/>.
    /// </remarks>
    [Range(1, MaximumMembers)]
    public int Members { get; set; } = 1;

    /// <summary>Rules between the options of this part.</summary>
    private IEnumerable<OptionError> CheckEnsemble()
    {
        if (Members == 1)
            yield break;
        if (FitTemperature)
            yield return new(nameof(FitTemperature), $"needs one member", Members, $"Set {nameof(Members)} to 1: the mean of several networks is less often too sure.");
        if (Network.Layers.Any(layer => layer is LinearSpec { Groups: not null }))
            yield return new(nameof(Network), $"must have no groups where {nameof(Members)} is above 1", "a linear layer with groups", "Leave Groups null.");
    }
}
