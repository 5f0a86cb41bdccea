using System.Diagnostics;
using System.Globalization;
using FlipReg.Data;
using FlipReg.Training;
using TorchSharp;
using static System.FormattableString;

namespace FlipReg.Bench;

/// <summary>FER on as many rows and classes as ImageNet has: its bank in a mapped file, against one in memory for a tenth of the rows. A linear network on synthetic features.</summary>
internal static class BankBench
{
    private const int Width = 64;
    private const int Classes = 1000;
    private const int Batch = 128;

    /// <summary>Prints rows per second of each epoch, the ratio of the steps and the largest resident size.</summary>
    /// <param name="rows">Rows of the large fit.</param>
    /// <param name="steps">Steps after which each fit ends, or null: whole epochs.</param>
    public static void Run(int rows, int? steps)
    {
        Console.WriteLine(Invariant($"FER, bank in float16, {Classes:N0} classes, linear network on {Width} features, batch {Batch}"));
        // The small fit twice, around the large one: what others do on the machine meanwhile shows.
        var before = Fit(rows / 10, BankStorage.Device, epochs: 4, steps);
        var large = Fit(rows, BankStorage.MemoryMapped, epochs: 2, steps);
        var peak = ResidentMiB("VmHWM");
        var after = Fit(rows / 10, BankStorage.Device, epochs: 4, steps);
        Console.WriteLine(Invariant($"  a step with the mapped bank takes {(before + after) / 2 / large:F3} times one with the bank in memory at a tenth of the rows; resident at most {peak / 1024.0:F2} GiB"));
    }

    /// <summary>Rows per second of the last epoch, or of the steps after the first tenth: pages of the bank that a step uses first are made then.</summary>
    private static double Fit(int rows, BankStorage storage, int epochs, int? steps)
    {
        using var table = Table(rows);
        var speeds = new List<double>();
        var options = new FerOptions
        {
            Network = NetworkSpec.Mlp([]),
            InputEncoding = InputEncoding.None,
            Epochs = epochs,
            InitialEpochs = 0,
            BatchSize = Batch,
            LearningRate = 0.01,
            Bank = new() { Precision = BankPrecision.Half, Storage = storage },
            Progress = report => speeds.Add(report.RowsPerSecond),
        };
        var clock = new Stopwatch();
        var step = 0;
        var context = new FitContext { Seed = 1, Device = torch.CPU, OwnsTables = true, IsCanceled = IsOver };
        try
        {
            NetworkTrainer.Fit(table, null, Classes, options, context).Network.Dispose();
        }
        catch (OperationCanceledException)
        {
            speeds.Add((steps!.Value - (steps.Value / 10)) * (double)Batch / clock.Elapsed.TotalSeconds);
        }

        Console.WriteLine(Invariant($"  {rows,9:N0} rows, {storage,-12} rows/s by epoch {string.Join(", ", speeds.Select(s => s.ToString("N0", CultureInfo.InvariantCulture)))}; resident now {ResidentMiB("VmRSS"):N0} MiB"));
        return speeds[^1];

        bool IsOver()
        {
            if (step == steps / 10)
                clock.Start();
            if (step == steps)
                clock.Stop();
            return step++ == steps;
        }
    }

    private static TrainingTable Table(int rows)
    {
        var random = new Random(1);
        var features = new RowMemory(rows, Width);
        for (var row = 0; row < rows; row++)
        {
            foreach (ref var value in features.Row(row))
                value = random.NextSingle() - 0.5f;
        }

        return new TrainingTable(features.Tensor, [.. Enumerable.Range(0, rows).Select(_ => random.NextInt64(Classes))], null);
    }

    private static long ResidentMiB(string name) => File.ReadLines("/proc/self/status").Where(line => line.StartsWith(name + ":", StringComparison.Ordinal))
        .Select(line => long.Parse(line.AsSpan(name.Length + 1).Trim().ToString().Split(' ')[0], CultureInfo.InvariantCulture) >> 10).Single();
}
