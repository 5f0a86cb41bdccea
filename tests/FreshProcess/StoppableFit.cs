using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FlipReg;
using Microsoft.ML;

/// <summary>A fit with everything that has a state, and as many checkpoints as there can be, for somebody to kill.</summary>
internal static class StoppableFit
{
    /// <summary>Trains with checkpoints in a folder (none where it is empty), says "ready" when it starts, and in the end prints all that the fit gave.</summary>
    public static void Run(MLContext context, string optionsType, string directory)
    {
        var options = Program.Options(optionsType);
        (options.Network, options.Epochs, options.BatchSize) = (NetworkSpec.Mlp([512, 512], batchNorm: true, dropout: 0.2), 40, 16);
        (options.WeightAverage, options.Keep, options.MaximumGradientNorm, options.CountForgetting) = (1.5, KeptWeights.Best, 2, true);
        (options.CheckpointDirectory, options.CheckpointMinutes) = (directory.Length == 0 ? null : directory, 1e-9);
        var pipeline = context.Transforms.Conversion.MapValueToKey("Label");
        var (train, validation) = (Rows(context, 600, 1), Rows(context, 300, 2));
        var keys = pipeline.Fit(train);
        Console.WriteLine("ready");
        using var model = Program.Trainer(context, options, keys.Transform(validation)).Fit(keys.Transform(train));
        var weights = model.Model.GetWeights().SelectMany(w => MemoryMarshal.AsBytes<float>(w.Values).ToArray()).ToArray();
        Console.WriteLine(Convert.ToHexString(SHA256.HashData(weights)));
        foreach (var report in model.Model.History)
            Console.WriteLine(report with { RowsPerSecond = 0, TimeLeft = default, WorkingSet = 0 });
        Console.WriteLine(string.Join(' ', model.Model.ForgettingEvents!));
    }

    private static IDataView Rows(MLContext context, int count, int seed)
    {
        var random = new Random(seed);
        return context.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new Row
        {
            Label = "class " + (i % 3),
            Features = [(i % 3) + random.NextSingle(), (float)(random.NextDouble() * 2) - (i % 3), random.NextSingle(), 1],
        }).ToArray());
    }
}
