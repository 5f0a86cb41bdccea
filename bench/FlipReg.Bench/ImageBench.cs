using System.Diagnostics;
using FlipReg.Data;
using FlipReg.Training;
using static TorchSharp.torch;

namespace FlipReg.Bench;

/// <summary>Rows per second of training on images of 32×32: FlipReg's methods, and plain loops in TorchSharp and PyTorch on the same networks, in turn.</summary>
internal static class ImageBench
{
    private const int Batch = 128;
    private const int Classes = 10;

    private static readonly ImageShape _shape = new(3, 32, 32);

    /// <summary>Prints medians and ratios.</summary>
    /// <param name="name">"cnn", "resnet20" or "resnet18"; null: all.</param>
    /// <param name="runs">Rounds that count.</param>
    public static void Run(string? name, int runs)
    {
        (string Name, NetworkSpec Spec, int Rows)[] networks =
            [("cnn", NetworkSpec.SmallCnn(), 1024), ("resnet20", NetworkSpec.CifarResNet(20), 1024), ("resnet18", NetworkSpec.ResNet(18, smallImages: true), 256)];
        foreach (var (title, spec, rows) in networks.Where(n => name is null || n.Name == name))
            Run(title, spec, rows, runs);
    }

    private static void Run(string title, NetworkSpec spec, int rows, int runs)
    {
        using var table = TrainingBench.Table(rows, _shape.Values, Classes);
        var path = Path.GetTempFileName();
        var bound = spec.Bind(_shape, Classes);
        File.WriteAllText(path, bound.ToJson());
        var threads = Environment.ProcessorCount;
        using var contiguous = PyTorchLoop.StartImages(path, rows, Batch, threads, channelsLast: false);
        using var channelsLast = PyTorchLoop.StartImages(path, rows, Batch, threads, channelsLast: true);
        var candidates = new List<(string Name, Func<double> Run)>
        {
            ("FlipReg CE", () => Fit(table, spec, new CrossEntropyOptions(), threads)),
            ("FlipReg FER", () => Fit(table, spec, new FerOptions(), threads)),
            ("FlipReg OLS", () => Fit(table, spec, new OlsOptions(), threads)),
            ("FlipReg CE, BFloat16", () => Fit(table, spec, new CrossEntropyOptions { Precision = Precision.BFloat16 }, threads)),
            ("TorchSharp CE", () => TorchSharpLoop.RunImages(table, bound, Batch, threads)),
        };
        if (contiguous is not null && channelsLast is not null)
            candidates.AddRange([("PyTorch CE, contiguous", contiguous.Run), ("PyTorch CE, channels last", channelsLast.Run)]);
        var rates = candidates.ConvertAll(_ => new List<double>());
        for (var run = 0; run < runs; run++)
        {
            for (var i = 0; i < candidates.Count; i++)
                rates[i].Add(candidates[i].Run());
        }

        File.Delete(path);
        Console.WriteLine(FormattableString.Invariant($"{title}, {_shape}, batch {Batch}, {threads} threads; rows/s, median of {runs} alternating runs"));
        for (var i = 0; i < candidates.Count; i++)
            Console.WriteLine(FormattableString.Invariant($"  {candidates[i].Name,-26}{TrainingBench.Median(rates[i]),9:N0}   FlipReg CE is {TrainingBench.Median(rates[0]) / TrainingBench.Median(rates[i]):F2} times as fast   spread {rates[i].Min():N0} to {rates[i].Max():N0}"));
        if (contiguous is not null)
            Console.WriteLine($"  {contiguous.Version}");
    }

    private static double Fit(TrainingTable table, NetworkSpec spec, TrainingOptions options, int threads)
    {
        var clock = new Stopwatch();
        (options.Network, options.ImageShape, options.InputEncoding, options.BatchSize, options.LearningRate, options.Epochs, options.Threads) =
            (spec, _shape, InputEncoding.None, Batch, 0.01, 3, threads);
        // FER's first epoch is plain cross-entropy and OLS's table is uniform in it.
        options.Progress = report =>
        {
            if (report.Epoch == 2)
                clock.Start();
        };
        NetworkTrainer.Fit(table, null, Classes, options, new FitContext { Seed = 1, Device = CPU }).Network.Dispose();
        return table.Rows / clock.Elapsed.TotalSeconds;
    }
}
