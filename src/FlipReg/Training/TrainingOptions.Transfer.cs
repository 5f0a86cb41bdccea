using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using FlipReg.Training;
using static System.FormattableString;

namespace FlipReg;

/// <content>Transfer learning: weights from elsewhere, and what is trained of them.</content>
public abstract partial class TrainingOptions
{
    /// <summary>
    /// Weights from files that the network starts from; its last layer's need not be among them. Images must be prepared as those that the weights were trained on:
    /// <see cref="InputEncoding"/> <c>Auto</c> leaves them as they are. Not together with <see cref="InitialModel"/>. Default null: all weights are drawn.
    /// </summary>
    [JsonIgnore]
    public PretrainedWeights? Pretrained { get; set; }

    /// <summary>
    /// Whether only the last layer is trained (a linear probe) and all before it, the backbone, stays as <see cref="Pretrained"/> or <see cref="InitialModel"/> has it, the statistics of
    /// its batch norms too. What the backbone makes of each row is computed once and kept in memory: an epoch then takes milliseconds. Default false.
    /// </summary>
    /// <remarks>
    /// The last layer is trained on standard scores of these features, and rewritten for the features themselves at the end: the model is the same function.
    /// </remarks>
    public bool FreezeBackbone { get; set; }

    /// <summary>
    /// Initial learning rate of all layers but the last; above 0. The schedule is the same for both. Null: <see cref="LearningRate"/>. A tenth of that, or less, keeps what
    /// <see cref="Pretrained"/> weights know. Default null.
    /// </summary>
    [Range(0, 1e6, MinimumIsExclusive = true)]
    public double? BackboneLearningRate { get; set; }

    /// <summary>The encoding asked for, with the default of pretrained weights.</summary>
    internal InputEncoding ResolvedEncoding => InputEncoding == InputEncoding.Auto && Pretrained is not null ? InputEncoding.None : InputEncoding;

    /// <summary>Rules between the options of this part.</summary>
    private IEnumerable<OptionError> CheckTransfer()
    {
        if (Pretrained is not null && InitialModel is not null)
            yield return new(nameof(Pretrained), $"must be null where {nameof(InitialModel)} is given", "both", "Leave one of the two out.");
        if (FreezeBackbone && BackboneLearningRate is not null)
            yield return new(nameof(BackboneLearningRate), $"must be null where {nameof(FreezeBackbone)} is true", BackboneLearningRate, "Leave one of the two out.");
        if (FreezeBackbone && Images?.Augmentation is not null)
            yield return new(nameof(FreezeBackbone), $"must be false where {nameof(Images)}.{nameof(Images.Augmentation)} is given: what the backbone makes of an image is computed once", FreezeBackbone, "Leave one of the two out.");
        if (FreezeBackbone && Network.Layers.All(layer => layer is DropoutSpec))
            yield return new(nameof(FreezeBackbone), "needs a network with layers before the last", Invariant($"{Network.Layers.Count}"), "Set Network, or turn it off.");
    }
}
