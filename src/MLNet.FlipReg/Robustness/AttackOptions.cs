using System.ComponentModel.DataAnnotations;
using FlipReg.Explaining;
using FlipReg.Training;

namespace FlipReg;

/// <summary>How <c>EvaluateRobustness</c> changes rows. A value is moved by at most ε, in the units of the feature column.</summary>
public sealed class AttackOptions
{
    /// <summary>ε: how far a value may be moved, in its own units; above 0. Required. The papers' images have pixels from 0 to 1 and ε = 8/255.</summary>
    [Range(0, 1e30, MinimumIsExclusive = true)]
    public double Epsilon { get; set; }

    /// <summary>Steps of PGD, 1 to 10,000. Default 20.</summary>
    [Range(1, 10_000)]
    public int Steps { get; set; } = 20;

    /// <summary>How far a step of PGD moves a value; above 0. Null: 2.5 · ε / Steps, as Madry et al. have it. Default null.</summary>
    [Range(0, 1e30, MinimumIsExclusive = true)]
    public double? StepSize { get; set; }

    /// <summary>Whether PGD starts from a uniformly drawn point within ε, else from the row. Default true.</summary>
    public bool RandomStart { get; set; } = true;

    /// <summary>Values are kept at or above this, such as 0 for pixels; a row's own value below it stays allowed. Null: no limit. Default null.</summary>
    public float? Minimum { get; set; }

    /// <summary>Values are kept at or below this, such as 1 or 255 for pixels. Null: no limit. Default null.</summary>
    public float? Maximum { get; set; }

    /// <summary>Seed of the random start. Null: the context's, or a drawn one where it has none. Default null.</summary>
    public int? Seed { get; set; }

    /// <summary>Name of the label column, a key. Null: that of the training. Default null.</summary>
    public string? LabelColumnName { get; set; }

    /// <summary>The attack.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    internal GradientAttack ToAttack()
    {
        var error = OptionRules.ErrorsOf(this).FirstOrDefault();
        if (error is null && Minimum >= Maximum)
            error = new OptionError(nameof(Minimum), $"must be below {nameof(Maximum)}", Minimum, "Give the range of the features, or null.");
        if (error is not null)
            throw new ArgumentOutOfRangeException(error.Name, error.ToString());
        return new GradientAttack((float)Epsilon, Steps, (float)(StepSize ?? 2.5 * Epsilon / Steps), RandomStart, Minimum ?? float.NegativeInfinity, Maximum ?? float.PositiveInfinity);
    }
}

/// <summary>Error of a model on rows as they are and on rows changed against it.</summary>
/// <param name="Rows">Rows that were counted: those with a label.</param>
/// <param name="Error">Share of the rows that are classified wrong as they are; 0 to 1. A row whose scores are not numbers is wrong.</param>
/// <param name="FgsmError">The same after one step of ε along the gradient's sign.</param>
/// <param name="PgdError">The same after the steps of PGD.</param>
public sealed record RobustnessMetrics(long Rows, double Error, double FgsmError, double PgdError);
