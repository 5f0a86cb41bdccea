// Train a pipeline on Iris, export all of it as one ONNX model, and have a program without ML.NET and TorchSharp score the same flowers.
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using OnnxScoring;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var ml = new MLContext(seed: 1);
var csv = Path.Combine(AppContext.BaseDirectory, "iris.csv");
var data = ml.Data.LoadFromTextFile<Flower>(csv, separatorChar: ',', hasHeader: true);

var progress = new ConsoleProgress(Console.Error, "training");
using var model = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Flower.Species))
    .Append(ml.Transforms.Concatenate("Features", nameof(Flower.SepalLength), nameof(Flower.SepalWidth), nameof(Flower.PetalLength), nameof(Flower.PetalWidth)))
    .Append(ml.MulticlassClassification.Trainers.Fer(new FerOptions { Progress = progress.Report }))
    .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
    .Fit(data);

var folder = Directory.CreateTempSubdirectory("flipreg-onnx-");
try
{
    var path = Path.Combine(folder.FullName, "iris.onnx");
    var report = ml.Model.ExportOnnx(model, data, path, new OnnxExportOptions { Verify = true });
    Console.WriteLine($"Exported            {new FileInfo(path).Length / 1024} kB; inputs {string.Join(", ", report.Inputs)}; outputs {string.Join(", ", report.Outputs)}");
    Console.WriteLine($"Verified            {report.VerifiedRows} rows; scores {(report.LargestDifference <= 1e-5 ? "within 1e-5" : "DIFFERENT")}, labels equal");

    // What the pipeline says of every flower, for the other program to compare with.
    var expected = Path.Combine(folder.FullName, "expected.csv");
    var scored = model.Transform(data);
    File.WriteAllLines(expected, scored.GetColumn<string>("PredictedLabel").Zip(scored.GetColumn<float[]>("Score"), (label, scores) => $"{label},{string.Join(',', scores)}"));

    var score = typeof(Flower).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "ScoreProgram").Value!;
    using var process = Process.Start(new ProcessStartInfo("dotnet", [score, path, csv, expected]))!;
    process.WaitForExit();
    return process.ExitCode;
}
finally
{
    folder.Delete(recursive: true);
}
