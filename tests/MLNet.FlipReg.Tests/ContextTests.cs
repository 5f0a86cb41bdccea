using System.Reflection;
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.FlipReg.Tests.Support;
using TorchSharp;

namespace MLNet.FlipReg.Tests;

/// <summary>What a trainer takes from the MLContext and gives back to it: seed, device, log, cancellation.</summary>
[TestClass]
public sealed class ContextTests
{
    private static readonly TrainerUnderTest _fer = TrainerUnderTest.Named("Fer");

    [TestMethod]
    public void The_seed_of_the_options_comes_before_the_seed_of_the_context()
    {
        var own = Fit(new MLContext(1), o => o.Seed = 5);
        Assert.AreEqual(own, Fit(new MLContext(2), o => o.Seed = 5));
        var context = new MLContext(5);
        Assert.AreEqual(own, Fit(context, o => o.Seed = null), "The context's seed, and no draw from its generator.");
        Assert.AreEqual(own, Fit(context, o => o.Seed = null));
        Assert.AreNotEqual(own, Fit(new MLContext(6), o => o.Seed = null));
        Assert.AreNotEqual(Fit(new MLContext(), o => o.Seed = null), Fit(new MLContext(), o => o.Seed = null), "Without any seed, fits differ.");
    }

    [TestMethod]
    public void Epochs_reach_the_log_with_the_seed_that_repeats_the_fit()
    {
        var context = new MLContext();
        var lines = new List<string>();
        context.Log += (_, e) =>
        {
            if (e.Kind == ChannelMessageKind.Info && e.Source.Contains("FlipReg FER", StringComparison.Ordinal))
                lines.Add(e.RawMessage);
        };
        using var model = _fer.Fit(context);
        Assert.HasCount(7, lines);
        Assert.AreEqual("FER: 60 rows, 4 features, 3 classes, seed 7, cpu.", lines[0]);
        Assert.AreEqual("Input 4 → 8 (4 as score and rank).", lines[1]);
        for (var epoch = 1; epoch <= 5; epoch++)
            StringAssert.Contains(lines[epoch + 1], $"{epoch}", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Progress_is_called_once_an_epoch_on_the_fits_own_thread()
    {
        var threads = new HashSet<int>();
        var reports = new List<EpochReport>();
        using var model = _fer.Fit(new MLContext(), o => o.Progress = report =>
        {
            threads.Add(Environment.CurrentManagedThreadId);
            reports.Add(report);
        });
        Assert.HasCount(1, threads);
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, threads);
        CollectionAssert.AreEqual(reports, model.Model.History.ToList());
        CollectionAssert.AreEqual(new[] { 1, 2, 3, 4, 5 }, reports.Select(r => r.Epoch).ToArray());
        foreach (var report in reports)
        {
            Assert.AreEqual(5, report.Epochs);
            Assert.IsTrue(double.IsFinite(report.TrainingLoss) && report.TrainingAccuracy is >= 0 and <= 1 && report.RowsPerSecond > 0 && report.TimeLeft >= TimeSpan.Zero);
        }
    }

    [TestMethod]
    public void Cancellation_ends_a_fit_between_steps()
    {
        var context = new MLContext();
        var epochs = 0;
        var estimator = _fer.CreateFast(context, o =>
        {
            o.Epochs = 100_000;
            o.Progress = report =>
            {
                if (++epochs == 3)
                    Cancel(context);
            };
        });
        Assertions.Throws<OperationCanceledException>(() => estimator.Fit(Blobs.Keyed(context)), "Training was canceled in epoch 4 of 100000.");
        Assert.AreEqual(3, epochs);
    }

    [TestMethod]
    public void Cancellation_ends_the_reading_of_data()
    {
        var context = new MLContext();
        var rows = Endless(context).Take(100_000);
        var data = Blobs.Keyed(context, rows);
        // Which row it is depends on how far ML.NET reads ahead.
        Assertions.Throws<OperationCanceledException>(() => _fer.CreateFast(context).Fit(data), "Training was canceled while reading the training data, at row ");

        static IEnumerable<BlobRow> Endless(MLContext context)
        {
            var row = Blobs.Rows(1)[0];
            for (var i = 0; ; i++)
            {
                if (i == 3000)
                    Cancel(context);
                yield return row;
            }
        }
    }

    [TestMethod]
    public void A_gpu_that_is_not_there_is_an_error()
    {
        if (torch.cuda.is_available())
            Assert.Inconclusive("This machine has a GPU.");
        var context = new MLContext { GpuDeviceId = 3 };
        Assertions.Throws<InvalidOperationException>(() => _fer.Fit(context),
            "CUDA device 3 must be present. Got 0 CUDA devices.", "MLContext.FallbackToCpu");
        Assertions.Throws<InvalidOperationException>(() => _fer.Fit(new MLContext { GpuDeviceId = -1 }), "CUDA device -1 must be present. Got 0 CUDA devices.");
        Assertions.Throws<InvalidOperationException>(() => _fer.Fit(new MLContext(), o => o.Device = DeviceKind.Cuda), "CUDA device 0 must be present.");
        using var onCpu = _fer.Fit(context, o => o.Device = DeviceKind.Cpu);
    }

    [TestMethod]
    public void A_gpu_that_is_not_there_is_a_warning_where_the_cpu_may_serve()
    {
        if (torch.cuda.is_available())
            Assert.Inconclusive("This machine has a GPU.");
        var context = new MLContext();
        var estimator = _fer.CreateFast(context);
        // Set after the trainer was made: the fit must read it anew.
        (context.GpuDeviceId, context.FallbackToCpu) = (0, true);
        var warnings = new List<string>();
        context.Log += (_, e) =>
        {
            if (e.Kind == ChannelMessageKind.Warning)
                warnings.Add(e.RawMessage);
        };
        using var model = estimator.Fit(Blobs.Keyed(context));
        CollectionAssert.AreEqual(new[] { "CUDA device 0 must be present. Got 0 CUDA devices. Training runs on the CPU." }, warnings);
    }

    [TestMethod]
    public void A_gpu_that_is_there_trains()
    {
        if (!torch.cuda.is_available())
            Assert.Inconclusive("This machine has no GPU.");
        var context = new MLContext { GpuDeviceId = 0 };
        using var model = _fer.Fit(context, o => (o.Epochs, o.LearningRate) = (40, 0.1));
        using var again = _fer.Fit(new MLContext(), o => (o.Epochs, o.LearningRate, o.Device) = (40, 0.1, DeviceKind.Cuda));
        Assert.AreEqual(Assertions.Fingerprint(model.Model), Assertions.Fingerprint(again.Model));
        var scores = Blobs.Scores(context, model.Transform(Blobs.Keyed(context)));
        Assert.IsGreaterThan(54, scores.Where((row, i) => row[i % 3] == row.Max()).Count());
    }

    private static string Fit(MLContext context, Action<TrainingOptions> change)
    {
        using var model = _fer.Fit(context, change);
        return Assertions.Fingerprint(model.Model);
    }

    /// <summary>What AutoML calls when a trial runs out of time; ML.NET does not publish it.</summary>
    private static void Cancel(MLContext context) =>
        typeof(MLContext).GetMethod("CancelExecution", BindingFlags.NonPublic | BindingFlags.Instance)!.Invoke(context, null);
}
