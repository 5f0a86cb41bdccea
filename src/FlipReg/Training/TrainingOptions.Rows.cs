namespace FlipReg;

/// <content>What is noted of single rows.</content>
public abstract partial class TrainingOptions
{
    /// <summary>
    /// Whether to follow every training row through the epochs, for <c>MulticlassClassification.FindLabelIssues</c>: the mean and the spread of δ, whether it was ever right,
    /// forgetting events, the rival class (<see cref="TrackedRow"/>). Takes 64 bytes a row on the device and a few operations a block of steps; the model is the same. Default false.
    /// </summary>
    public bool TrackRows { get; set; }
}
