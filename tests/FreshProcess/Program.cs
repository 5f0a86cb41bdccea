using System.Runtime.InteropServices;
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;

// A second process for the tests.
//   score <model.zip> <rows> : loads a model with Model.Load alone and prints its scores, as hexadecimal
//   fit <options type>       : trains on fixed rows and prints the weights' scores, as hexadecimal
var context = new MLContext();
var rows = context.Data.LoadFromEnumerable(Row.Make(args[0] == "score" ? int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture) : 48));
ITransformer model = args[0] == "score" ? context.Model.Load(args[1], out _) : Fit(args[1]);
var scores = context.Data.CreateEnumerable<Scored>(model.Transform(rows), reuseRowObject: false, ignoreMissingColumns: true).SelectMany(r => r.Score).ToArray();
Console.WriteLine(Convert.ToHexString(MemoryMarshal.AsBytes<float>(scores)));

ITransformer Fit(string optionsType)
{
    var options = (TrainingOptions)Activator.CreateInstance(typeof(TrainingOptions).Assembly.GetType(optionsType, throwOnError: true)!)!;
    (options.Network, options.Epochs, options.BatchSize, options.Seed) = (NetworkSpec.Mlp([8]), 5, 16, 7);
    var method = typeof(FlipRegCatalog).GetMethods().Single(m => m.GetParameters() is [_, { } second, ..] && second.ParameterType == options.GetType());
    var trainer = (IEstimator<ITransformer>)method.Invoke(null, [context.MulticlassClassification.Trainers, options, null])!;
    return context.Transforms.Conversion.MapValueToKey("Label").Append(trainer).Fit(rows);
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
