namespace FlipReg;

/// <summary>
/// How well a multiclass classifier's probabilities agree with what is right. Confidence is the predicted class's probability; it is calibrated where of the rows with confidence 0.8
/// 80 % are right. Made by <c>MulticlassClassification.EvaluateCalibration</c>.
/// </summary>
public sealed class CalibrationMetrics
{
    internal CalibrationMetrics()
    {
    }

    /// <summary>Rows that were counted: those with a label and scores that are numbers.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows left out for want of a label, or of scores that are numbers.</summary>
    public required long SkippedRows { get; init; }

    /// <summary>Share of rows whose most probable class is their label; 0 to 1.</summary>
    public double Accuracy => TopKAccuracies[0];

    /// <summary>For k = 1, …, K the share of rows whose label is among the k most probable classes (at index k − 1); of equals the first in the order of the keys.</summary>
    public required IReadOnlyList<double> TopKAccuracies { get; init; }

    /// <summary>ECE: the mean over the rows of |confidence − accuracy| of their bin, in bins of equal width (Guo et al., ICML 2017); 0 to 1, the lower the better.</summary>
    public required double ExpectedCalibrationError { get; init; }

    /// <summary>The same in bins of equal numbers of rows (Nixon et al. 2019); 0 to 1.</summary>
    public required double EqualMassCalibrationError { get; init; }

    /// <summary>The mean over the classes of the ECE of the class's own probability, over all rows (Kull et al., NeurIPS 2019); 0 to 1.</summary>
    public required double ClasswiseCalibrationError { get; init; }

    /// <summary>The largest |confidence − accuracy| of a bin of equal width; 0 to 1.</summary>
    public required double MaximumCalibrationError { get; init; }

    /// <summary>Brier's score: the mean over the rows of Σ (p[k] − [k is the label])²; 0 to 2, the lower the better.</summary>
    public required double BrierScore { get; init; }

    /// <summary>Mean of −log p[label], natural logarithm, p at least 1e-15.</summary>
    public required double LogLoss { get; init; }

    /// <summary>The reliability table: bins of equal width by confidence, the lowest first.</summary>
    public required IReadOnlyList<ReliabilityBin> ReliabilityTable { get; init; }

    /// <summary>The table in bins of equal numbers of rows.</summary>
    public required IReadOnlyList<ReliabilityBin> EqualMassTable { get; init; }

    /// <summary>How the rows with right and with wrong labels do; null where the true labels were not given.</summary>
    public LabelNoiseMetrics? LabelNoise { get; init; }
}

/// <summary>How well a binary classifier's probabilities agree with what is right. Made by <c>BinaryClassification.EvaluateCalibration</c>.</summary>
public sealed class BinaryCalibrationMetrics
{
    internal BinaryCalibrationMetrics()
    {
    }

    /// <summary>Rows that were counted: those with a probability that is a number.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows left out, whose probability is not a number.</summary>
    public required long SkippedRows { get; init; }

    /// <summary>Share of rows whose label is true where their probability is above 0.5, else false; 0 to 1.</summary>
    public required double Accuracy { get; init; }

    /// <summary>ECE: the mean over the rows of |mean probability of true − share of true| of their bin, in bins of equal width; 0 to 1, the lower the better.</summary>
    public required double ExpectedCalibrationError { get; init; }

    /// <summary>The same in bins of equal numbers of rows; 0 to 1.</summary>
    public required double EqualMassCalibrationError { get; init; }

    /// <summary>The largest |mean probability − share| of a bin of equal width; 0 to 1.</summary>
    public required double MaximumCalibrationError { get; init; }

    /// <summary>Brier's score: the mean over the rows of (p − [true])²; 0 to 1, half of what two classes would give.</summary>
    public required double BrierScore { get; init; }

    /// <summary>Mean of −log of the label's probability, natural logarithm, p at least 1e-15.</summary>
    public required double LogLoss { get; init; }

    /// <summary>The reliability table: bins of equal width by the probability of true, the lowest first.</summary>
    public required IReadOnlyList<ReliabilityBin> ReliabilityTable { get; init; }

    /// <summary>The table in bins of equal numbers of rows.</summary>
    public required IReadOnlyList<ReliabilityBin> EqualMassTable { get; init; }

    /// <summary>How the rows with right and with wrong labels do; null where the true labels were not given.</summary>
    public LabelNoiseMetrics? LabelNoise { get; init; }
}

/// <summary>How the rows with right labels and those with wrong ones do. A share of no rows is not a number.</summary>
/// <param name="CleanRows">Rows whose label is the true one.</param>
/// <param name="CorruptedRows">Rows whose label is not.</param>
/// <param name="CleanAccuracy">Share of the clean rows that are predicted right.</param>
/// <param name="CorruptedAccuracy">Share of the corrupted rows for which the true label is predicted: the model sees through the noise.</param>
/// <param name="MemorizedShare">Share of the corrupted rows for which the wrong label is predicted: the model has memorised it, where it was trained on them.</param>
public sealed record LabelNoiseMetrics(long CleanRows, long CorruptedRows, double CleanAccuracy, double CorruptedAccuracy, double MemorizedShare);
