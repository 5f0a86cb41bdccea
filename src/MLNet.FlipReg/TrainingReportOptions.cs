using System.ComponentModel.DataAnnotations;

namespace FlipReg;

/// <summary>What <see cref="FlipRegPredictionTransformerBase.TrainingReport"/> shows beside the epochs.</summary>
public sealed class TrainingReportOptions
{
    /// <summary>Rows of the data that are listed: those with the highest loss for their label, the worst first; 0 to 1,000. Default 24.</summary>
    [Range(0, 1000)]
    public int Rows { get; set; } = 24;

    /// <summary>A column of the data that names its rows in the list, of any type that has a text (a scalar). Default null: their number, from 0.</summary>
    public string? IdColumnName { get; set; }

    /// <summary>
    /// A column of the data with the rows' images: MLImage, or a vector of Single or Byte with the dimensions (channels, height, width) or (height, width,
    /// channels) with 1, 3 or 4 channels, whose values are from 0 to 255, or from 0 to 1 where none is above 1. Default null: none are shown.
    /// </summary>
    public string? ImageColumnName { get; set; }

    /// <summary>Heading of the page. Default null: the method's name.</summary>
    public string? Title { get; set; }
}
