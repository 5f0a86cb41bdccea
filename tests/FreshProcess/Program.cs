using System.Globalization;
using System.Runtime.InteropServices;
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;

// A second process for the tests.
//   score <model.zip> <rows>            : loads a model with Model.Load alone and prints its scores, as hexadecimal
//   load <folder>                       : loads every file there and prints what came of it, then the most memory the process had, in kB
//   save <a.zip> <b.zip> <to.zip>       : saves one model and the other to a third path until killed; prints a line when the first is saved
//   memory <small.zip> <a.zip> <to.zip> : prints the kB of memory that loading, and then saving, a model takes at its peak
//   fit <options type> <catalog>        : trains on fixed rows and prints the weights' scores, as hexadecimal
//   verify <folder>                     : exports a model there with Verify, in a program without ONNX Runtime, and prints the error
//   stoppable <options type> <folder>   : trains with checkpoints in a folder and prints all that the fit gave
//   images <folder> <cache>             : trains on a folder of images and keeps them decoded, and prints a digest of the weights
var context = new MLContext();
switch (args[0])
{
    case "score":
        Print(context.Model.Load(args[1], out _), context.Data.LoadFromEnumerable(Row.Make(int.Parse(args[2], CultureInfo.InvariantCulture))));
        break;
    case "load":
        ModelFiles.LoadAll(context, args[1]);
        break;
    case "save":
        ModelFiles.SaveForever(context, [args[1], args[2]], args[3]);
        break;
    case "memory":
        ModelFiles.Measure(context, args[1], args[2], args[3]);
        break;
    case "fit":
        var options = Options(args[1]);
        (options.Network, options.Epochs, options.BatchSize) = (NetworkSpec.Mlp([8]), 5, 16);
        var rows = context.Data.LoadFromEnumerable(Row.Make(48));
        IEstimator<ITransformer> label = args[2] == nameof(FlipRegCatalog)
            ? context.Transforms.Conversion.MapValueToKey("Label").Append(Trainer(context, options, null))
            : context.Transforms.Expression("Label", "x : x == \"class 1\"", "Label").Append(BinaryTrainer(context, options));
        Print(label.Fit(rows), rows);
        break;
    case "verify":
        Verify(args[1]);
        break;
    case "stoppable":
        StoppableFit.Run(context, args[1], args[2]);
        break;
    case "images":
        ImageFit.Run(context, args[1], args[2]);
        break;
    default:
        throw new ArgumentException($"There is no command '{args[0]}'.");
}

void Verify(string folder)
{
    var fast = new CrossEntropyOptions { Network = NetworkSpec.Mlp([8]), Epochs = 1 };
    var data = context.Data.LoadFromEnumerable(Row.Make(48));
    var model = context.Transforms.Conversion.MapValueToKey("Label").Append(Trainer(context, fast, null)).Fit(data);
    try
    {
        context.Model.ExportOnnx(model, data, Path.Combine(folder, "model.onnx"), new OnnxExportOptions { Verify = true });
    }
    catch (InvalidOperationException e)
    {
        Console.WriteLine(e.Message);
    }

    context.Model.ExportOnnx(model, data, Path.Combine(folder, "unverified.onnx"));
}

void Print(ITransformer model, IDataView rows)
{
    var scored = model.Transform(rows);
    var scores = scored.Schema.GetColumnOrNull("Probability") is null
        ? context.Data.CreateEnumerable<Scored>(scored, reuseRowObject: false, ignoreMissingColumns: true).SelectMany(r => r.Score).ToArray()
        : scored.GetColumn<float>("Score").Zip(scored.GetColumn<float>("Probability"), (score, probability) => new[] { score, probability }).SelectMany(r => r).ToArray();
    Console.WriteLine(Convert.ToHexString(MemoryMarshal.AsBytes<float>(scores)));
}

internal static partial class Program
{
    /// <summary>Options of a type, with a seed.</summary>
    public static TrainingOptions Options(string type)
    {
        var options = (TrainingOptions)Activator.CreateInstance(typeof(TrainingOptions).Assembly.GetType(type, throwOnError: true)!)!;
        options.Seed = 7;
        return options;
    }

    /// <summary>The catalog's trainer for options.</summary>
    public static IEstimator<FlipRegPredictionTransformer> Trainer(MLContext context, TrainingOptions options, IDataView? validation)
    {
        return (IEstimator<FlipRegPredictionTransformer>)Method(typeof(FlipRegCatalog), options).Invoke(null, [context.MulticlassClassification.Trainers, options, validation])!;
    }

    /// <summary>The catalog's trainer of a binary classifier for options.</summary>
    public static IEstimator<ITransformer> BinaryTrainer(MLContext context, TrainingOptions options) =>
        (IEstimator<ITransformer>)Method(typeof(FlipRegBinaryCatalog), options).Invoke(null, [context.BinaryClassification.Trainers, options, null])!;

    private static System.Reflection.MethodInfo Method(Type catalog, TrainingOptions options) =>
        catalog.GetMethods().Single(m => m.GetParameters() is [_, { } second, ..] && second.ParameterType == options.GetType());
}

/// <summary>A row of fixed data.</summary>
internal sealed class Row
{
    public string Label { get; set; } = "";

    [VectorType(4)]
    public float[] Features { get; set; } = [];

    public static Row[] Make(int count) => [.. Enumerable.Range(0, count).Select(i => new Row
    {
        Label = "class " + (i % 3),
        Features = [(i % 3) + (i * 7 % 10 / 20f), i % 3 == 1 ? 3 : 0, i * 3 % 10 / 20f, 1],
    })];
}

/// <summary>The scores of a row.</summary>
internal sealed class Scored
{
    public float[] Score { get; set; } = [];
}
