namespace FlipReg.Data;

/// <summary>What each training row counts: its example weight times the weight of its class, scaled to a mean of 1.</summary>
internal sealed class RowWeights
{
    private RowWeights(float[]? values) => (Values, EffectiveShare) = (values, values is null ? 1 : Share(values));

    /// <summary>One weight a row, of mean 1; null where all rows count alike.</summary>
    public float[]? Values { get; }

    /// <summary>
    /// Kish's effective sample size as a share of the rows, (Σw)² / (n·Σw²): 1 where all rows count alike, 1/n where one row has all the weight.
    /// </summary>
    public double EffectiveShare { get; }

    /// <summary>The weights of a table. Summed in row order on one thread, so that they do not depend on the number of threads.</summary>
    /// <exception cref="InvalidOperationException">Fewer than two classes are left with a weight above 0.</exception>
    public static RowWeights Of(TrainingTable table, int classes, ClassWeights classWeights)
    {
        if (table.Weights is null && classWeights == ClassWeights.None)
            return new RowWeights(null);
        // In float64: the sum of large weights, or the quotient of tiny ones, may leave the range of float32.
        var weights = table.Weights is null ? Enumerable.Repeat(1.0, table.Rows).ToArray() : Array.ConvertAll(table.Weights.ToHost<float>(), w => (double)w);
        if (classWeights != ClassWeights.None)
            MultiplyByClass(weights, table.Labels.ToHost<long>(), classes, classWeights);
        var mean = weights.Average();
        return new RowWeights(Array.ConvertAll(weights, w => (float)(w / mean)));
    }

    private static void MultiplyByClass(double[] weights, long[] labels, int classes, ClassWeights classWeights)
    {
        var totals = new double[classes];
        for (var i = 0; i < weights.Length; i++)
            totals[labels[i]] += weights[i];
        var factors = classWeights.Values is { } given ? Relative(given) : Array.ConvertAll(totals, Balancing);
        if (totals.Where((total, c) => total * factors[c] > 0).Count() < 2)
            throw new InvalidOperationException($"ClassWeights must leave a weight above 0 to at least two classes of the training rows. Got {classWeights}, which leave fewer. Give these classes a weight, or check how the data was split.");
        for (var i = 0; i < weights.Length; i++)
            weights[i] *= factors[(int)labels[i]];
    }

    /// <summary>Values relative to their largest: only their ratios count, and large ones may leave the range.</summary>
    private static double[] Relative(IReadOnlyList<double> values)
    {
        var largest = values.Max();
        return [.. values.Select(value => value / largest)];
    }

    /// <summary>Balanced, without the factor that scaling to a mean of 1 takes out again. A class without rows has none to multiply.</summary>
    private static double Balancing(double total) => total > 0 ? 1 / total : 0;

    private static double Share(float[] values)
    {
        double sum = 0, squares = 0;
        foreach (double value in values)
            (sum, squares) = (sum + value, squares + (value * value));
        return sum * sum / (values.Length * squares);
    }
}
