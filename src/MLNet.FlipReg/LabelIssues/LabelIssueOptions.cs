using System.ComponentModel.DataAnnotations;
using FlipReg.Training;

namespace FlipReg;

/// <summary>What <c>FindLabelIssues</c> reads, and how it divides the rows.</summary>
public sealed class LabelIssueOptions
{
    /// <summary>Name of the label column, a key. Default "Label".</summary>
    [Required]
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>Name of a column that tells the rows apart, such as a file's name: a single value of any type. Null: rows have their number alone. Default null.</summary>
    public string? IdColumnName { get; set; }

    /// <summary>Parts that the rows are divided into, each scored by a model trained on the others, 2 to 100. Not used with a trained model. Default 5.</summary>
    [Range(2, 100)]
    public int Folds { get; set; } = 5;

    /// <summary>Seed of the division. Null: the context's, or a drawn one where it has none. Default null.</summary>
    public int? Seed { get; set; }

    /// <summary>Name of the score column that the trainer makes: probabilities of the label's keys. Default "Score".</summary>
    [Required]
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>A checked copy.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    internal LabelIssueOptions Checked()
    {
        var copy = (LabelIssueOptions)MemberwiseClone();
        if (OptionRules.ErrorsOf(copy).FirstOrDefault() is { } error)
            throw new ArgumentOutOfRangeException(error.Name, error.ToString());
        return copy;
    }
}
