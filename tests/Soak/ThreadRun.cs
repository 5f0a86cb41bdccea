using System.Diagnostics;
using FlipReg;
using Microsoft.ML;

namespace Soak;

/// <summary>
/// Threads that share transformers for some time: Transform of whole and of part views, on a network that scores on the caller's thread and on one
/// that is large enough for several; engines of each thread's own, made and disposed in between. What they give is compared with what one thread
/// alone got before.
/// </summary>
internal static class ThreadRun
{
    /// <summary>Resident memory may grow by this much in the second half of the time.</summary>
    public const long MaximumGrowthKilobytes = 32 << 10;

    private const int Count = 1_100;

    public static void Run(int threads, double seconds)
    {
        var ml = new MLContext(1);
        var train = Rows.Keyed(ml, 60);
        using var small = new Shared(ml, train, [16]);
        using var large = new Shared(ml, train, [256, 256]);
        var clock = Stopwatch.StartNew();
        var (operations, errors, first) = (0L, 0L, "");
        var workers = Enumerable.Range(0, threads).Select(number => new Thread(() =>
        {
            var random = new Random(number);
            while (clock.Elapsed.TotalSeconds < seconds)
            {
                try
                {
                    (random.Next(8) == 0 ? large : small).Use(random);
                }
                catch (Exception e)
                {
                    Interlocked.Increment(ref errors);
                    Interlocked.CompareExchange(ref first, e.ToString(), "");
                }

                Interlocked.Increment(ref operations);
            }
        })).ToList();
        workers.ForEach(worker => worker.Start());
        Thread.Sleep(TimeSpan.FromSeconds(seconds / 2));
        var start = Memory.Kilobytes(Environment.ProcessId);
        workers.ForEach(worker => worker.Join());
        if (first.Length > 0)
            Console.WriteLine(first);
        Console.WriteLine($"threads={threads} operations={operations} errors={errors} start={start} end={Memory.Kilobytes(Environment.ProcessId)}");
    }

    private sealed class Shared : IDisposable
    {
        private readonly MLContext _ml;
        private readonly ITransformer _model;
        private readonly Row[] _rows = Rows.Make(Count);
        private readonly float[] _batch;
        private readonly float[][] _single;

        public Shared(MLContext ml, IDataView train, int[] layers)
        {
            _ml = ml;
            var trainer = ml.MulticlassClassification.Trainers.Fer(new FerOptions { Network = NetworkSpec.Mlp(layers), Epochs = 3 });
            _model = ml.Transforms.NormalizeMeanVariance("Features", fixZero: false).Append(trainer).Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(train);
            _batch = Scores(Count);
            using var engine = Engine();
            _single = [.. _rows.Select(row => engine.Predict(row).Score)];
        }

        public void Use(Random random)
        {
            switch (random.Next(3))
            {
                case 0:
                    Require(Scores(Count).SequenceEqual(_batch), "a whole view");
                    break;
                case 1:
                    // Other batches round otherwise.
                    var part = Scores(1 + random.Next(Count));
                    Require(part.Zip(_batch).All(pair => Math.Abs(pair.First - pair.Second) < 1e-5f), "a part of a view");
                    break;
                default:
                    using (var engine = Engine())
                    {
                        for (var i = 0; i < 200; i++)
                        {
                            var row = random.Next(Count);
                            Require(engine.Predict(_rows[row]).Score.AsSpan().SequenceEqual(_single[row]), "a single row");
                        }
                    }

                    break;
            }
        }

        public void Dispose() => ((IDisposable)_model).Dispose();

        private float[] Scores(int count) => [.. _ml.Data.CreateEnumerable<Scored>(_model.Transform(_ml.Data.LoadFromEnumerable(_rows.Take(count))), reuseRowObject: false).SelectMany(r => r.Score)];

        private PredictionEngine<Row, Scored> Engine() => _ml.Model.CreatePredictionEngine<Row, Scored>(_model, new PredictionEngineOptions { OwnsTransformer = false });

        private static void Require(bool holds, string what)
        {
            if (!holds)
                throw new InvalidOperationException($"The scores of {what} must be those of one thread alone. Got others.");
        }
    }
}
