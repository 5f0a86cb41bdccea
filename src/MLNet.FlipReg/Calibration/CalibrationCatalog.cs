using FlipReg;
using FlipReg.Metrics;
using MLNet.FlipReg.Calibration;
using MLNet.FlipReg.Interop;
using MLNet.FlipReg.Training;
using static System.FormattableString;

namespace Microsoft.ML;

/// <summary>Adds metrics of calibration, and temperature scaling, to <c>mlContext.MulticlassClassification</c> and <c>mlContext.BinaryClassification</c>.</summary>
public static class CalibrationCatalog
{
    /// <summary>Bins of the tables by default, as in Guo et al.</summary>
    private const int DefaultBins = 15;

    /// <summary>Tells how well probabilities agree with what is right: ECE, Brier, log-loss, top-k and more, of any multiclass model's scores.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">Scored data. Rows without a label, or whose scores are not numbers, are left out and counted.</param>
    /// <param name="labelColumnName">Name of the label column, a key: what scores are held against.</param>
    /// <param name="scoreColumnName">Name of the score column, one probability for each key.</param>
    /// <param name="trueLabelColumnName">Name of a column with the true labels, such as <c>CorruptLabels</c> makes; adds the accuracies on right and wrong labels. Null for none.</param>
    /// <param name="bins">Bins of a table, 1 to 1,000.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type, or <paramref name="bins"/> is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The scores are not probabilities, or no row is left.</exception>
    public static CalibrationMetrics EvaluateCalibration(this MulticlassClassificationCatalog catalog, IDataView data, string labelColumnName = "Label",
        string scoreColumnName = "Score", string? trueLabelColumnName = null, int bins = DefaultBins)
    {
        Check(catalog, data, bins);
        var rows = new ScoredRows(data, labelColumnName, scoreColumnName, trueLabelColumnName);
        var sums = new CalibrationSums(rows.Classes, bins);
        var noise = new NoiseCounts();
        var skipped = rows.Read((label, scores, truth) =>
        {
            sums.Add(scores, label);
            noise.Add(label, truth, CalibrationMath.Highest(scores));
        }, probabilities: true);
        var (table, equalMass) = sums.Tables();
        return new CalibrationMetrics
        {
            Rows = sums.Rows,
            SkippedRows = skipped,
            TopKAccuracies = sums.TopAccuracies(),
            ExpectedCalibrationError = CalibrationMath.ExpectedError(table),
            EqualMassCalibrationError = CalibrationMath.ExpectedError(equalMass),
            ClasswiseCalibrationError = sums.ClasswiseError(),
            MaximumCalibrationError = CalibrationMath.MaximumError(table),
            BrierScore = sums.Brier,
            LogLoss = sums.LogLoss,
            ReliabilityTable = table,
            EqualMassTable = equalMass,
            LabelNoise = trueLabelColumnName is null ? null : noise.ToMetrics(),
        };
    }

    /// <summary>Tells how well the probabilities of any calibrated binary model agree with what is right: ECE, Brier, log-loss and more.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">Scored data. Rows whose probability is not a number are left out and counted.</param>
    /// <param name="labelColumnName">Name of the label column, a Boolean.</param>
    /// <param name="probabilityColumnName">Name of the column with the probability of true, a Single.</param>
    /// <param name="trueLabelColumnName">Name of a column with the true labels; adds the accuracies on right and wrong labels. Null for none.</param>
    /// <param name="bins">Bins of a table, 1 to 1,000.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type, or <paramref name="bins"/> is out of its range.</exception>
    /// <exception cref="InvalidOperationException">A probability is not from 0 to 1, or no row is left.</exception>
    public static BinaryCalibrationMetrics EvaluateCalibration(this BinaryClassificationCatalog catalog, IDataView data, string labelColumnName = "Label",
        string probabilityColumnName = "Probability", string? trueLabelColumnName = null, int bins = DefaultBins)
    {
        Check(catalog, data, bins);
        var label = ScoredColumns.BooleanLabel(data.Schema, labelColumnName);
        var probability = ScoredColumns.Single(data.Schema, probabilityColumnName, "probability");
        DataViewSchema.Column? truth = trueLabelColumnName is null ? null : ScoredColumns.True(data.Schema, trueLabelColumnName, label);
        using var cursor = data.GetRowCursor(truth is { } column ? [label, probability, column] : [label, probability]);
        var (readLabel, readProbability) = (KeyReader.Of(cursor, label), cursor.GetGetter<float>(probability));
        var readTrue = truth is { } known ? KeyReader.Of(cursor, known) : null;
        var (sums, noise, skipped, row) = (new CalibrationSums(2, bins), new NoiseCounts(), 0L, 0L);
        for (float p = 0; cursor.MoveNext(); row++)
        {
            readProbability(ref p);
            if (float.IsNaN(p))
            {
                skipped++;
                continue;
            }

            if (p is < 0 or > 1)
                throw new InvalidOperationException(Invariant($"Column '{probabilityColumnName}' must hold probabilities. Got {p} in row {row} (counted from 0). Add a calibrator, such as BinaryClassification.Calibrators.Temperature()."));
            var given = (int)readLabel() - 1;
            sums.AddBinary(p, given == 1);
            noise.Add(given, (int?)readTrue?.Invoke() - 1, p > 0.5f ? 1 : 0);
        }

        if (sums.Rows == 0)
            throw new InvalidOperationException(Invariant($"The data must hold a row with a number in column '{probabilityColumnName}'. Got none in {row} rows. Check the model."));
        var (table, equalMass) = sums.Tables();
        return new BinaryCalibrationMetrics
        {
            Rows = sums.Rows,
            SkippedRows = skipped,
            Accuracy = sums.TopAccuracies()[0],
            ExpectedCalibrationError = CalibrationMath.ExpectedError(table),
            EqualMassCalibrationError = CalibrationMath.ExpectedError(equalMass),
            MaximumCalibrationError = CalibrationMath.MaximumError(table),
            BrierScore = sums.Brier,
            LogLoss = sums.LogLoss,
            ReliabilityTable = table,
            EqualMassTable = equalMass,
            LabelNoise = readTrue is null ? null : noise.ToMetrics(),
        };
    }

    /// <summary>
    /// A calibrator to fit on validation data that a multiclass model scored: it finds the temperature T for which softmax(log Score / T) has the lowest cross-entropy
    /// (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017), and its transformer puts these probabilities in Score's place. Predicted labels stay.
    /// </summary>
    /// <remarks>
    /// For any trainer. Our own can do it in their fit and leave it in the weights (<see cref="TrainingOptions.FitTemperature"/>). Fitting needs libtorch, as training does.
    /// </remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a key.</param>
    /// <param name="scoreColumnName">Name of the score column: one value for each key.</param>
    /// <param name="scoresAreLogits">Whether the scores are logits, such as those of SdcaNonCalibrated: then they become softmax(Score / T). Else they are probabilities.</param>
    public static TemperatureCalibratorEstimator TemperatureCalibrator(this MulticlassClassificationCatalog catalog, string labelColumnName = "Label", string scoreColumnName = "Score", bool scoresAreLogits = false) =>
        new(HostAccess.Environment(catalog), labelColumnName, scoreColumnName, scoresAreLogits ? TemperatureKind.Logits : TemperatureKind.Probabilities);

    /// <summary>
    /// A calibrator to fit on validation data that a binary model scored: it finds the temperature T for which 1 / (1 + exp(−Score / T)) has the lowest cross-entropy; its
    /// transformer adds this as column Probability. Unlike Platt's it does not move where the label changes.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a Boolean.</param>
    /// <param name="scoreColumnName">Name of the score column, a Single: above 0 for true.</param>
    public static TemperatureCalibratorEstimator Temperature(this BinaryClassificationCatalog.CalibratorsCatalog catalog, string labelColumnName = "Label", string scoreColumnName = "Score") =>
        new(HostAccess.Environment(catalog), labelColumnName, scoreColumnName, TemperatureKind.Binary);

    private static void Check(object catalog, IDataView data, int bins)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        if (bins is < 1 or > 1000)
            throw new ArgumentOutOfRangeException(nameof(bins), Invariant($"bins must be at least 1 and at most 1000. Got {bins}. Give the number of ranges of a reliability table, such as 15."));
    }

    /// <summary>Counts rows with right and with wrong labels.</summary>
    private sealed class NoiseCounts
    {
        private long _clean;
        private long _corrupted;
        private long _cleanRight;
        private long _corruptedRight;
        private long _memorized;

        public void Add(int label, int? truth, int predicted)
        {
            if (truth is null)
                return;
            if (truth == label)
            {
                _clean++;
                _cleanRight += predicted == label ? 1 : 0;
                return;
            }

            _corrupted++;
            _corruptedRight += predicted == truth ? 1 : 0;
            _memorized += predicted == label ? 1 : 0;
        }

        public LabelNoiseMetrics ToMetrics() =>
            new(_clean, _corrupted, (double)_cleanRight / _clean, (double)_corruptedRight / _corrupted, (double)_memorized / _corrupted);
    }
}
