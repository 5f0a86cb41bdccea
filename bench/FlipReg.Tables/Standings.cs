namespace FlipReg.Tables;

/// <summary>Comparisons between methods over tables.</summary>
internal static class Standings
{
    /// <summary>Ranks of values, the highest first: 1 for the best; those that are equal share the mean of their ranks.</summary>
    public static double[] Ranks(IReadOnlyList<double> values) =>
        [.. values.Select(v => values.Count(other => other > v) + ((values.Count(other => other == v) + 1) / 2.0))];

    /// <summary>Mean rank of each method over tables.</summary>
    /// <param name="values">Tables × methods.</param>
    public static double[] MeanRanks(IReadOnlyList<double[]> values)
    {
        var ranks = values.Select(v => Ranks(v)).ToArray();
        return [.. Enumerable.Range(0, values[0].Length).Select(m => ranks.Average(r => r[m]))];
    }

    /// <summary>On how many tables a method is better than another, as good, and worse.</summary>
    /// <param name="own">The method's value for each table.</param>
    /// <param name="other">The other's.</param>
    /// <param name="tie">Values this near or nearer are as good as each other.</param>
    public static (int Wins, int Ties, int Losses) Compare(IReadOnlyList<double> own, IReadOnlyList<double> other, double tie)
    {
        // Rounded, or 0.905 and 0.9 would not be 0.005 apart.
        var differences = own.Zip(other, (a, b) => Math.Round(a - b, 9)).ToArray();
        return (differences.Count(d => d > tie), differences.Count(d => Math.Abs(d) <= tie), differences.Count(d => d < -tie));
    }
}
