using FlipReg.Data;
using FlipReg.Training;
using TorchSharp;
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
        options.Network = NetworkSpec.Mlp([32, 16], batchNorm: true, dropout: 0.2);
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
        var counter = typeof(torch).Assembly.GetType("TorchSharp.HostSync")?.GetProperty("Count", System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Public);
        if (counter is null)
            Assert.Inconclusive("This TorchSharp does not count host synchronisations.");
        // Five times the steps, and of blocks of steps, must not cost one synchronisation more.
        Assert.AreEqual(Syncs(1_000), Syncs(5_000));

        long Syncs(int rows)
        {
            using var table = TestData.Blobs(rows, 4, 2);
            var options = Options(method, 3);
            options.BatchSize = 10;
            var before = (long)counter.GetValue(null)!;
            Fit(table, options).Network.Dispose();
            return (long)counter.GetValue(null)! - before;
        }
    }

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void Live_tensors_stay_flat_over_the_epochs(Type method)
    {
        using var table = TestData.Blobs(100, 4, 2);
        var counts = new List<long>();
        var options = Options(method, 12);
        options.Progress = _ => counts.Add(Tensor.TotalCount);
        Fit(table, options, validation: table).Network.Dispose();
        Assert.AreEqual(counts[2], counts[^1], string.Join(" ", counts));
        Assert.AreEqual(Leak(1), Leak(20));

        // TorchSharp's count forgets to count down when a Parameter takes a tensor over: two networks of seven parameters a fit. So
        // compare a fit of many epochs with one of a single epoch, and bound the rest by that number.
        long Leak(int epochs)
        {
            options.Epochs = epochs;
            var before = Tensor.TotalCount;
            Fit(table, options).Network.Dispose();
            var leaked = Tensor.TotalCount - before;
            Assert.IsLessThanOrEqualTo(14, leaked);
            return leaked;
        }
    }

    [TestMethod]
    public void A_number_of_threads_gives_the_same_model_beside_fits_with_another()
    {
        using var wide = TestData.Blobs(256, 300, 3);
        using var small = TestData.Blobs(200, 5, 3);
        var two = Options(typeof(CrossEntropyOptions), 2);
        (two.Threads, two.Network, two.BatchSize) = (2, NetworkSpec.Mlp([600]), 256);
        var one = Options(typeof(FerOptions), 3);
        one.Threads = 1;
        var alone = Weights(wide, two, 1);
        var before = get_num_threads();
        var beside = new float[3][];
        Parallel.For(0, 9, i =>
        {
            if (i % 3 == 0)
                beside[i / 3] = Weights(wide, two, 1);
            else
                Weights(small, one, i);
        });
        foreach (var weights in beside)
            CollectionAssert.AreEqual(alone, weights);
        Assert.AreEqual(before, get_num_threads());
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
        var fer = Assert.ThrowsExactly<InvalidOperationException>(() => new FerOptions().CreateRegularizer(context));
        StringAssert.Matches(fer.Message, new(@"^FER's bank must fit into memory \([\d,]+ MiB\)\. Got 1,000,000 rows and 1,048,576 classes, which take 4,000,000 MiB\. Use fewer"));
        Assert.ThrowsExactly<InvalidOperationException>(() => new OlsOptions().CreateRegularizer(context));
    }

    [TestMethod]
    public void A_diverging_fit_names_epoch_and_step_and_advises()
    {
        using var table = TestData.Blobs(100, 4, 2);
        var options = Options(typeof(CrossEntropyOptions), 5);
        options.LearningRate = 1e6;
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Fit(table, options));
        StringAssert.Matches(error.Message, new(@"^The loss stopped being finite in epoch [1-5], step \d+\. Lower LearningRate \(now 1E\+06\) or normalize the features\.$"));
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

    [TestMethod]
    [DataRow(OptimizerKind.Sgd, false)]
    [DataRow(OptimizerKind.Sgd, true)]
    [DataRow(OptimizerKind.AdamW, false)]
    public void The_flat_parameters_step_as_separate_ones_do(OptimizerKind optimizer, bool nesterov)
    {
        using var scope = NewDisposeScope();
        using var table = TestData.Blobs(16, 3, 2);
        var options = new CrossEntropyOptions
        {
            Epochs = 6,
            BatchSize = 16,
            Network = NetworkSpec.Mlp([8]),
            Optimizer = optimizer,
            Nesterov = nesterov,
            LearningRate = 0.02,
            WeightDecay = 0.01,
            Schedule = ScheduleKind.Constant,
        };
        var trained = Weights(table, options, 11);
        // The same start and data through stock modules and a stock optimizer over separate parameters.
        var start = Weights(table, new CrossEntropyOptions { Epochs = 1, BatchSize = 16, Network = options.Network, LearningRate = 1e-30, WeightDecay = 0 }, 11);
        using var first = nn.Linear(3, 8);
        using var second = nn.Linear(8, 2);
        using (no_grad())
        {
            var values = tensor(start);
            first.weight!.copy_(values.narrow(0, 0, 24).view(8, 3));
            first.bias!.copy_(values.narrow(0, 24, 8));
            second.weight!.copy_(values.narrow(0, 32, 16).view(2, 8));
            second.bias!.copy_(values.narrow(0, 48, 2));
        }

        var parameters = first.parameters().Concat(second.parameters());
        using optim.Optimizer stock = optimizer == OptimizerKind.Sgd
            ? optim.SGD(parameters, 0.02, 0.9, weight_decay: 0.01, nesterov: nesterov)
            : optim.AdamW(parameters, 0.02, weight_decay: 0.01);
        for (var i = 0; i < 6; i++)
        {
            stock.zero_grad();
            nn.functional.cross_entropy(second.forward(nn.functional.relu(first.forward(table.Features))), table.Labels).backward();
            stock.step();
        }

        var expected = cat([first.weight!.view(-1), first.bias!, second.weight!.view(-1), second.bias!], 0).detach();
        TestData.AreClose(trained, expected, 1e-5, 1e-5, "weights");
    }

    private static TrainingOptions Options(Type method, int epochs)
    {
        var options = (TrainingOptions)Activator.CreateInstance(method)!;
        options.Epochs = epochs;
        options.BatchSize = 20;
        options.Network = NetworkSpec.Mlp([32, 32]);
        return options;
    }

    private static FitResult Fit(FlipReg.Data.TrainingTable table, TrainingOptions options, int seed = 1, FlipReg.Data.TrainingTable? validation = null) =>
        NetworkTrainer.Fit(table, validation, (int)table.Labels.ToHost<long>().Max() + 1, options, new FitContext { Seed = seed, Device = CPU });

    private static float[] Weights(FlipReg.Data.TrainingTable table, TrainingOptions options, int seed)
    {
        using var network = Fit(table, options, seed).Network;
        return [.. network.State.SelectMany(s => s.Value.ToHost<float>())];
    }
}
