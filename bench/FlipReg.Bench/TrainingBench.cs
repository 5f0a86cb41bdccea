using System.Diagnostics;
using System.Globalization;
using FlipReg.Data;
using FlipReg.Training;
using TorchSharp;

namespace FlipReg.Bench;

/// <summary>Rows per second of training: FlipReg's methods, a plain TorchSharp loop and a plain PyTorch loop in turn.</summary>
internal static class TrainingBench
{
    private const int Rows = 20_000;

    /// <summary>Prints the medians and ratios for one network.</summary>
    public static void Run(int[] layers, int batch, int runs, int epochs)
    {
        var text = string.Join(",", layers.Select(l => l.ToString(CultureInfo.InvariantCulture)));
        using var table = Table(Rows, layers[0], layers[^1]);
        using var python = BestPyTorch(text, batch, epochs);
        (string Name, TrainingOptions Options)[] methods = [("CE", new CrossEntropyOptions()), ("FER", new FerOptions()), ("FER-ELR", new FerElrOptions()), ("OLS", new OlsOptions())];
        var rates = methods.ToDictionary(m => m.Name, _ => new List<double>());
        var pythonRates = new List<double>();
        var loopRates = new List<double>();
        var loopThreads = BestTorchSharp(table, layers, batch);
        for (var run = -1; run < runs; run++)
        {
            // The first round warms up and is not counted.
            foreach (var (name, options) in methods)
            {
                var rate = Fit(table, layers, options, batch, epochs);
                if (run >= 0)
                    rates[name].Add(rate);
            }

            var loopRate = TorchSharpLoop.Run(table, layers, batch, epochs, loopThreads);
            if (run >= 0)
                loopRates.Add(loopRate);
            var pythonRate = python?.Run();
            if (run >= 0 && pythonRate is { } value)
                pythonRates.Add(value);
        }

        Console.WriteLine(Invariant($"MLP {text.Replace(",", "→", StringComparison.Ordinal)}, {Rows:N0} rows, batch {batch}, SGD momentum; rows/s, median of {runs} alternating runs"));
        var ce = Median(rates["CE"]);
        foreach (var (name, _) in methods)
            Console.WriteLine(Invariant($"  FlipReg {name,-7} {Median(rates[name]),10:N0}   time against FlipReg CE {ce / Median(rates[name]):F2}   spread {rates[name].Min():N0} to {rates[name].Max():N0}"));
        Console.WriteLine(Invariant($"  TorchSharp CE   {Median(loopRates),10:N0}   FlipReg CE is {ce / Median(loopRates):F2} times as fast   spread {loopRates.Min():N0} to {loopRates.Max():N0}, {loopThreads} threads"));
        if (python is not null)
            Console.WriteLine(Invariant($"  PyTorch CE      {Median(pythonRates),10:N0}   FlipReg CE is {ce / Median(pythonRates):F2} times as fast   spread {pythonRates.Min():N0} to {pythonRates.Max():N0}\n  {python.Version}"));
    }

    public static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>Rows per second of a fit's epochs from the third on.</summary>
    public static double Fit(TrainingTable table, int[] layers, TrainingOptions options, int batch, int epochs)
    {
        // The loops beside it take the features as they are.
        options.InputEncoding = InputEncoding.None;
        var clock = new Stopwatch();
        options.Network = NetworkSpec.Mlp(layers[1..^1]);
        options.BatchSize = batch;
        options.LearningRate = 0.01;
        options.Epochs = epochs + 2;
        // FER's first epoch is plain cross-entropy and OLS's table is uniform in it: time the epochs from the third on.
        options.Progress = report =>
        {
            if (report.Epoch == 2)
                clock.Start();
        };
        NetworkTrainer.Fit(table, null, layers[^1], options, new FitContext { Seed = 1, Device = torch.CPU }).Network.Dispose();
        return Rows * (double)epochs / clock.Elapsed.TotalSeconds;
    }

    /// <summary>Rows of uniform features with random labels.</summary>
    public static TrainingTable Table(int rows, int width, int classes)
    {
        var random = new Random(1);
        var features = new RowMemory(rows, width);
        for (var row = 0; row < rows; row++)
        {
            foreach (ref var value in features.Row(row))
                value = (float)((random.NextDouble() * 2) - 1);
        }

        return new TrainingTable(features.Tensor, [.. Enumerable.Range(0, rows).Select(_ => random.NextInt64(classes))], null);
    }

    private static int BestTorchSharp(TrainingTable table, int[] layers, int batch) => new[] { 1, 2 }
        .MaxBy(threads => Enumerable.Range(0, 2).Max(_ => TorchSharpLoop.Run(table, layers, batch, 1, threads)));

    /// <summary>The loop at the thread count that is best for it on this machine.</summary>
    private static PyTorchLoop? BestPyTorch(string layers, int batch, int epochs)
    {
        int best = 1;
        var bestRate = 0.0;
        foreach (var threads in new[] { 1, 2, Environment.ProcessorCount }.Distinct().Where(t => t <= Environment.ProcessorCount))
        {
            using var probe = PyTorchLoop.Start(layers, Rows / 4, batch, 1, threads);
            if (probe is null)
            {
                Console.WriteLine("PyTorch is not compared: /usr/bin/python3 has no torch (apt-get install python3-torch).");
                return null;
            }

            var rate = probe.Run();
            if (rate > bestRate)
                (best, bestRate) = (threads, rate);
        }

        return PyTorchLoop.Start(layers, Rows, batch, epochs, best);
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
