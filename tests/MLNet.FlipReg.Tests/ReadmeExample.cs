// begin
using Microsoft.ML;
using Microsoft.ML.Data;
// end

namespace MLNet.FlipReg.Tests;

/// <summary>The example of README.md, between the marks word by word.</summary>
internal static class ReadmeExample
{
    public static MulticlassClassificationMetrics Run()
    {
        // begin
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromTextFile<Flower>("iris.csv", separatorChar: ',', hasHeader: true);
        var split = ml.Data.TrainTestSplit(data, testFraction: 0.2, seed: 1);

        var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Flower.Species))
            .Append(ml.MulticlassClassification.Trainers.Fer(epochs: 40))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

        var model = pipeline.Fit(split.TrainSet);
        var metrics = ml.MulticlassClassification.Evaluate(model.Transform(split.TestSet));
        Console.WriteLine($"accuracy {metrics.MicroAccuracy:F3}, log-loss {metrics.LogLoss:F3}");
        ml.Model.Save(model, data.Schema, "iris.zip");
        // end
        model.Dispose();
        return metrics;
    }

    // begin
    public sealed class Flower
    {
        [LoadColumn(0, 3), VectorType(4), ColumnName("Features")] public float[] Measurements { get; set; } = [];
        [LoadColumn(4)] public string Species { get; set; } = "";
    }

    // end
}
