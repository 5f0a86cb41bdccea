using System.Globalization;
using Cultures;
using FlipReg;
using Microsoft.ML;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>What is told of each epoch, and to whom.</summary>
[TestClass]
[DoNotParallelize]
public sealed class ProgressTests
{
    private static readonly EpochReport _report = new()
    {
        Epoch = 3,
        Epochs = 40,
        LearningRate = 0.0985,
        TrainingLoss = 0.51236,
        MethodLoss = 0.75,
        TrainingAccuracy = 0.875,
        GradientNorm = 1.23456,
        RowsPerSecond = 12345.6,
        TimeLeft = new TimeSpan(1, 2, 3, 4),
        Validation = new ValidationReport(0.625, 0.8125, 2, 6, 32),
    };

    [TestMethod]
    [DynamicData(nameof(CultureRuns.Names), typeof(CultureRuns))]
    public void A_report_is_one_line_in_any_culture(string culture) => CultureRuns.In(CultureRuns.Named(culture), () =>
    {
        const string Line = "Epoch 3/40: learning rate 0.0985, cross-entropy 0.5124, method's loss 0.7500, accuracy 0.8750, gradient norm 1.235; "
            + "validation loss 0.6250, accuracy 0.8125, flips 2 of 6 wrong; 12,346 rows/s, 26:03:04 left";
        Assert.AreEqual(Line, _report.ToString());
        Assert.AreEqual("Epoch 3/40: learning rate 0.0985, cross-entropy 0.5124, method's loss 0.7500, accuracy 0.8750; 12,346 rows/s, 26:03:04 left",
            (_report with { GradientNorm = null, Validation = null }).ToString());
        using var writer = new StringWriter(CultureInfo.CurrentCulture);
        new ConsoleProgress(writer, "fold 2").Report(_report);
        Assert.AreEqual($"fold 2: {Line}{Environment.NewLine}", writer.ToString());
        return true;
    });

    [TestMethod]
    public void The_console_gets_a_line_an_epoch()
    {
        var before = Console.Out;
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        var progress = new ConsoleProgress();
        FlipRegPredictionTransformer model;
        try
        {
            // The console's output of the moment, not of the time when the object was made.
            Console.SetOut(writer);
            model = TrainerUnderTest.Named("Fer").Fit(new MLContext(1), o => (o.ValidationFraction, o.Progress) = (0.2, progress.Report));
        }
        finally
        {
            Console.SetOut(before);
        }

        using (model)
            Assert.AreEqual(string.Concat(model.Model.History.Select(report => report + Environment.NewLine)), writer.ToString());
    }

    [TestMethod]
    public void Each_line_is_flushed()
    {
        using var stream = new MemoryStream();
        using var writer = new StreamWriter(stream);
        new ConsoleProgress(writer).Report(_report);
        Assert.IsGreaterThan(100, stream.Length);
        Assert.ThrowsExactly<ArgumentNullException>(() => new ConsoleProgress(writer).Report(null!));
    }

    [TestMethod]
    public void Any_IProgress_is_told_every_epoch()
    {
        var own = new InOrder();
        using var arrived = new CountdownEvent(5);
        var epochs = new System.Collections.Concurrent.ConcurrentBag<int>();
        IProgress<EpochReport> posted = new Progress<EpochReport>(report =>
        {
            epochs.Add(report.Epoch);
            arrived.Signal();
        });
        using var model = TrainerUnderTest.Named("CrossEntropy").Fit(new MLContext(1), o => o.Progress = (Action<EpochReport>)own.Report + posted.Report);
        CollectionAssert.AreEqual(new[] { 1, 2, 3, 4, 5 }, own.Epochs);
        Assert.IsTrue(arrived.Wait(TimeSpan.FromSeconds(30)));
        CollectionAssert.AreEquivalent(own.Epochs, epochs.ToArray());
    }

    [TestMethod]
    public void An_exception_of_an_IProgress_ends_the_fit()
    {
        var error = Assert.ThrowsExactly<TimeoutException>(() => TrainerUnderTest.Named("Ols").Fit(new MLContext(1), o => o.Progress = new InOrder { Last = 2 }.Report));
        Assert.AreEqual("enough", error.Message);
    }

    private sealed class InOrder : IProgress<EpochReport>
    {
        public List<int> Epochs { get; } = [];

        public int? Last { get; init; }

        public void Report(EpochReport value)
        {
            Epochs.Add(value.Epoch);
            if (value.Epoch == Last)
                throw new TimeoutException("enough");
        }
    }
}
