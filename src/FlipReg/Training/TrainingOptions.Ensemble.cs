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

    /// <summary>
    /// What the <see cref="Members"/> have of their own. <see cref="MemberWeights.Shared"/>: one network, of which each member sees the inputs of the first linear layer multiplied by
    /// weights of its own, and has its own last layer: about the parameters, the memory and the file of one network, and members that differ less (TabM-mini: Gorishniy et al., ICLR
    /// 2025). A step takes as many times the work as with weights of their own. Rows are not held sparse then. Default <see cref="MemberWeights.Own"/>.
    /// </summary>
    public MemberWeights MemberWeights { get; set; } = MemberWeights.Own;

    /// <summary>Whether members share the weights of the hidden layers.</summary>
    internal bool SharesWeights => Members > 1 && MemberWeights == MemberWeights.Shared;

    /// <summary>Whether rows of many zeros may be held sparse: a linear layer comes first.</summary>
    internal bool SuitsSparseRows => Network.SuitsSparseRows && !SharesWeights;

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

/// <summary>What the members of an ensemble have of their own.</summary>
public enum MemberWeights
{
    /// <summary>All weights.</summary>
    Own,

    /// <summary>A factor for each input, and the last layer.</summary>
    Shared,
}
