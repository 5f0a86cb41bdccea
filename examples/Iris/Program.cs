// The main job from end to end: train FER on Iris in an ML.NET pipeline, evaluate, cross-validate, save, and load in a second process.
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using FlipReg;
using Iris;
using Microsoft.ML;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var dataPath = Path.Combine(AppContext.BaseDirectory, "iris.csv");
var ml = new MLContext(seed: 1);
var data = ml.Data.LoadFromTextFile<Flower>(dataPath, separatorChar: ',', hasHeader: true);

if (args is ["score", var savedModel])
{
    // The second process: it has nothing but the file, and needs no call but Load.
    using var loaded = (IDisposable)ml.Model.LoadFile(savedModel, out _);
    Console.WriteLine(Convert.ToHexString(MemoryMarshal.AsBytes<float>(Scores((ITransformer)loaded))));
    return 0;
}

var split = ml.Data.TrainTestSplit(data, testFraction: 0.2, seed: 1);
var prepare = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Flower.Species))
    .Append(ml.Transforms.Concatenate("Features", nameof(Flower.SepalLength), nameof(Flower.SepalWidth), nameof(Flower.PetalLength), nameof(Flower.PetalWidth)));

// A line an epoch, beside the results: these go to the output, the lines to the error output.
var progress = new ConsoleProgress(Console.Error, "training");
var pipeline = prepare
    .Append(ml.MulticlassClassification.Trainers.Fer(new FerOptions { Progress = progress.Report }))
    .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
using var model = pipeline.Fit(split.TrainSet);

var metrics = ml.MulticlassClassification.Evaluate(model.Transform(split.TestSet));
Console.WriteLine($"Test rows           accuracy {metrics.MicroAccuracy:F3}, log-loss {metrics.LogLoss:F3}");
Console.WriteLine(metrics.ConfusionMatrix.GetFormattedConfusionTable());

// The label's keys are made once, on all rows; everything that learns is fitted anew in each fold.
var keyed = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Flower.Species)).Fit(data).Transform(data);
var inFold = ml.Transforms.Concatenate("Features", nameof(Flower.SepalLength), nameof(Flower.SepalWidth), nameof(Flower.PetalLength), nameof(Flower.PetalWidth))
    .Append(ml.MulticlassClassification.Trainers.Fer());
var folds = ml.MulticlassClassification.CrossValidate(keyed, inFold, numberOfFolds: 5, seed: 1);
Console.WriteLine($"5-fold validation   accuracy {folds.Average(f => f.Metrics.MicroAccuracy):F3} ({string.Join(", ", folds.Select(f => f.Metrics.MicroAccuracy.ToString("F3")))})");

var modelPath = Path.Combine(Path.GetTempPath(), $"flipreg-iris-{Environment.ProcessId}.zip");
ml.Model.SaveFile(model, data.Schema, modelPath);
var here = Convert.ToHexString(MemoryMarshal.AsBytes<float>(Scores(model)));
var there = RunSecondProcess("score", modelPath);
Console.WriteLine($"Saved model         {new FileInfo(modelPath).Length / 1024} kB; scores of a second process: {(here == there ? "identical, bit for bit" : "DIFFERENT")}");
File.Delete(modelPath);

var engine = ml.Model.CreatePredictionEngine<Flower, Prediction>(model);
var flower = new Flower { SepalLength = 6.3f, SepalWidth = 2.9f, PetalLength = 5.6f, PetalWidth = 1.8f };
var prediction = engine.Predict(flower);
Console.WriteLine($"One flower          {prediction.PredictedLabel}, probability {prediction.Score.Max():F3}");
return here == there ? 0 : 1;

ReadOnlySpan<float> Scores(ITransformer transformer) =>
    ml.Data.CreateEnumerable<Prediction>(transformer.Transform(data), reuseRowObject: false).SelectMany(p => p.Score).ToArray();

static string RunSecondProcess(params string[] arguments)
{
    var start = new ProcessStartInfo("dotnet", [typeof(Flower).Assembly.Location, .. arguments]) { RedirectStandardOutput = true };
    using var process = Process.Start(start)!;
    var output = process.StandardOutput.ReadToEnd().Trim();
    process.WaitForExit();
    return process.ExitCode == 0 ? output : throw new InvalidOperationException($"The second process must end with exit code 0. Got {process.ExitCode}.");
}
