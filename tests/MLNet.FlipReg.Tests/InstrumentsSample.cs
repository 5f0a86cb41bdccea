// begin
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
// end

namespace MLNet.FlipReg.Tests;

/// <summary>Noise, label issues, calibration, attacks and snapshots: the sample of docs/instruments.md, between the marks word by word.</summary>
internal static class InstrumentsSample
{
    public static (LabelIssueReport Report, CalibrationMetrics Before, CalibrationMetrics After, RobustnessMetrics Attacked, int Snapshots) Run()
    {
        // begin
        var ml = new MLContext(seed: 1);
        var file = ml.Data.LoadFromTextFile<Blossom>("iris.csv", separatorChar: ',', hasHeader: true);
        var data = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Blossom.Species)).Fit(file).Transform(file);
        var split = ml.Data.TrainTestSplit(data, testFraction: 0.4, seed: 1);

        // A fifth of the training labels become wrong; the column OriginalLabel keeps what they were.
        var noisy = ml.Data.CorruptLabels(split.TrainSet, LabelNoise.Symmetric(0.2));

        // Which ones are they? What the training saw of every row tells.
        var trainer = ml.MulticlassClassification.Trainers.FerElr(new FerElrOptions { TrackRows = true });
        using var model = trainer.Fit(noisy);
        var report = ml.MulticlassClassification.FindLabelIssues(noisy, model);
        foreach (var issue in report.Issues.Take(3))
            Console.WriteLine($"row {issue.Row}: {issue.GivenLabel}, rather {issue.SuggestedLabel} ({issue.Evidence})");
        report.WriteCsv("issues.csv");

        // Are its probabilities as sure as they are right? A temperature fitted on rows it has not seen; it works for any trainer.
        var scored = model.Transform(split.TestSet);
        var calibrator = ml.MulticlassClassification.TemperatureCalibrator().Fit(scored);
        var before = ml.MulticlassClassification.EvaluateCalibration(scored);
        var after = ml.MulticlassClassification.EvaluateCalibration(calibrator.Transform(scored));
        Console.WriteLine($"T = {calibrator.Temperature:F2}: log-loss {before.LogLoss:F3} to {after.LogLoss:F3}, ECE {before.ExpectedCalibrationError:F3} to {after.ExpectedCalibrationError:F3}");

        // What do changes of at most 0.3 cm do to it?
        var attacked = ml.MulticlassClassification.EvaluateRobustness(split.TestSet, model, new AttackOptions { Epsilon = 0.3 });
        Console.WriteLine($"error {attacked.Error:P1}, FGSM {attacked.FgsmError:P1}, PGD {attacked.PgdError:P1}");

        // Four snapshots of one training as one model.
        using var snapshots = ml.MulticlassClassification.SnapshotEnsemble(new OlsOptions { Epochs = 40 }, cycles: 4).Fit(split.TrainSet);
        ml.Model.Save(snapshots, data.Schema, "snapshots.zip");
        // end
        return (report, before, after, attacked, snapshots.Models.Count);
    }

    // begin
    public sealed class Blossom
    {
        [LoadColumn(0, 3), VectorType(4), ColumnName("Features")] public float[] Measurements { get; set; } = [];
        [LoadColumn(4)] public string Species { get; set; } = "";
    }

    // end
}
