// begin
using Microsoft.ML;
using Microsoft.ML.Data;
// end

namespace MLNet.FlipReg.Tests;

/// <summary>Which features matter, and what they contributed to each row: the sample of docs/explaining.md, between the marks word by word.</summary>
internal static class ExplainingSample
{
    public static void Run()
    {
        // begin
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromTextFile<Iris>("iris.csv", separatorChar: ',', hasHeader: true);
        var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Iris.Species))
            .Append(ml.Transforms.Concatenate("Features", nameof(Iris.SepalLength), nameof(Iris.SepalWidth), nameof(Iris.PetalLength), nameof(Iris.PetalWidth)))
            .Append(ml.MulticlassClassification.Trainers.Fer());
        using var model = pipeline.Fit(data);
        var scored = model.Transform(data);

        // Of the model: how much accuracy is lost where a feature's values are exchanged between the rows.
        foreach (var (feature, change) in ml.MulticlassClassification.PermutationFeatureImportance(model, scored))
            Console.WriteLine($"{feature}: {change.MicroAccuracy.Mean:P1}");

        // Of every row: what each feature contributed. A report with one column per feature.
        var explained = model.LastTransformer.Explain(scored);
        var report = ml.Transforms.Conversion.MapKeyToValue("ExplainedClass")
            .Append(ml.Transforms.SelectColumns("Species", "ExplainedClass", "ScoreDifference", "FeatureContributions", "ContributionError"))
            .Fit(explained).Transform(explained);
        using var file = File.Create("explained.csv");
        ml.Data.SaveAsText(report, file, separatorChar: ',', schema: false, forceDense: true);
        // end
    }

    // begin

    public sealed class Iris
    {
        [LoadColumn(0)] public float SepalLength { get; set; }
        [LoadColumn(1)] public float SepalWidth { get; set; }
        [LoadColumn(2)] public float PetalLength { get; set; }
        [LoadColumn(3)] public float PetalWidth { get; set; }
        [LoadColumn(4)] public string Species { get; set; } = "";
    }
    // end
}
