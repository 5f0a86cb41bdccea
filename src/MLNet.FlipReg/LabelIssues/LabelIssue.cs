namespace FlipReg;

/// <summary>A row, and how likely its label is wrong.</summary>
public sealed record LabelIssue
{
    /// <summary>The row's number in the data as given, from 0.</summary>
    public required long Row { get; init; }

    /// <summary>The row's value of <see cref="LabelIssueOptions.IdColumnName"/> as text; null where no column was named.</summary>
    public string? Id { get; init; }

    /// <summary>The label it has.</summary>
    public required string GivenLabel { get; init; }

    /// <summary>The most likely other label.</summary>
    public required string SuggestedLabel { get; init; }

    /// <summary>(1 − δ) / 2, where δ is the given label's probability less the largest other one; 0 to 1, above 0.5 where another class is ahead. Rows are ranked by it.</summary>
    public required double Score { get; init; }

    /// <summary>Whether the row is among those that the estimated noise says are wrong.</summary>
    public required bool IsIssue { get; init; }

    /// <summary>What speaks for it, in words.</summary>
    public required string Evidence { get; init; }
}

/// <summary>How good the labels of a class seem to be.</summary>
/// <param name="Class">The class.</param>
/// <param name="Rows">Judged rows that have its label.</param>
/// <param name="Issues">Those of them whose label is likely wrong.</param>
/// <param name="LabelQuality">Estimated share of the rows with its label that are of the class; not a number where there are none.</param>
/// <param name="MissedShare">Estimated share of the rows of the class that have another label; not a number where there seem to be none.</param>
public sealed record ClassLabelQuality(string Class, int Rows, int Issues, double LabelQuality, double MissedShare);
