using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace FlipReg.Bench;

/// <summary>
/// Rows per second of fits in a row with an Evaluate between, for one and two threads, on an idle machine and beside processes that keep a
/// processor busy. Every cell is a process of its own, started from this one.
/// </summary>
internal static class ThreadBench
{
    private const int Rows = 8_000;
    private const int Fits = 5;
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(20);

    /// <summary>Prints the table. <paramref name="spinCount"/> is the children's GOMP_SPINCOUNT; null leaves the library's own.</summary>
    public static void Run(string? spinCount)
    {
        Console.WriteLine($"Rows/s of fit 1 and fit {Fits} with an Evaluate between, GOMP_SPINCOUNT {spinCount ?? "as the library sets it"}");
        foreach (var busy in new[] { 0, 1, 2 })
        {
            foreach (var layers in new[] { "20,128,128,10", "784,256,256,10" })
            {
                foreach (var batch in new[] { 32, 128 })
                {
                    var cells = new[] { "1", "2", "auto" }.Select(threads => $"{threads} threads {Cell(layers, batch, threads, busy, spinCount),-18}");
                    Console.WriteLine($"  {busy} busy, {layers,-16} batch {batch,-4} {string.Join(" ", cells)}");
                }
            }
        }
    }

    /// <summary>A child: prints the rates of its fits.</summary>
    public static void RunCell(string layers, int batch, int? threads)
    {
        var widths = layers.Split(',').Select(w => int.Parse(w, CultureInfo.InvariantCulture)).ToArray();
        var ml = new MLContext(1);
        var data = Data(ml, widths[0], widths[^1]);
        var clock = Stopwatch.StartNew();
        var rates = new List<string>();
        while (rates.Count < Fits && clock.Elapsed < _limit)
        {
            var epochs = new List<double>();
            var options = new CrossEntropyOptions
            {
                Epochs = 4,
                InputEncoding = InputEncoding.None,
                BatchSize = batch,
                Threads = threads,
                Network = NetworkSpec.Mlp(widths[1..^1]),
                Progress = report => epochs.Add(report.RowsPerSecond),
            };
            using var model = ml.MulticlassClassification.Trainers.CrossEntropy(options).Fit(data);
            ml.MulticlassClassification.Evaluate(model.Transform(data));
            rates.Add(TrainingBench.Median(epochs[1..]).ToString("N0", CultureInfo.InvariantCulture));
        }

        Console.WriteLine(rates.Count == Fits ? $"{rates[0]} → {rates[^1]}" : $"{rates[0]} …");
    }

    private static string Cell(string layers, int batch, string threads, int busy, string? spinCount)
    {
        var spinning = Enumerable.Range(0, busy).Select(_ => Process.Start("/bin/sh", ["-c", "while :; do :; done"])).ToList();
        try
        {
            var info = new ProcessStartInfo(Environment.ProcessPath!, ["cell", layers, batch.ToString(CultureInfo.InvariantCulture), threads]) { RedirectStandardOutput = true };
            if (spinCount is not null)
                info.Environment["GOMP_SPINCOUNT"] = spinCount;
            using var child = Process.Start(info)!;
            return child.StandardOutput.ReadToEnd().Trim();
        }
        finally
        {
            foreach (var process in spinning)
            {
                process.Kill();
                process.WaitForExit();
                process.Dispose();
            }
        }
    }

    private static IDataView Data(MLContext ml, int width, int classes)
    {
        var random = new Random(1);
        var type = SchemaDefinition.Create(typeof(Row));
        type["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, width);
        type["Label"].ColumnType = new KeyDataViewType(typeof(uint), classes);
        return ml.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(i => new Row
        {
            Features = [.. Enumerable.Range(0, width).Select(_ => (float)((random.NextDouble() * 2) - 1))],
            Label = (uint)(i % classes),
        }).ToList(), type);
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];

        public uint Label { get; set; }
    }
}
