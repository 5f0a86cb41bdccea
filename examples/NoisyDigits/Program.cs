// What each method is worth where labels are wrong: handwritten digits (8×8, 1,797 rows), 40 % of the training labels replaced by another
// class, the test labels left as they are. Same network, budget and seeds for every method; prints whatever comes out.
using System.Globalization;
using FlipReg;
using Microsoft.ML;
using NoisyDigits;

const double NoiseRate = 0.4;
int[] seeds = [1, 2, 3];

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var path = Path.Combine(AppContext.BaseDirectory, "digits.csv");
(string Name, Func<MLContext, IDataView, IEstimator<FlipRegPredictionTransformer>> Trainer)[] methods =
[
    ("CrossEntropy", (ml, test) => ml.MulticlassClassification.Trainers.CrossEntropy(new CrossEntropyOptions(), test)),
    ("FER, gated", (ml, test) => ml.MulticlassClassification.Trainers.Fer(new FerOptions(), test)),
    ("FER, noisy-label form", (ml, test) => ml.MulticlassClassification.Trainers.Fer(new FerOptions { NoisyLabels = true }, test)),
    ("FER-ELR", (ml, test) => ml.MulticlassClassification.Trainers.FerElr(new FerElrOptions(), test)),
    ("OLS", (ml, test) => ml.MulticlassClassification.Trainers.Ols(new OlsOptions(), test)),
];

Console.WriteLine($"Digits with {NoiseRate:P0} wrong training labels, mean of {seeds.Length} seeds (80/20 split)");
Console.WriteLine($"{"method",-24}{"accuracy",10}{"best",10}{"log-loss",10}{"RFE",10}");
foreach (var (name, trainer) in methods)
{
    var runs = seeds.Select(seed => Run(seed, trainer)).ToList();
    Console.WriteLine($"{name,-24}{runs.Average(r => r.Accuracy),10:F3}{runs.Average(r => r.Best),10:F3}{runs.Average(r => r.LogLoss),10:F3}{runs.Average(r => r.Rfe),10:F3}");
}

Console.WriteLine("accuracy, log-loss and RFE: after the last epoch; best: the best epoch's accuracy, which only the clean test labels can tell;");
Console.WriteLine("RFE: share of the wrong test rows that were right in an earlier epoch.");

(double Accuracy, double Best, double LogLoss, double Rfe) Run(int seed, Func<MLContext, IDataView, IEstimator<FlipRegPredictionTransformer>> trainer)
{
    var ml = new MLContext(seed);
    var split = ml.Data.TrainTestSplit(ml.Data.LoadFromTextFile<Digit>(path, separatorChar: ',', hasHeader: true), testFraction: 0.2, seed: seed);
    var train = ml.Data.LoadFromEnumerable(WrongLabels.Symmetric(ml.Data.CreateEnumerable<Digit>(split.TrainSet, reuseRowObject: false), NoiseRate, seed));
    var featurizer = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Digit.Class))
        .Append(ml.Transforms.CopyColumns("Features", nameof(Digit.Pixels)))
        .Fit(train);
    var test = featurizer.Transform(split.TestSet);
    using var model = trainer(ml, test).Fit(featurizer.Transform(train));
    var metrics = ml.MulticlassClassification.Evaluate(model.Transform(test));
    var history = model.Model.History;
    return (metrics.MicroAccuracy, history.Max(e => e.Validation!.Accuracy), metrics.LogLoss, history[^1].Validation!.RelativeFlippingError);
}
