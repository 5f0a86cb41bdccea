using System.Text.Json.Serialization;
using static System.FormattableString;

namespace FlipReg;

/// <summary>What one epoch of training gave.</summary>
public sealed record EpochReport
{
    /// <summary>The epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Epochs in all.</summary>
    public required int Epochs { get; init; }

    /// <summary>Learning rate of this epoch.</summary>
    public required double LearningRate { get; init; }

    /// <summary>
    /// Cross-entropy of the training rows with their labels (natural logarithm, example weights counted), during the epoch's own forward
    /// passes: the mean over the steps of each step's mean. It means the same in every epoch and for every method.
    /// </summary>
    public required double TrainingLoss { get; init; }

    /// <summary>
    /// Mean over the steps of the loss that the method minimizes. Its terms' weights may change from epoch to epoch (FER's do), so compare it
    /// with the same epoch of the same method only. 0 in a model saved before there was this value.
    /// </summary>
    public double MethodLoss { get; init; }

    /// <summary>Share of training rows classified as labelled, during the epoch's own forward passes; 0 to 1.</summary>
    public required double TrainingAccuracy { get; init; }

    /// <summary>
    /// Mean L2 norm of the gradient over all parameters, without weight decay and before it is scaled down: over all steps of the epoch with
    /// <see cref="TrainingOptions.MaximumGradientNorm"/>, else over a sample (one step of every block, of 64 steps at most). Null in a model saved
    /// before there was this value.
    /// </summary>
    public double? GradientNorm { get; init; }

    /// <summary>Whether in every step of the epoch all rows had the same logits, to rounding: the network does not tell them apart.</summary>
    public bool RowsLookAlike { get; init; }

    /// <summary>What the method itself reports of the epoch, by name, such as P-DIFF's drop rate; means over an ensemble's members. Empty where it reports nothing.</summary>
    public MethodFigures Figures { get; init; } = MethodFigures.None;

    /// <summary>
    /// Training rows that were right in the epoch before and are wrong in this one: its forgetting events (Toneva et al., ICLR 2019). Null where neither
    /// <see cref="TrainingOptions.CountForgetting"/> nor <see cref="TrainingOptions.TrackRows"/> asks for it.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? ForgettingEvents { get; init; }

    /// <summary>Training rows per second of this epoch, validation aside. Not saved with a model, as two fits of one seed differ in it: 0 in a loaded one.</summary>
    [JsonIgnore]
    public double RowsPerSecond { get; init; }

    /// <summary>Estimated time until the last epoch ends. Not saved with a model: 0 in a loaded one.</summary>
    [JsonIgnore]
    public TimeSpan TimeLeft { get; init; }

    /// <summary>Bytes of memory that the process had in use at the end of this epoch. Not saved with a model: 0 in a loaded one.</summary>
    [JsonIgnore]
    public long WorkingSet { get; init; }

    /// <summary>Results on the validation rows after this epoch, or null where none were given.</summary>
    public ValidationReport? Validation { get; init; }

    /// <summary>One line, in the invariant culture: learning rate, losses, accuracy, gradient norm, results on validation rows, speed and time left.</summary>
    public override string ToString()
    {
        var gradient = GradientNorm is { } norm ? Invariant($", gradient norm {norm:G4}") : "";
        var forgotten = ForgettingEvents is { } events ? Invariant($", {events} forgotten") : "";
        var validation = Validation is { } v ? Invariant($"; validation loss {v.Loss:F4}, accuracy {v.Accuracy:F4}, flips {v.Flips} of {v.Wrong} wrong") : "";
        return Invariant($"Epoch {Epoch}/{Epochs}: learning rate {LearningRate:G4}, cross-entropy {TrainingLoss:F4}, method's loss {MethodLoss:F4}, accuracy {TrainingAccuracy:F4}{gradient}{forgotten}{(Figures.Count == 0 ? "" : ", ")}{Figures}{validation}; {RowsPerSecond:N0} rows/s, {(int)TimeLeft.TotalHours}:{TimeLeft:mm\\:ss} left");
    }
}

/// <summary>Results on validation rows after an epoch, with the flips so far.</summary>
/// <param name="Loss">Mean cross-entropy (natural logarithm).</param>
/// <param name="Accuracy">Share of rows classified right; 0 to 1.</param>
/// <param name="Flips">Rows that were right after some earlier epoch and are wrong now (WFS in the FER paper).</param>
/// <param name="Wrong">Rows that are wrong now.</param>
/// <param name="Rows">Validation rows.</param>
public sealed record ValidationReport(double Loss, double Accuracy, int Flips, int Wrong, int Rows)
{
    /// <summary>Relative flipping error: the share of the wrong rows that were once right (RFE); 0 where no row is wrong.</summary>
    public double RelativeFlippingError => Wrong == 0 ? 0 : (double)Flips / Wrong;

    /// <summary>Flipping error: the share of all rows that were once right and are wrong now (FE).</summary>
    public double FlippingError => (double)Flips / Rows;
}
