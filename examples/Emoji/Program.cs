// A folder of colour images (emoji, 64 × 64, transparent) as data: networks from the pixels, and what each method is worth where 40 % of the labels are wrong.
using System.Globalization;
using Emoji;
using FlipReg;
using Microsoft.ML;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var data = args.Length > 0 ? args[0] : Path.Combine("examples", "Emoji", "data");
if (!File.Exists(Path.Combine(data, "emoji.json")))
{
    Console.Error.WriteLine($"There are no emoji in '{data}'. Run examples/Emoji/setup.sh, and start this program in the repository's folder or give it the data's.");
    return 1;
}

var ml = new MLContext(1);
var (trainFolder, testFolder) = EmojiFolders.Make(data, Path.Combine(data, "folders"), seed: 1);
var pictures = ml.Data.LoadImageFolder(trainFolder, out var report);
var keys = ml.Transforms.Conversion.MapValueToKey("Label").Fit(pictures);
var (train, test) = (keys.Transform(pictures), keys.Transform(ml.Data.LoadImageFolder(testFolder)));
var wrong = ml.Data.CorruptLabels(train, LabelNoise.Symmetric(0.4), seed: 1);
Console.WriteLine($"{report.Classes.Sum(c => c.Images)} pictures to train on, {report.Classes.Count} classes");

var images = new ImageOptions { Shape = new ImageShape(3, 32, 32), CacheDirectory = Path.Combine(data, "cache"), Augmentation = ImageAugmentation.Light };
var cnn = NetworkSpec.SmallCnn([16, 32, 64]);
Console.WriteLine($"{"",-36}{"test accuracy",14}{"40 % wrong",14}");
Show("pixels, linear", new CrossEntropyOptions { Images = images with { Augmentation = null }, Network = NetworkSpec.Mlp([]) });
Show("small CNN, cross-entropy", new CrossEntropyOptions { Images = images, Network = cnn });
Show("small CNN, FER, noisy-label form", new FerOptions { Images = images, Network = cnn, NoisyLabels = true });
Show("small CNN, OLS", new OlsOptions { Images = images, Network = cnn });
return 0;

void Show(string name, TrainingOptions options)
{
    (options.FeatureColumnName, options.Epochs) = ("ImagePath", 30);
    Console.WriteLine($"{name,-36}{Accuracy(options, train),14:F3}{Accuracy(options, wrong),14:F3}");
}

double Accuracy(TrainingOptions options, IDataView rows)
{
    var trainers = ml.MulticlassClassification.Trainers;
    IEstimator<ITransformer> trainer = options switch
    {
        FerOptions fer => trainers.Fer(fer),
        OlsOptions ols => trainers.Ols(ols),
        _ => trainers.CrossEntropy((CrossEntropyOptions)options),
    };
    var model = trainer.Fit(rows);
    var accuracy = ml.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy;
    ((IDisposable)model).Dispose();
    return accuracy;
}
