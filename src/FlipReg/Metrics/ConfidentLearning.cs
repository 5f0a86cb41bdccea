namespace FlipReg.Metrics;

/// <summary>
/// Confident learning (Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70, 2021): from the probabilities that a model gives rows
/// it was not trained on, how given and true labels go together, and which rows are likely wrong. Pure functions on host arrays.
/// </summary>
internal static class ConfidentLearning
{
    /// <summary>What rounding may take from a probability at its threshold.</summary>
    private const double Slack = 1e-6;

    /// <summary>t[j] (equation 2): the mean probability of class j over the rows labelled j; above all probabilities for a class without rows.</summary>
    /// <param name="probabilities">Rows × K, row by row.</param>
    /// <param name="labels">Given labels, from 0.</param>
    /// <param name="classes">K.</param>
    public static double[] Thresholds(ReadOnlySpan<float> probabilities, ReadOnlySpan<int> labels, int classes)
    {
        var (sums, counts) = (new double[classes], new int[classes]);
        for (var row = 0; row < labels.Length; row++)
        {
            sums[labels[row]] += probabilities[(row * classes) + labels[row]];
            counts[labels[row]]++;
        }

        return [.. sums.Zip(counts, (sum, count) => count == 0 ? double.PositiveInfinity : sum / count)];
    }

    /// <summary>
    /// The confident joint (equation 1): entry (i, j) counts the rows labelled i whose most probable class among those that reach their threshold is j. A row
    /// with no such class counts nowhere.
    /// </summary>
    public static double[,] ConfidentJoint(ReadOnlySpan<float> probabilities, ReadOnlySpan<int> labels, ReadOnlySpan<double> thresholds)
    {
        var classes = thresholds.Length;
        var joint = new double[classes, classes];
        for (var row = 0; row < labels.Length; row++)
        {
            var best = -1;
            var own = probabilities.Slice(row * classes, classes);
            for (var j = 0; j < classes; j++)
            {
                if (own[j] >= thresholds[j] - Slack && (best < 0 || own[j] > own[best]))
                    best = j;
            }

            if (best >= 0)
                joint[labels[row], best]++;
        }

        return joint;
    }

    /// <summary>The joint distribution Q of given (rows) and true labels (equation 3): the confident joint, with as many rows of each given label as there are, as shares of all rows.</summary>
    public static double[,] Joint(double[,] counts, ReadOnlySpan<int> labels)
    {
        var classes = counts.GetLength(0);
        var (given, joint) = (new int[classes], new double[classes, classes]);
        foreach (var label in labels)
            given[label]++;
        for (var i = 0; i < classes; i++)
        {
            var sum = Enumerable.Range(0, classes).Sum(j => counts[i, j]);
            for (var j = 0; j < classes; j++)
                joint[i, j] = (sum > 0 ? counts[i, j] / sum : i == j ? 1 : 0) * given[i] / labels.Length;
        }

        return joint;
    }

    /// <summary>P(given = i | true = j) at (i, j): the columns of the joint, each summing to 1. A class that no row seems to have keeps its label.</summary>
    public static double[,] NoiseMatrix(double[,] joint)
    {
        var classes = joint.GetLength(0);
        var noise = new double[classes, classes];
        for (var j = 0; j < classes; j++)
        {
            var sum = Enumerable.Range(0, classes).Sum(i => joint[i, j]);
            for (var i = 0; i < classes; i++)
                noise[i, j] = sum > 0 ? joint[i, j] / sum : i == j ? 1 : 0;
        }

        return noise;
    }

    /// <summary>
    /// Prune by noise rate: for every pair i ≠ j the round(n · Q[i, j]) rows labelled i with the largest margin p[j] − p[i], as far as it is above 0; equal margins in the rows' order.
    /// </summary>
    public static bool[] Pruned(ReadOnlySpan<float> probabilities, ReadOnlySpan<int> labels, double[,] joint)
    {
        var classes = joint.GetLength(0);
        var pruned = new bool[labels.Length];
        var (given, values) = (labels.ToArray(), probabilities.ToArray());
        var ofClass = Enumerable.Range(0, given.Length).ToLookup(row => given[row]);
        for (var i = 0; i < classes; i++)
        {
            for (var j = 0; j < classes; j++)
            {
                var count = i == j ? 0 : (int)Math.Round(given.Length * joint[i, j], MidpointRounding.AwayFromZero);
                if (count == 0)
                    continue;
                var margins = ofClass[i].Select(row => (Row: row, Margin: values[(row * classes) + j] - values[(row * classes) + i]));
                foreach (var (row, _) in margins.Where(m => m.Margin > 0).OrderByDescending(m => m.Margin).Take(count))
                    pruned[row] = true;
            }
        }

        return pruned;
    }

    /// <summary>δ: the label's probability less the largest other one, and that one's class.</summary>
    public static (float Margin, int Rival) Margin(ReadOnlySpan<float> probabilities, int label)
    {
        var rival = label == 0 ? 1 : 0;
        for (var k = rival + 1; k < probabilities.Length; k++)
        {
            if (k != label && probabilities[k] > probabilities[rival])
                rival = k;
        }

        return (probabilities[label] - probabilities[rival], rival);
    }
}
