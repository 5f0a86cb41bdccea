namespace FlipReg.Encoders;

/// <summary>What the training rows' values of one slot are like.</summary>
/// <param name="Present">Rows of a weight above 0 that have a value.</param>
/// <param name="Missing">Rows of a weight above 0 that have none.</param>
/// <param name="Distinct">Distinct values, but for rounding: 0, 1, 2, or 3 for more.</param>
/// <param name="Lowest">Lowest value.</param>
/// <param name="Highest">Highest value.</param>
/// <param name="Mean">Weighted mean; 0 without values.</param>
/// <param name="Deviation">Weighted standard deviation, of the rows themselves (not of what they are a sample of).</param>
internal readonly record struct SlotMoments(int Present, int Missing, int Distinct, float Lowest, float Highest, double Mean, double Deviation)
{
    /// <summary>Whether some rows have a value and some none.</summary>
    public bool IsSometimesMissing => Missing > 0 && Present > 0;

    /// <summary>Values that differ by no more, relative to their size, are one value with different rounding.</summary>
    private const float Rounding = 5e-7f;

    /// <summary>The highest value that is <paramref name="value"/> but for rounding.</summary>
    public static float SameAs(float value) => value + (Math.Abs(value) * Rounding);

    public static SlotMoments Of(ReadOnlySpan<float> column, ReadOnlySpan<float> weights)
    {
        var (present, missing, lowest, highest) = (0, 0, float.PositiveInfinity, float.NegativeInfinity);
        double sum = 0, total = 0;
        for (var i = 0; i < column.Length; i++)
        {
            double weight = weights.IsEmpty ? 1 : weights[i];
            if (weight == 0)
                continue;
            var value = column[i];
            if (float.IsNaN(value))
            {
                missing++;
                continue;
            }

            present++;
            (lowest, highest) = (Math.Min(lowest, value), Math.Max(highest, value));
            (sum, total) = (sum + (weight * value), total + weight);
        }

        if (present == 0)
            return new(0, missing, 0, 0, 0, 0, 0);
        var mean = sum / total;
        double squares = 0;
        var (nextToLowest, nextToHighest) = (SameAs(lowest), highest - (Math.Abs(highest) * Rounding));
        var distinct = highest <= nextToLowest ? 1 : 2;
        for (var i = 0; i < column.Length; i++)
        {
            double weight = weights.IsEmpty ? 1 : weights[i];
            var value = column[i];
            if (weight == 0 || float.IsNaN(value))
                continue;
            squares += weight * (value - mean) * (value - mean);
            if (value > nextToLowest && value < nextToHighest)
                distinct = 3;
        }

        return new(present, missing, distinct, lowest, highest, mean, Math.Sqrt(squares / total));
    }
}
