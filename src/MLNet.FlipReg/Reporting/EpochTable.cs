using FlipReg;

namespace MLNet.FlipReg.Reporting;

/// <summary>The figures of an epoch as columns of a table.</summary>
internal static class EpochTable
{
    /// <summary>Name in a CSV header, and value; null where an epoch has none.</summary>
    public static IReadOnlyList<(string Name, Func<EpochReport, double?> Value)> Columns { get; } =
    [
        ("epoch", e => e.Epoch),
        ("learning_rate", e => e.LearningRate),
        ("training_loss", e => e.TrainingLoss),
        ("method_loss", e => e.MethodLoss),
        ("training_accuracy", e => e.TrainingAccuracy),
        ("gradient_norm", e => e.GradientNorm),
        ("validation_loss", e => e.Validation?.Loss),
        ("validation_accuracy", e => e.Validation?.Accuracy),
        ("validation_rows", e => e.Validation?.Rows),
        ("wrong", e => e.Validation?.Wrong),
        ("flips", e => e.Validation?.Flips),
        ("relative_flipping_error", e => e.Validation?.RelativeFlippingError),
        ("flipping_error", e => e.Validation?.FlippingError),
        // Not kept in a saved model, where they are 0.
        ("rows_per_second", e => e.RowsPerSecond > 0 ? e.RowsPerSecond : null),
        ("working_set_bytes", e => e.WorkingSet > 0 ? e.WorkingSet : null),
    ];
}
