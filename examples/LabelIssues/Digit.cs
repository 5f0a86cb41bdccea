using Microsoft.ML.Data;

namespace LabelIssues;

/// <summary>A row of digits.csv: 64 pixels from 0 to 16, and the digit.</summary>
public sealed class Digit
{
    /// <summary>Pixels, row by row.</summary>
    [LoadColumn(0, 63)]
    [VectorType(64)]
    public float[] Features { get; set; } = [];

    /// <summary>The digit, 0 to 9.</summary>
    [LoadColumn(64)]
    public int Class { get; set; }
}
