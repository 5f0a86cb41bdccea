using System.ComponentModel.DataAnnotations;

namespace FlipReg;

/// <summary>What <see cref="FlipRegPredictionTransformerBase.Explain"/> explains, and by comparison with what.</summary>
public sealed class ExplainOptions
{
    /// <summary>The class whose logit is explained, by its name as in <see cref="FlipRegModelParameters.ClassNames"/>; of label keys without values their number, from "1". Default null: each row's predicted class.</summary>
    public string? Class { get; set; }

    /// <summary>
    /// The baseline: the row of features that all rows are compared with, one value per slot of the feature column, finite or, where the
    /// model takes missing values, NaN. Default null: the centre of the training data, or zeros where the model takes its features as they are.
    /// </summary>
    public IReadOnlyList<float>? Baseline { get; set; }

    /// <summary>How far a row's contributions may be, in sum, from the score difference, relative to it; 0.0001 to 0.1. Default 0.01.</summary>
    [Range(0.0001, 0.1)]
    public double Tolerance { get; set; } = 0.01;
}
