using System.Diagnostics;
using FlipReg.Data;
using FlipReg.Networks;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace FlipReg.Bench;

/// <summary>Scoring a million rows through Transform against its parts, and single predictions through PredictionEngine.</summary>
internal static class ScoringBench
{
    private const int Width = 20;
    private const int Classes = 10;
    private const int BatchRows = 1024;

    public static void Run(int rows, int runs)
    {
        var ml = new MLContext(1);
        using var model = Model(ml);
        var source = ml.Data.LoadFromEnumerable(Rows(rows));
        List<double> pass = [], forward = [], transform = [], ratios = [];
        var memory = 0L;
        for (var run = -1; run < runs; run++)
        {
            var a = Seconds(() => Read(source, "Features"));
            var b = Seconds(() => Forward(model.Model.Network, rows));
            GC.Collect();
            var before = Environment.WorkingSet;
            var c = Seconds(() => Read(model.Transform(source), "Score"));
            memory = Math.Max(memory, Environment.WorkingSet - before);
            if (run < 0)
                continue;
            pass.Add(a);
            forward.Add(b);
            transform.Add(c);
            ratios.Add(c / (a + b));
        }

        Console.WriteLine(FormattableString.Invariant($"Scoring {rows:N0} rows, MLP 20→128→128→10, median of {runs} alternating runs"));
        Console.WriteLine(FormattableString.Invariant($"  Transform {TrainingBench.Median(transform):F2} s; source alone {TrainingBench.Median(pass):F2} s, the network's forward in batches of {BatchRows} {TrainingBench.Median(forward):F2} s; ratio {TrainingBench.Median(ratios):F2}; working set grew by {memory >> 20} MiB"));
        Predict(ml, model);
    }

    /// <summary>Reads the scores of very many rows once, and prints how the working set goes along.</summary>
    public static void RunMany(long rows)
    {
        const int Looks = 10;
        var ml = new MLContext(1);
        using var model = Model(ml);
        Read(model.Transform(ml.Data.LoadFromEnumerable(Rows(10 * BatchRows))), "Score");
        GC.Collect();
        var start = Environment.WorkingSet;
        var (sizes, largest) = (new List<long>(), start);
        var scored = model.Transform(ml.Data.LoadFromEnumerable(Watched()));
        var seconds = Seconds(() => Read(scored, "Score"));
        Console.WriteLine(FormattableString.Invariant($"Scoring {rows:N0} rows, MLP 20→128→128→10: {seconds:F1} s, {rows / seconds:N0} rows/s"));
        Console.WriteLine(FormattableString.Invariant($"  working set {start >> 20} MiB before, then {string.Join(", ", sizes.Select(size => size >> 20))} MiB after each tenth; at most {largest >> 20} MiB"));

        IEnumerable<Input> Watched()
        {
            long row = 0;
            foreach (var input in Rows(rows))
            {
                if (++row % 100_000 == 0)
                    largest = Math.Max(largest, Environment.WorkingSet);
                if (row % (rows / Looks) == 0)
                    sizes.Add(Environment.WorkingSet);
                yield return input;
            }
        }
    }

    private static void Predict(MLContext ml, FlipRegPredictionTransformer model)
    {
        using var engine = ml.Model.CreatePredictionEngine<Input, Output>(model);
        var input = Rows(1).Single();
        var output = new Output();
        var ticks = new List<double>();
        for (var i = 0; i < 30_000; i++)
        {
            var start = Stopwatch.GetTimestamp();
            engine.Predict(input, ref output);
            if (i >= 10_000)
                ticks.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        ticks.Sort();
        Console.WriteLine(FormattableString.Invariant($"PredictionEngine: p50 {ticks[ticks.Count / 2]:F1} µs, p99 {ticks[ticks.Count * 99 / 100]:F1} µs"));
    }

    private static FlipRegPredictionTransformer Model(MLContext ml)
    {
        var random = new Random(1);
        var train = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 500).Select(i => new Labelled
        {
            Features = [.. Enumerable.Range(0, Width).Select(_ => (float)random.NextDouble())],
            Label = (uint)(i % Classes),
        }).ToList());
        return ml.MulticlassClassification.Trainers.CrossEntropy(epochs: 2).Fit(train);
    }

    private static long Read(IDataView data, string column)
    {
        long count = 0;
        using var cursor = data.GetRowCursor([data.Schema[column]]);
        var getter = cursor.GetGetter<VBuffer<float>>(data.Schema[column]);
        VBuffer<float> value = default;
        while (cursor.MoveNext())
        {
            getter(ref value);
            count += value.Length;
        }

        return count;
    }

    private static void Forward(NetworkSpec spec, int rows)
    {
        using var network = new Network(spec, TorchSharp.torch.CPU);
        network.eval();
        using var features = new RowMemory(BatchRows, Width);
        features.Tensor.zero_();
        var probabilities = new float[BatchRows * Classes];
        for (var row = 0; row < rows; row += BatchRows)
            Scorer.Probabilities(network, new RowsToScore(features, Math.Min(BatchRows, rows - row)), probabilities);
    }

    private static IEnumerable<Input> Rows(long rows)
    {
        var row = new Input { Features = new float[Width] };
        for (long i = 0; i < rows; i++)
        {
            row.Features[i % Width] = i;
            yield return row;
        }
    }

    private static double Seconds(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private sealed class Input
    {
        [VectorType(Width)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Labelled
    {
        [VectorType(Width)]
        public float[] Features { get; set; } = [];

        [KeyType(Classes)]
        public uint Label { get; set; }
    }

    private sealed class Output
    {
        public float[] Score { get; set; } = [];
    }
}
