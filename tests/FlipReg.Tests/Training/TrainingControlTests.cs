using System.Diagnostics;
using FlipReg.Data;
using FlipReg.Training;
using static TorchSharp.torch;

namespace FlipReg.Tests.Training;

[TestClass]
public sealed class TrainingControlTests
{
    private readonly List<string> _lines = [];

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void Early_stopping_ends_a_fit_that_gets_no_better_and_best_keeps_its_best_epoch()
    {
        using var table = TestData.Blobs(60, 6, 3, spread: 2.5);
        using var validation = TestData.Blobs(300, 6, 3, seed: 2, spread: 2.5);
        foreach (var metric in Enum.GetValues<ValidationMetric>())
        {
            _lines.Clear();
            var options = new CrossEntropyOptions { InputEncoding = InputEncoding.None, Epochs = 60, BatchSize = 20, Network = NetworkSpec.Mlp([64]), Schedule = ScheduleKind.Constant, Keep = KeptWeights.Best };
            options.EarlyStopping = new() { Metric = metric, Patience = 6 };
            var result = Fit(table, options, validation);
            using var network = result.Network;
            var best = result.History.MaxBy(r => Value(r.Validation!, metric))!;
            Assert.HasCount(best.Epoch + 6, result.History, "the first of equal values starts the wait");
            Assert.IsLessThan(60, result.History.Count);
            StringAssert.StartsWith(_lines[^2], FormattableString.Invariant($"Stopped after epoch {best.Epoch + 6} of 60: in 6 epochs the validation {metric.ToString().ToLowerInvariant()} has not improved by more than 0."));
            var kept = Score(network, validation);
            var expected = result.History.Where(r => Value(r.Validation!, metric) == Value(best.Validation!, metric)).MinBy(r => r.Validation!.Loss)!.Validation!;
            Assert.AreEqual(expected.Loss, kept.Loss, 1e-5);
            Assert.AreEqual(expected.Accuracy, kept.Accuracy);

            options.Keep = KeptWeights.Last;
            using var last = Fit(table, options, validation).Network;
            Assert.AreEqual(result.History[^1].Validation!.Loss, Score(last, validation).Loss, 1e-5);
        }
    }

    [TestMethod]
    public void Improvements_below_the_minimum_delta_do_not_count()
    {
        using var table = TestData.Blobs(200, 6, 3, spread: 1);
        var options = new CrossEntropyOptions { Epochs = 30, BatchSize = 20, LearningRate = 1e-4, EarlyStopping = new() { Patience = 3, MinimumDelta = 0.1 } };
        using var slow = Fit(table, options, table).Network;
        Assert.AreEqual("Stopped after epoch 4 of 30", _lines[^1].Split(':')[0]);
        options.EarlyStopping = new() { Patience = 3 };
        var result = Fit(table, options, table);
        result.Network.Dispose();
        Assert.HasCount(30, result.History);
    }

    [TestMethod]
    public void Without_validation_rows_there_is_no_best_epoch()
    {
        using var table = TestData.Blobs(60, 4, 2);
        var stopping = Assert.ThrowsExactly<InvalidOperationException>(() => Fit(table, new FerOptions { EarlyStopping = new() }));
        Assert.AreEqual("EarlyStopping needs validation rows. Got none. Pass validation data to Fit or to the trainer's catalog method, set ValidationFraction, or leave the option out.", stopping.Message);
        var best = Assert.ThrowsExactly<InvalidOperationException>(() => Fit(table, new FerOptions { Keep = KeptWeights.Best }));
        StringAssert.StartsWith(best.Message, "Keep = Best needs validation rows.");
        var rule = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => OptionRules.Check(new FerOptions { EarlyStopping = new() { Patience = 0 } }));
        StringAssert.StartsWith(rule.Message, "EarlyStopping.Patience must be at least 1 and at most 100000. Got 0.");
        rule = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => OptionRules.Check(new FerOptions { EarlyStopping = new() { MinimumDelta = double.NaN } }));
        StringAssert.StartsWith(rule.Message, "EarlyStopping.MinimumDelta must be at least 0");
    }

    [TestMethod]
    public void The_weight_average_is_the_average_of_the_steps_and_is_what_the_model_gets()
    {
        using var table = TestData.Blobs(60, 4, 2, spread: 1);
        const double HalfLife = 0.8;
        var options = new CrossEntropyOptions { InputEncoding = InputEncoding.None, Epochs = 4, BatchSize = 60, Network = NetworkSpec.Mlp([8], batchNorm: true), Schedule = ScheduleKind.Constant };
        // With one step an epoch, the weights after step t are the model of t epochs.
        var decay = Math.Pow(0.5, 1 / HalfLife);
        var (sum, total) = (new double[0], 0.0);
        for (var epochs = 1; epochs <= 4; epochs++)
        {
            options.Epochs = epochs;
            using var network = Fit(table, options).Network;
            var weights = Values(network);
            sum = [.. weights.Select((w, i) => (decay * sum.ElementAtOrDefault(i)) + ((1 - decay) * w))];
            total = (decay * total) + (1 - decay);
        }

        options.WeightAverage = HalfLife;
        var result = Fit(table, options, table);
        using var average = result.Network;
        using var expected = tensor(Values(average));
        TestData.AreClose(sum.Select(s => (float)(s / total)), expected, 1e-6, 1e-5, "average");
        Assert.AreEqual(Score(average, table).Loss, result.History[^1].Validation!.Loss, 1e-6, "validation rows are scored by the average");
    }

    [TestMethod]
    public void A_gradient_above_the_maximum_is_scaled_down_to_it()
    {
        using var table = TestData.Blobs(60, 4, 2, spread: 1);
        var options = new CrossEntropyOptions { Epochs = 1, BatchSize = 60, Network = NetworkSpec.Mlp([8]), Momentum = 0, WeightDecay = 0, LearningRate = 0.3 };
        var (start, free) = (Start(), Step(null, out var norm));
        Assert.IsGreaterThan(0.05, norm);
        // A step of plain SGD is the gradient times the rate.
        Assert.AreEqual(norm * 0.3, Distance(start, free), 1e-5);
        Assert.AreEqual(0.02 * 0.3, Distance(start, Step(0.02, out var before)), 1e-6);
        Assert.AreEqual(norm, before, 1e-9, "the norm before it is scaled");
        CollectionAssert.AreEqual(free, Step(1000, out _));

        float[] Start()
        {
            options.LearningRate = 1e-30;
            var weights = Step(null, out _);
            options.LearningRate = 0.3;
            return weights;
        }

        float[] Step(double? maximum, out double norm)
        {
            options.MaximumGradientNorm = maximum;
            var result = Fit(table, options);
            using var network = result.Network;
            norm = result.History[0].GradientNorm!.Value;
            return Values(network);
        }
    }

    // 50 ms is the aim for 99 of 100; beside other processes the fit's thread may be held up for longer now and then.
    [TestMethod]
    public void A_token_ends_the_fit_within_a_step() => Assert.IsLessThan(50, WaitsAfterCancel(20)[14]);

    [TestMethod]
    [TestCategory("Slow")]
    public void Of_many_tokens_99_of_100_end_the_fit_within_50_ms()
    {
        var waits = WaitsAfterCancel(500);
        TestContext.WriteLine(FormattableString.Invariant($"Canceled to thrown: p50 {waits[250]:F2} ms, p99 {waits[495]:F2} ms, longest {waits[^1]:F2} ms."));
        Assert.IsLessThan(50, waits[495]);
    }

    [TestMethod]
    public void A_canceled_fit_may_keep_its_model()
    {
        using var table = TestData.Blobs(200, 4, 2, spread: 1);
        var options = new CrossEntropyOptions { InputEncoding = InputEncoding.None, Epochs = 5, BatchSize = 20, WhenCanceled = CancelAction.KeepModel };
        // 10 steps an epoch; polled once more at the end of each. Stopped after 25 steps.
        var polls = 0;
        var result = Fit(table, options, isCanceled: () => ++polls > 25 + 2);
        using var kept = result.Network;
        Assert.HasCount(2, result.History);
        Assert.AreEqual("Training was canceled after 2 of 5 epochs and 5 steps of the next; the model is kept.", _lines[^1]);
        Assert.IsGreaterThan(0.8, Score(kept, table).Accuracy);

        // Best: the epoch's, not the step's.
        (options.Keep, polls) = (KeptWeights.Best, 0);
        var best = Fit(table, options, table, () => ++polls > 25 + 2);
        using var network = best.Network;
        Assert.IsTrue(best.History.Any(r => Math.Abs(r.Validation!.Loss - Score(network, table).Loss) < 1e-6));

        // Nothing trained, nothing to keep; and a callback's own exception is the caller's.
        Assert.ThrowsExactly<OperationCanceledException>(() => Fit(table, options, table, () => true));
        options.Progress = _ => throw new OperationCanceledException("the callback's own");
        Assert.AreEqual("the callback's own", Assert.ThrowsExactly<OperationCanceledException>(() => Fit(table, options, table)).Message);
    }

    [TestMethod]
    public void A_model_that_diverged_is_not_kept()
    {
        using var table = TestData.Blobs(200, 4, 2);
        var options = new CrossEntropyOptions { Epochs = 5, BatchSize = 20, LearningRate = 1e6, WhenCanceled = CancelAction.KeepModel };
        var polls = 0;
        Assert.ThrowsExactly<TrainingDivergedException>(() => Fit(table, options, isCanceled: () => ++polls > 9));
    }

    [TestMethod]
    public void No_step_waits_for_the_device_whatever_is_followed()
    {
        Assert.AreEqual(Reads(500), Reads(2_500));

        static long Reads(int rows)
        {
            using var table = TestData.Blobs(rows, 4, 2);
            using var validation = TestData.Blobs(100, 4, 2, seed: 2);
            var options = new FerOptions { Epochs = 3, BatchSize = 10, WeightAverage = 1, MaximumGradientNorm = 1, Keep = KeptWeights.Best, EarlyStopping = new(), TrackRows = true };
            var before = HostReads.Count;
            NetworkTrainer.Fit(table, validation, 2, options, new FitContext { Seed = 1, Device = CPU }).Network.Dispose();
            return HostReads.Count - before;
        }
    }

    /// <summary>Milliseconds from the cancellation to the exception at the caller, ascending, on the default network.</summary>
    private double[] WaitsAfterCancel(int fits)
    {
        using var table = TestData.Blobs(3_000, 20, 10, spread: 2);
        var options = new FerOptions { Epochs = 100_000, Network = NetworkSpec.Mlp() };
        var waits = new List<double>();
        for (var i = 0; i < fits; i++)
        {
            using var source = new CancellationTokenSource();
            options.CancellationToken = source.Token;
            var canceled = 0L;
            source.Token.Register(() => canceled = Stopwatch.GetTimestamp());
            source.CancelAfter(20 + (7 * i % 100));
            var error = Assert.ThrowsExactly<OperationCanceledException>(() => Fit(table, options));
            waits.Add(Stopwatch.GetElapsedTime(canceled).TotalMilliseconds);
            Assert.AreEqual(source.Token, error.CancellationToken);
        }

        return [.. waits.Order()];
    }

    private FitResult Fit(TrainingTable table, TrainingOptions options, TrainingTable? validation = null, Func<bool>? isCanceled = null) =>
        NetworkTrainer.Fit(table, validation, (int)table.Labels.ToHost<long>().Max() + 1, options,
            new FitContext { Seed = 1, Device = CPU, Info = _lines.Add, IsCanceled = isCanceled ?? (() => false) });

    private static double Value(ValidationReport report, ValidationMetric metric) => metric == ValidationMetric.Accuracy ? report.Accuracy : -report.Loss;

    private static ValidationReport Score(FlipReg.Networks.Network network, TrainingTable table)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var pass = new FlipReg.Metrics.ValidationPass(table, CPU);
        return pass.Run(network, () => { });
    }

    private static float[] Values(FlipReg.Networks.Network network) => [.. network.State.SelectMany(s => s.Value.ToHost<float>())];

    private static double Distance(float[] a, float[] b) => Math.Sqrt(a.Zip(b).Sum(p => Math.Pow(p.First - p.Second, 2)));
}
