using FlipReg.Data;
using FlipReg.Training;
using static TorchSharp.torch;

namespace FlipReg.Tests.Training;

[TestClass]
public class TrainerTests
{
    /// <summary>One set of options per method; a new method is found by itself.</summary>
    public static IEnumerable<object[]> Methods() => typeof(TrainingOptions).Assembly.GetTypes()
        .Where(t => t.IsSubclassOf(typeof(TrainingOptions))).Select(t => new object[] { t });

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void Learns_separable_blobs(Type method)
    {
        using var train = TestData.Blobs(300, 6, 3, spread: 0.3);
        using var test = TestData.Blobs(150, 6, 3, seed: 2, spread: 0.3);
        var result = Fit(train, Options(method, 30), validation: test);
        using var network = result.Network;
        Assert.HasCount(30, result.History);
        Assert.IsGreaterThan(0.97, result.History[^1].Validation!.Accuracy);
        Assert.IsGreaterThan(0.97, result.History[^1].TrainingAccuracy);
        Assert.IsGreaterThan(result.History[0].TrainingAccuracy, result.History[^1].TrainingAccuracy);
    }

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void A_seed_gives_the_same_weights_also_beside_another_fit(Type method)
    {
        using var table = TestData.Blobs(200, 5, 3);
        var options = Options(method, 5);
        options.Network = NetworkSpec.Mlp([32, 16], batchNorm: true, dropout: 0.2, activation: options is FerOptions ? Activation.Silu : Activation.Relu);
        var alone = Weights(table, options, 3);
        var noise = Options(typeof(CrossEntropyOptions), 8);
        noise.Network = options.Network;
        var beside = new float[2][];
        Parallel.Invoke(
            () => beside[0] = Weights(table, options, 3),
            () => Weights(table, noise, 4),
            () => beside[1] = Weights(table, options, 3));
        CollectionAssert.AreEqual(alone, beside[0]);
        CollectionAssert.AreEqual(alone, beside[1]);
        CollectionAssert.AreNotEqual(alone, Weights(table, options, 5));
    }

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void No_step_waits_for_the_device(Type method)
    {
        // Five times the steps, and of blocks of steps, must not cost one read more.
        Assert.AreEqual(Reads(1_000), Reads(5_000));

        long Reads(int rows)
        {
            using var table = TestData.Blobs(rows, 4, 2);
            var options = Options(method, 3);
            options.BatchSize = 10;
            var before = HostReads.Count;
            Fit(table, options).Network.Dispose();
            return HostReads.Count - before;
        }
    }

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void Live_tensors_stay_flat_over_the_epochs(Type method)
    {
        using var table = TestData.Blobs(100, 4, 2);
        var counts = new List<long>();
        // What other tests left to the finalizer is not ours, and may go while this fit runs.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var options = Options(method, 12);
        options.Progress = _ => counts.Add(Tensor.TotalCount);
        Fit(table, options, validation: table).Network.Dispose();
        Assert.IsLessThanOrEqualTo(counts[2], counts[^1], string.Join(" ", counts));
        Assert.AreEqual(Leak(1), Leak(20));

        // TorchSharp's count forgets to count down when a Parameter takes a tensor over: two networks of seven parameters a fit, three
        // where a snapshot is kept. So compare a fit of many epochs with one of a single epoch, and bound the rest by that number.
        long Leak(int epochs)
        {
            options.Epochs = epochs;
            GC.Collect();
            GC.WaitForPendingFinalizers();
            var before = Tensor.TotalCount;
            Fit(table, options).Network.Dispose();
            var leaked = Tensor.TotalCount - before;
            Assert.IsLessThanOrEqualTo(options is SnapshotDistillationOptions ? 21 : 14, leaked, FormattableString.Invariant($"{leaked}"));
            return leaked;
        }
    }

    [TestMethod]
    public void A_callback_may_compute_and_fit_and_the_callers_modes_do_not_reach_the_fit()
    {
        using var table = TestData.Blobs(60, 4, 2);
        var options = Options(typeof(FerOptions), 3);
        var plain = Weights(table, options, 1);
        Tensor? kept = null;
        options.Progress = report =>
        {
            if (report.Epoch != 2)
                return;
            Assert.IsTrue(is_grad_enabled());
            kept = ones(3);
            Fit(table, Options(typeof(CrossEntropyOptions), 2)).Network.Dispose();
        };
        using (no_grad())
            CollectionAssert.AreEqual(plain, Weights(table, options, 1));
        Assert.IsFalse(kept!.IsInvalid, "What a callback makes is its own.");
        kept.Dispose();

        options.Progress = _ => throw new TimeoutException("enough");
        Assert.ThrowsExactly<TimeoutException>(() => Fit(table, options));
    }

    [TestMethod]
    public void Weights_at_the_ends_of_the_range_of_single_count_as_any()
    {
        var options = Options(typeof(FerOptions), 3);
        foreach (var scale in new[] { 1e38f, 1e-37f })
        {
            using var plain = TestData.Blobs(60, 4, 2, weights: [.. Enumerable.Range(0, 60).Select(i => 1f + (i % 3))]);
            using var scaled = TestData.Blobs(60, 4, 2, weights: [.. Enumerable.Range(0, 60).Select(i => scale * (1f + (i % 3)))]);
            using var expected = tensor(Weights(scaled, options, 1));
            TestData.AreClose(Weights(plain, options, 1), expected, 1e-4, 1e-4, $"weights times {scale}");
        }
    }

    [TestMethod]
    public void State_that_no_memory_holds_is_refused_with_its_size()
    {
        var context = new FlipReg.Regularizers.RegularizerContext(new long[1_000_000], 1 << 20, CPU, 1);
        var fer = Assert.ThrowsExactly<InvalidOperationException>(() => new FerOptions { Bank = new() { Storage = BankStorage.Device } }.CreateRegularizer(context));
        StringAssert.Matches(fer.Message, new(@"^FER's bank must fit into memory \([\d,]+ MiB\)\. Got 1,000,000 rows and 1,048,576 classes, which take 4,000,000 MiB\. Use fewer"));
        Assert.ThrowsExactly<InvalidOperationException>(() => new OlsOptions().CreateRegularizer(context));
    }

    [TestMethod]
    public void A_diverging_fit_names_epoch_and_step_and_advises()
    {
        using var table = TestData.Blobs(100, 4, 2);
        var options = Options(typeof(CrossEntropyOptions), 5);
        options.LearningRate = 1e6;
        var error = Assert.ThrowsExactly<TrainingDivergedException>(() => Fit(table, options));
        StringAssert.Contains(error.Message, FormattableString.Invariant($"in epoch {error.Epoch}, step {error.Step}."));
        StringAssert.Matches(error.Message, new(@"^The loss stopped being finite in epoch [1-5], step \d+\. Lower LearningRate \(now 1E\+06\) or normalize the features \(the largest magnitude is [0-9.]+\)\.$"));

        options.LearningRate = null;
        options.WeightDecay = 1e6;
        error = Assert.ThrowsExactly<TrainingDivergedException>(() => Fit(table, options));
        StringAssert.EndsWith(error.Message, "Lower WeightDecay (now 1E+06): multiplied by LearningRate (now 0.1) it must stay below 1.");
    }

    [TestMethod]
    public void Features_that_overflow_are_named_also_where_batch_norm_hides_them()
    {
        using var table = TestData.Blobs(100, 4, 2);
        using (no_grad())
            table.Features.fill_(1e30);
        var options = Options(typeof(CrossEntropyOptions), 2);
        foreach (var batchNorm in new[] { true, false })
        {
            (options.Network, options.InputEncoding) = (NetworkSpec.Mlp([8], batchNorm), InputEncoding.None);
            var error = Assert.ThrowsExactly<TrainingDivergedException>(() => Fit(table, options));
            StringAssert.Matches(error.Message, new(@"^The loss stopped being finite in epoch 1, step \d+\. Normalize the features \(the largest magnitude is 1E\+30\)\.$"));
        }
    }

    [TestMethod]
    public void A_network_that_no_memory_holds_is_refused_with_its_sizes()
    {
        using var table = TestData.Blobs(100, 4, 2);
        var options = Options(typeof(CrossEntropyOptions), 2);
        options.Network = NetworkSpec.Mlp([1 << 20, 1 << 20, 1 << 20]);
        var error = Assert.ThrowsExactly<InsufficientMemoryException>(() => Fit(table, options));
        StringAssert.Matches(error.Message, new(@"^There must be memory for CrossEntropy on 100 rows of 4 features \(8 columns\) and 2 classes, 20 rows a step, with a network of 2,199,0\d\d,\d{3},\d{3} parameters\. Got a machine without room when [\d,]+ MiB more were asked for\. Use "));
    }

    [TestMethod]
    public void A_refused_fit_gives_its_memory_back()
    {
        using var table = TestData.Blobs(100, 4, 2);
        var options = Options(typeof(CrossEntropyOptions), 2);
        options.Network = NetworkSpec.Mlp([1 << 20, 1 << 20]);
        // What other tests left to the finalizer is not ours.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        Assert.ThrowsExactly<InsufficientMemoryException>(() => Fit(table, options));
        Assert.IsLessThanOrEqualTo(before, Tensor.TotalCount);
    }

    [TestMethod]
    public void Reported_loss_is_cross_entropy_whatever_the_method_minimizes()
    {
        using var table = TestData.Blobs(300, 6, 3, spread: 1.2);
        var options = new FerOptions { Epochs = 12, BatchSize = 20, NoisyLabels = true };
        var history = Fit(table, options).History;
        // FER's own loss weighs its second term ever more, T² times a soft cross-entropy: it climbs where the network learns.
        Assert.IsGreaterThan(5 * history[0].MethodLoss, history[^1].MethodLoss);
        Assert.IsLessThan(history[0].TrainingLoss, history[^1].TrainingLoss);
        var plain = Fit(table, Options(typeof(CrossEntropyOptions), 3)).History;
        foreach (var report in plain)
            Assert.AreEqual(report.MethodLoss, report.TrainingLoss, 1e-9);
    }

    [TestMethod]
    public void Blocks_are_bounded_by_features_and_by_outputs()
    {
        Assert.AreEqual(25, EpochLoop.StepsPerBlock(20, 10, 128));
        Assert.AreEqual(1, EpochLoop.StepsPerBlock(20, 10_000, 32));
        Assert.AreEqual(1, EpochLoop.StepsPerBlock(100_000, 2, 32));
        Assert.AreEqual(16, EpochLoop.StepsPerBlock(784, 10, 128));
        Assert.AreEqual(2, EpochLoop.StepsPerBlock(4, 5_400, 32));
    }

    [TestMethod]
    public void Cancellation_ends_the_fit_between_steps()
    {
        using var table = TestData.Blobs(100, 4, 2);
        var steps = 0;
        var context = new FitContext { Seed = 1, Device = CPU, IsCanceled = () => ++steps > 7 };
        Assert.ThrowsExactly<OperationCanceledException>(() => NetworkTrainer.Fit(table, null, 2, Options(typeof(FerOptions), 5), context));
        Assert.AreEqual(8, steps);
    }

    [TestMethod]
    public void Weight_zero_rows_do_not_matter_and_the_scale_of_weights_neither()
    {
        var weights = Enumerable.Range(0, 120).Select(i => i % 2 == 0 ? 1f : 2.5f).ToArray();
        using var plain = TestData.Blobs(120, 4, 2, weights: weights);
        using var scaled = TestData.Blobs(120, 4, 2, weights: [.. weights.Select(w => w * 4)]);
        var options = Options(typeof(FerOptions), 3);
        CollectionAssert.AreEqual(Weights(plain, options, 1), Weights(scaled, options, 1));

        using var masked = TestData.Blobs(120, 4, 2, weights: [.. weights.Select((w, i) => i < 60 ? w : 0)]);
        using var other = TestData.Blobs(120, 4, 2, weights: [.. weights.Select((w, i) => i < 60 ? w : 0)]);
        other.Features.narrow(0, 60, 60).fill_(1e3);
        options.Network = NetworkSpec.Mlp([16]);
        CollectionAssert.AreEqual(Weights(masked, options, 1), Weights(other, options, 1));
    }

    [TestMethod]
    public void Batch_size_larger_than_the_table_is_one_step_an_epoch()
    {
        using var table = TestData.Blobs(30, 4, 2);
        var options = Options(typeof(FerOptions), 4);
        options.BatchSize = 1000;
        var result = Fit(table, options);
        using var network = result.Network;
        Assert.HasCount(4, result.History);
    }

    internal static TrainingOptions Options(Type method, int epochs)
    {
        var options = (TrainingOptions)Activator.CreateInstance(method)!;
        options.Epochs = epochs;
        options.BatchSize = 20;
        options.Network = NetworkSpec.Mlp([32, 32]);
        return options;
    }

    internal static FitResult Fit(FlipReg.Data.TrainingTable table, TrainingOptions options, int seed = 1, FlipReg.Data.TrainingTable? validation = null) =>
        NetworkTrainer.Fit(table, validation, (int)table.Labels.ToHost<long>().Max() + 1, options, new FitContext { Seed = seed, Device = CPU });

    internal static float[] Weights(FlipReg.Data.TrainingTable table, TrainingOptions options, int seed)
    {
        using var network = Fit(table, options, seed).Network;
        return [.. network.State.SelectMany(s => s.Value.ToHost<float>())];
    }
}
