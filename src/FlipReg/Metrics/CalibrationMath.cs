namespace FlipReg.Metrics;

/// <summary>How well predicted probabilities agree with what comes true: pure functions on host arrays.</summary>
internal static class CalibrationMath
{
    /// <summary>The least probability that a logarithm is taken of, as in ML.NET's metrics.</summary>
    public const double LeastProbability = 1e-15;

    /// <summary>The bin of a probability among equally wide ones: ((i) / bins, (i + 1) / bins], the first with 0.</summary>
    public static int Bin(double probability, int bins) => Math.Clamp((int)Math.Ceiling(probability * bins) - 1, 0, bins - 1);

    /// <summary>Bins of equal width (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017).</summary>
    /// <param name="probabilities">Predicted probabilities, one a row.</param>
    /// <param name="cameTrue">Whether what was predicted is so, one a row.</param>
    /// <param name="bins">Number of bins.</param>
    public static IReadOnlyList<ReliabilityBin> EqualWidth(ReadOnlySpan<float> probabilities, ReadOnlySpan<bool> cameTrue, int bins)
    {
        var sums = new BinSums[bins];
        for (var i = 0; i < probabilities.Length; i++)
            sums[Bin(probabilities[i], bins)].Add(probabilities[i], cameTrue[i]);
        return Table(sums);
    }

    /// <summary>A table of equally wide bins.</summary>
    public static IReadOnlyList<ReliabilityBin> Table(ReadOnlySpan<BinSums> sums)
    {
        var table = new ReliabilityBin[sums.Length];
        for (var i = 0; i < table.Length; i++)
            table[i] = sums[i].ToBin((double)i / table.Length, (i + 1.0) / table.Length);
        return table;
    }

    /// <summary>
    /// Bins of as equal numbers of rows as can be (Nixon et al., "Measuring Calibration in Deep Learning", CVPR workshops 2019). Equal probabilities stay together,
    /// so that the order of the rows does not count; there may be fewer bins than asked for.
    /// </summary>
    /// <inheritdoc cref="EqualWidth"/>
    public static IReadOnlyList<ReliabilityBin> EqualMass(ReadOnlySpan<float> probabilities, ReadOnlySpan<bool> cameTrue, int bins)
    {
        var (keys, hits) = (probabilities.ToArray(), cameTrue.ToArray());
        Array.Sort(keys, hits);
        var table = new List<ReliabilityBin>();
        var lower = 0.0;
        for (int first = 0, i = 0; first < keys.Length; i++)
        {
            var end = Math.Max(first + 1, (int)((i + 1L) * keys.Length / bins));
            while (end < keys.Length && keys[end] == keys[end - 1])
                end++;
            var sums = default(BinSums);
            for (var row = first; row < end; row++)
                sums.Add(keys[row], hits[row]);
            var upper = end == keys.Length ? 1.0 : keys[end - 1];
            table.Add(sums.ToBin(lower, upper));
            (lower, first) = (upper, end);
        }

        return table;
    }

    /// <summary>Expected calibration error: the mean over the rows of |mean probability − frequency| of their bin (Naeini, Cooper and Hauskrecht, AAAI 2015).</summary>
    public static double ExpectedError(IReadOnlyList<ReliabilityBin> table) => table.Sum(bin => bin.Rows * Math.Abs(bin.Gap)) / Math.Max(1, table.Sum(bin => bin.Rows));

    /// <summary>The largest |mean probability − frequency| of a bin with rows.</summary>
    public static double MaximumError(IReadOnlyList<ReliabilityBin> table) => table.Max(bin => bin.Rows == 0 ? 0 : Math.Abs(bin.Gap));

    /// <summary>Brier's score of a row: Σ (p[k] − [k is the label])², from 0 to 2 (Brier 1950).</summary>
    public static double Brier(ReadOnlySpan<float> probabilities, int label)
    {
        double sum = 0;
        for (var k = 0; k < probabilities.Length; k++)
        {
            var difference = probabilities[k] - (k == label ? 1.0 : 0);
            sum += difference * difference;
        }

        return sum;
    }

    /// <summary>Log-loss of a row, natural logarithm: −log p[label], p at least 1e-15.</summary>
    public static double LogLoss(double probability) => -Math.Log(Math.Max(probability, LeastProbability));

    /// <summary>How many classes come before the label: more probable ones, and equally probable ones of a lower number. 0 is a right prediction.</summary>
    public static int Rank(ReadOnlySpan<float> probabilities, int label)
    {
        var rank = 0;
        for (var k = 0; k < probabilities.Length; k++)
        {
            if (probabilities[k] > probabilities[label] || (k < label && probabilities[k] == probabilities[label]))
                rank++;
        }

        return rank;
    }

    /// <summary>The most probable class, the first of equals.</summary>
    public static int Highest(ReadOnlySpan<float> probabilities)
    {
        var best = 0;
        for (var k = 1; k < probabilities.Length; k++)
        {
            if (probabilities[k] > probabilities[best])
                best = k;
        }

        return best;
    }
}

/// <summary>Sums of the rows of one bin.</summary>
internal struct BinSums
{
    private long _rows;
    private long _true;
    private double _probability;

    public readonly long Rows => _rows;

    public void Add(double probability, bool cameTrue)
    {
        _rows++;
        _true += cameTrue ? 1 : 0;
        _probability += probability;
    }

    public readonly ReliabilityBin ToBin(double lower, double upper) =>
        new(lower, upper, _rows, _rows == 0 ? 0 : _probability / _rows, _rows == 0 ? 0 : (double)_true / _rows);
}
