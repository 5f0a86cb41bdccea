using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace FlipReg;

/// <content>Where validation rows and the first weights come from.</content>
public abstract partial class TrainingOptions
{
    /// <summary>
    /// How features are encoded for the network, fitted on the training rows (each by its weight) in Fit and stored in the model. Default
    /// <see cref="InputEncoding.Auto"/>: no normalizer is needed before the trainer. With <see cref="InitialModel"/> that model's encoding is used. Rows
    /// that stay sparse (1,000 slots or more, of which at most a tenth are not 0) are left as they are, whatever this says; a line in the log tells.
    /// </summary>
    public InputEncoding InputEncoding { get; set; } = InputEncoding.Auto;

    /// <summary>
    /// What a missing feature (NaN) is. Null: <see cref="MissingValues.Error"/> where <see cref="InputEncoding"/> is <see cref="InputEncoding.None"/>, else
    /// <see cref="MissingValues.Encode"/>. Infinite features are always an error, and so are missing ones in rows that stay sparse. Default null.
    /// </summary>
    public MissingValues? Missing { get; set; }

    /// <summary>
    /// Share of the training rows that is set aside and only scored after each epoch; from 0 to below 1. Drawn with the fit's seed, class by class in
    /// proportion to its rows; a class with a single row stays in training. Not together with validation data. Default 0: none.
    /// </summary>
    /// <remarks>
    /// Rows set aside have no part in training, nor in weights, class weights or the defaults that follow from the number of rows. Transforms before
    /// the trainer have seen them.
    /// </remarks>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double ValidationFraction { get; set; }

    /// <summary>
    /// The model whose values the network starts from, or null to draw them: a classifier's Model, just trained or loaded. Default null.
    /// </summary>
    /// <remarks>
    /// It must have been trained on as many features and have the layers of <see cref="Network"/>; running statistics and the encoding of its features are taken over, too. Classes are
    /// matched by name, in the order of the new label's key: new ones get newly drawn outputs, those that are gone are dropped, and a line in the log
    /// says which. Without names on both sides they are matched by their order, if they are as many. Optimizer, schedule and the method's own state
    /// start anew, and the default learning rate is as without it: lower <see cref="LearningRate"/> to stay near the model. It is copied when Fit begins and
    /// not changed.
    /// </remarks>
    [JsonIgnore]
    public TrainedNetwork? InitialModel { get; set; }

    /// <summary>What a missing feature is, with the default filled in.</summary>
    internal MissingValues ResolvedMissing => Missing ?? (ResolvedEncoding == InputEncoding.None ? MissingValues.Error : MissingValues.Encode);
}
