using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace FlipReg.Tables;

/// <summary>Trains a method on a table's training rows and looks at its test rows.</summary>
internal static class Trial
{
    /// <summary>Share of the rows to test on.</summary>
    public const double TestShare = 0.2;

    /// <summary>What the figures of a cell depend on, beside its key. Change the number whenever this class or <see cref="Rows"/> change what is measured.</summary>
    public static string Identity(Table table, Method method, int threads) =>
        FormattableString.Invariant($"2 {table.Digest} {method.Library} {method.Options} threads {threads}");

    public static Cell Run(Table table, Method method, CellKey key, int threads)
    {
        var (trainingRows, testRows) = Rows.Split(table.Labels, TestShare, key.Seed);
        var labels = Rows.Noisy([.. trainingRows.Select(row => table.Labels[row])], table.Classes.Count, key.Noise, key.Seed);
        var context = new MLContext(key.Seed);
        var training = View(context, table, trainingRows, labels);
        var test = View(context, table, testRows, [.. testRows.Select(row => table.Labels[row])]);
        var estimator = method.Make(context, table, threads);
        var load = new Load();
        var clock = Stopwatch.StartNew();
        var model = estimator.Fit(training);
        var seconds = clock.Elapsed.TotalSeconds;
        var others = load.OtherProcesses();
        try
        {
            var metrics = context.MulticlassClassification.Evaluate(model.Transform(test));
            return new(key, Identity(table, method, threads), metrics.MicroAccuracy, metrics.LogLoss, seconds, threads, others);
        }
        finally
        {
            (model as IDisposable)?.Dispose();
        }
    }

    private static IDataView View(MLContext context, Table table, int[] rows, int[] labels)
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, table.Slots);
        schema[nameof(Row.Label)].ColumnType = new KeyDataViewType(typeof(uint), table.Classes.Count);
        return context.Data.LoadFromEnumerable(rows.Select((row, i) => new Row { Features = table.Features[row], Label = (uint)labels[i] }).ToArray(), schema);
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];

        /// <summary>From 0: ML.NET makes keys of them, which count from 1.</summary>
        public uint Label { get; set; }
    }

    /// <summary>What other processes do while this one measures (Linux only).</summary>
    private sealed class Load
    {
        private readonly (double All, double Own) _start = Busy();
        private readonly Stopwatch _clock = Stopwatch.StartNew();

        /// <summary>Processors that others kept busy since the start, on average, the hypervisor's other guests counted.</summary>
        public double OtherProcesses()
        {
            var (all, own) = Busy();
            return Math.Max(0, (all - _start.All - own + _start.Own) / Math.Max(_clock.Elapsed.TotalSeconds, 0.01));
        }

        // user, nice, system, idle, iowait, irq, softirq, steal: hundredths of a second.
        private static (double All, double Own) Busy() =>
            (File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8)
                .Where((_, i) => i is not (3 or 4)).Sum(t => double.Parse(t, CultureInfo.InvariantCulture)) / 100, Environment.CpuUsage.TotalTime.TotalSeconds);
    }
}
