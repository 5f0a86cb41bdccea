// A small convolutional network on 60,000 pictures of garments (Fashion-MNIST), trained by FER in an ML.NET pipeline: pixels as bytes straight into the
// trainer, mirrored and moved at random on the way.
using System.Diagnostics;
using System.Globalization;
using FashionMnist;
using FlipReg;
using Microsoft.ML;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var folder = Environment.GetEnvironmentVariable("FASHION_MNIST") ?? "/usr/share/datasets/fashion-mnist";
if (!File.Exists(Path.Combine(folder, "train-images-idx3-ubyte.gz")))
{
    Console.Error.WriteLine($"There is no Fashion-MNIST in '{folder}'. Run examples/FashionMnist/setup.sh, or name its folder in FASHION_MNIST.");
    return 1;
}

var ml = new MLContext(1);
var keys = ml.Transforms.Conversion.MapValueToKey("Label").Fit(ml.Data.LoadFromEnumerable(Garment.Read(folder, "train")));
var train = keys.Transform(ml.Data.LoadFromEnumerable(Garment.Read(folder, "train")));
var test = keys.Transform(ml.Data.LoadFromEnumerable(Garment.Read(folder, "t10k")));
var options = new FerOptions
{
    FeatureColumnName = nameof(Garment.Pixels),
    Images = new ImageOptions { Shape = new ImageShape(1, 28, 28), Augmentation = new ImageAugmentation { HorizontalFlip = 0.5 } },
    Network = NetworkSpec.SmallCnn([8, 32, 64]),
    Epochs = 5,
    Progress = new ConsoleProgress().Report,
};
var clock = Stopwatch.StartNew();
using var model = ml.MulticlassClassification.Trainers.Fer(options).Fit(train);
Console.WriteLine($"Trained on 60,000 pictures in {clock.Elapsed.TotalSeconds:F0} s.");
clock.Restart();
var metrics = ml.MulticlassClassification.Evaluate(model.Transform(test));
Console.WriteLine($"Test accuracy {metrics.MicroAccuracy:P1}, log-loss {metrics.LogLoss:F3}; 10,000 pictures scored in {clock.Elapsed.TotalSeconds:F1} s.");
return 0;
