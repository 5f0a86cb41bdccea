using System.Runtime.InteropServices;

namespace FlipReg.Metrics;

/// <summary>Takes scored rows one by one and keeps what calibration metrics are made of: two small values a row, and sums.</summary>
/// <param name="classes">Number of classes, K.</param>
/// <param name="bins">Bins of a table.</param>
internal sealed class CalibrationSums(int classes, int bins)
{
    private readonly List<float> _probabilities = [];
    private readonly List<bool> _right = [];
    private readonly BinSums[] _ofClasses = new BinSums[classes * bins];
    private readonly long[] _ranks = new long[classes];
    private double _brier;
    private double _logLoss;

    /// <summary>Rows so far.</summary>
    public int Rows => _right.Count;

    public double Brier => _brier / Rows;

    public double LogLoss => _logLoss / Rows;

    /// <summary>Tables of the predicted class's probability, of equal width and of equal mass.</summary>
    public (IReadOnlyList<ReliabilityBin> EqualWidth, IReadOnlyList<ReliabilityBin> EqualMass) Tables()
    {
        var probabilities = CollectionsMarshal.AsSpan(_probabilities);
        var right = CollectionsMarshal.AsSpan(_right);
        return (CalibrationMath.EqualWidth(probabilities, right, bins), CalibrationMath.EqualMass(probabilities, right, bins));
    }

    /// <summary>
    /// Classwise ECE: the mean over the classes of the ECE of the class's own probability, over all rows, in bins of equal width (Kull et al., "Beyond temperature
    /// scaling", NeurIPS 2019).
    /// </summary>
    public double ClasswiseError() =>
        Enumerable.Range(0, classes).Average(k => CalibrationMath.ExpectedError(CalibrationMath.Table(_ofClasses.AsSpan(k * bins, bins))));

    /// <summary>For k = 1, …, K the share of rows whose label is among the k most probable classes.</summary>
    public IReadOnlyList<double> TopAccuracies()
    {
        long within = 0;
        return Array.ConvertAll(_ranks, count => (double)(within += count) / Rows);
    }

    /// <summary>Adds a row of K probabilities, with its label from 0.</summary>
    public void Add(ReadOnlySpan<float> probabilities, int label)
    {
        var rank = CalibrationMath.Rank(probabilities, label);
        _ranks[rank]++;
        _brier += CalibrationMath.Brier(probabilities, label);
        _logLoss += CalibrationMath.LogLoss(probabilities[label]);
        for (var k = 0; k < classes; k++)
            _ofClasses[(k * bins) + CalibrationMath.Bin(probabilities[k], bins)].Add(probabilities[k], k == label);
        Add(probabilities[CalibrationMath.Highest(probabilities)], rank == 0);
    }

    /// <summary>Adds a row of which one probability is looked at.</summary>
    public void Add(float probability, bool cameTrue)
    {
        _probabilities.Add(probability);
        _right.Add(cameTrue);
    }

    /// <summary>Adds a row of a binary classifier: the probability of true. Its Brier score is (p − [true])², half of that of two classes.</summary>
    public void AddBinary(float probability, bool label)
    {
        _ranks[probability > 0.5f == label ? 0 : 1]++;
        var difference = probability - (label ? 1.0 : 0);
        _brier += difference * difference;
        _logLoss += CalibrationMath.LogLoss(label ? probability : 1.0 - probability);
        Add(probability, label);
    }
}
