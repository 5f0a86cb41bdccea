// begin
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
// end

namespace MLNet.FlipReg.Tests;

/// <summary>The second sample of README.md, between the marks word by word.</summary>
internal static class ReadmeSample
{
    public static (FlipRegPredictionTransformer Classifier, IReadOnlyList<ClassScore> Pairs) Run()
    {
        // begin
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromTextFile<Order>("orders.csv", new TextLoader.Options
        {
            HasHeader = true,
            Separators = [','],
            AllowQuoting = true,       // "Lyon, centre" is one field
            MissingRealsAsNaNs = true, // an empty price is missing, not 0
        });
        var split = ml.Data.TrainTestSplit(data, testFraction: 0.2, seed: 1);

        var prepare = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Order.Outcome))
            .Append(ml.Transforms.Categorical.OneHotEncoding([new("Shop"), new("Payment")]))
            .Append(ml.Transforms.Concatenate("Features", "Numbers", "Shop", "Payment"))
            .Fit(split.TrainSet);

        var trainer = ml.MulticlassClassification.Trainers.Fer(new FerOptions
        {
            Network = NetworkSpec.Mlp([64, 32], dropout: 0.1),
            Epochs = 30,
            Seed = 1,
            Progress = report => Console.WriteLine(report),
        });
        var classifier = trainer.Fit(prepare.Transform(split.TrainSet), validationData: prepare.Transform(split.TestSet));

        using var engine = ml.Model.CreatePredictionEngine<Order, Prediction>(prepare.Append(classifier));
        var prediction = engine.Predict(new Order { Numbers = [19.99f, 2], Shop = "Lyon, centre", Payment = "card" });
        foreach (var (outcome, score) in classifier.ClassScores(prediction.Score))
            Console.WriteLine($"{outcome}: {score:P1}");
        // end
        return (classifier, classifier.ClassScores(prediction.Score));
    }

    // begin
    public sealed class Order
    {
        [LoadColumn(0, 1), VectorType(2)] public float[] Numbers { get; set; } = []; // price, items
        [LoadColumn(2)] public string Shop { get; set; } = "";
        [LoadColumn(3)] public string Payment { get; set; } = "";
        [LoadColumn(4)] public string Outcome { get; set; } = "";
    }

    public sealed class Prediction
    {
        public float[] Score { get; set; } = [];
    }

    // end
}
