using FlipReg.Data;
using FlipReg.Tests.Disks;
using FlipReg.Tests.Sparse;
using FlipReg.Training;
using FlipReg.Training.Checkpoints;
using static TorchSharp.torch;

namespace FlipReg.Tests.Training;

[TestClass]
public sealed class CheckpointTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("checkpoints").FullName;
    private readonly List<string> _warnings = [];

    public static IEnumerable<object[]> Methods() => TrainerTests.Methods();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void A_fit_that_was_stopped_at_any_step_ends_with_the_bits_of_one_that_was_not(Type method) => StopAtAnyStep(method, 1);

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void So_does_an_ensemble(Type method) => StopAtAnyStep(method, 2);

    private void StopAtAnyStep(Type method, int members)
    {
        using var table = TestData.Blobs(90, 5, 3, spread: 1.5);
        using var validation = TestData.Blobs(60, 5, 3, seed: 2, spread: 1.5);
        var options = Options(method);
        options.Members = members;
        var expected = Whole(Fit(options, table, validation));
        // A checkpoint after every block of steps, and a stop at every step of the first three epochs, one more with each start.
        options.CheckpointMinutes = 1e-9;
        var starts = 0;
        for (var allowed = 1; ; allowed++)
        {
            starts++;
            Assert.IsLessThan(40, starts);
            try
            {
                Assert.AreEqual(expected, Whole(Fit(options, table, validation, checkpoints: _directory, stepsAllowed: allowed)));
                break;
            }
            catch (OperationCanceledException)
            {
                Assert.IsEmpty(Directory.GetDirectories(_directory, ".*"));
            }
        }

        Assert.IsGreaterThan(5, starts);
        Assert.IsEmpty(_warnings);
    }

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void On_sparse_rows_a_stopped_fit_ends_with_the_same_bits_too(Type method)
    {
        var (table, dense) = SparseData.Tables(90, 60, 3);
        var (validation, denseValidation) = SparseData.Tables(60, 60, 3, seed: 2);
        dense.Dispose();
        denseValidation.Dispose();
        using (table)
        using (validation)
        {
            foreach (var optimizer in new[] { OptimizerKind.Sgd, OptimizerKind.AdamW })
            {
                var options = Options(method);
                (options.Optimizer, options.WeightAverage, options.LearningRate) = (optimizer, 1, 0.01);
                var expected = Whole(Fit(options, table, validation));
                options.CheckpointMinutes = 1e-9;
                for (var allowed = 1; ; allowed++)
                {
                    Assert.IsLessThan(40, allowed);
                    try
                    {
                        Assert.AreEqual(expected, Whole(Fit(options, table, validation, checkpoints: _directory, stepsAllowed: allowed)));
                        break;
                    }
                    catch (OperationCanceledException)
                    {
                    }
                }

                Directory.Delete(_directory, recursive: true);
            }
        }

        Directory.CreateDirectory(_directory);
        Assert.IsEmpty(_warnings);
    }

    [TestMethod]
    public void Every_option_that_remembers_goes_on()
    {
        using var table = TestData.Blobs(90, 5, 3, spread: 1.5);
        using var validation = TestData.Blobs(60, 5, 3, seed: 2, spread: 1.5);
        foreach (var options in new TrainingOptions[]
        {
            new OlsOptions { Single = true, UpdatePeriod = 2 },
            new OlsOptions { Single = true, UpdateUnit = OlsUpdateUnit.Iterations, UpdatePeriod = 3 },
            new OlsOptions { UpdateUnit = OlsUpdateUnit.Iterations, UpdatePeriod = 7 },
            new FerOptions { NoisyLabels = true, AverageBehavior = true, InitialEpochs = 2 },
            new CrossEntropyOptions { Optimizer = OptimizerKind.AdamW, MaximumGradientNorm = 0.5, Schedule = ScheduleKind.MultiStep },
            new CrossEntropyOptions { EarlyStopping = new() { Patience = 2 }, Keep = KeptWeights.Best, LearningRate = 0.5 },
            new FerElrOptions { FitTemperature = true },
        })
        {
            Set(options);
            var expected = Whole(Fit(options, table, validation));
            for (var stop = 1; stop < 6; stop++)
            {
                options.Progress = report => _ = report.Epoch == stop ? throw new TimeoutException() : 0;
                try
                {
                    Fit(options, table, validation, checkpoints: _directory).Network.Dispose();
                    break;
                }
                catch (TimeoutException)
                {
                }
            }

            options.Progress = null;
            Assert.AreEqual(expected, Whole(Fit(options, table, validation, checkpoints: _directory)), options.MethodName);
            // Finished: the model is there at once.
            options.Progress = _ => Assert.Fail("No epoch is left.");
            Assert.AreEqual(expected, Whole(Fit(options, table, validation, checkpoints: _directory)), options.MethodName);
            Directory.Delete(_directory, recursive: true);
        }

        Directory.CreateDirectory(_directory);
    }

    [TestMethod]
    public void Nobody_asked_for_a_seed_so_the_checkpoints_is_taken()
    {
        using var store = CheckpointStore.Open(_directory, _warnings.Add);
        Assert.IsNull(store.Newest);
        using var table = TestData.Blobs(60, 4, 2);
        var options = Options(typeof(CrossEntropyOptions));
        options.Keep = KeptWeights.Last;
        NetworkTrainer.Fit(table, null, 2, options, new FitContext { Seed = 77, Device = CPU, Checkpoints = store }).Network.Dispose();
        Assert.AreEqual(77, store.Newest!.Seed);
    }

    [TestMethod]
    public void Another_table_options_or_network_is_refused_by_name()
    {
        using var table = TestData.Blobs(60, 4, 2);
        using var changed = TestData.Blobs(60, 4, 2, seed: 3);
        using var longer = TestData.Blobs(80, 4, 2);
        using var weighted = TestData.Blobs(60, 4, 2, weights: [.. Enumerable.Range(0, 60).Select(i => 1f + i)]);
        using var validation = TestData.Blobs(30, 4, 2, seed: 5);
        Fit(Plain(), table, null, checkpoints: _directory).Network.Dispose();
        Refused(Plain(), changed, "features of the training rows was ");
        Refused(Plain(), longer, "training rows was 60 and is 80");
        Refused(Plain(), weighted, "weights of the training rows was none and is ");
        Refused(Plain(), table, "validation rows was absent and is 30", validation);
        Refused(Plain(o => o.LearningRate = 0.02), table, "LearningRate was 0.1 and is 0.02");
        Refused(Plain(o => o.Epochs = 5), table, "Epochs was 4 and is 5");
        Refused(Plain(o => o.Seed = 9), table, "Seed was 1 and is 9");
        Refused(Plain(o => o.Network = NetworkSpec.Mlp([8])), table, "Network was ");
        Refused(new FerOptions { Epochs = 4, BatchSize = 20, Network = NetworkSpec.Mlp([16]) }, table, "method was \"CrossEntropy\"".Replace("\"", "", StringComparison.Ordinal));
        // What does not change the result may differ.
        Fit(Plain(o => (o.CheckpointsKept, o.CheckpointEpochs, o.CheckpointMinutes, o.WhenCanceled) = (7, 2, 3, CancelAction.KeepModel)), table, null, checkpoints: _directory).Network.Dispose();

        void Refused(TrainingOptions options, TrainingTable rows, string difference, TrainingTable? validationRows = null)
        {
            var error = Assert.ThrowsExactly<InvalidOperationException>(() => Fit(options, rows, validationRows, checkpoints: _directory));
            StringAssert.Contains(error.Message, difference);
            StringAssert.StartsWith(error.Message, "CheckpointDirectory must hold checkpoints of the same data, options and network. Got a checkpoint of another fit in ");
        }
    }

    [TestMethod]
    public void A_folder_serves_one_fit_at_a_time()
    {
        using (CheckpointStore.Open(_directory, _warnings.Add))
        {
            var error = Assert.ThrowsExactly<IOException>(() => CheckpointStore.Open(_directory, _warnings.Add));
            StringAssert.Matches(error.Message, new("^CheckpointDirectory must be used by one fit at a time. Another fit, of this or another process, uses '.*'. Wait for its end, or give each fit"));
        }

        CheckpointStore.Open(_directory, _warnings.Add).Dispose();
        var file = Path.Combine(_directory, "file");
        File.WriteAllText(file, "");
        var unwritable = Assert.ThrowsExactly<IOException>(() => CheckpointStore.Open(file, _warnings.Add));
        StringAssert.StartsWith(unwritable.Message, $"CheckpointDirectory must be a folder that can be written. Got '{file}'.");
        Assert.ThrowsExactly<IOException>(() => CheckpointStore.Open("/proc/none", _warnings.Add));
    }

    [TestMethod]
    public void The_latest_checkpoints_and_the_best_are_kept()
    {
        // Few rows, much noise: the network soon learns the noise.
        using var table = TestData.Blobs(60, 6, 3, spread: 2.5);
        using var validation = TestData.Blobs(300, 6, 3, seed: 2, spread: 2.5);
        var options = new CrossEntropyOptions { Epochs = 30, BatchSize = 20, Network = NetworkSpec.Mlp([64]), Schedule = ScheduleKind.Constant, CheckpointsKept = 1 };
        options.EarlyStopping = new() { Patience = 1000 };
        var result = Fit(options, table, validation, checkpoints: _directory);
        result.Network.Dispose();
        var best = result.History.MinBy(r => r.Validation!.Loss)!.Epoch;
        var expected = new[] { best, 30 }.Select(epoch => $"epoch-{epoch:D6}");
        CollectionAssert.AreEqual(expected.ToArray(), Checkpoints());
        Assert.IsLessThan(30, best, "else the test shows nothing");

        Directory.Delete(_directory, recursive: true);
        (options.Epochs, options.CheckpointEpochs, options.CheckpointsKept, options.EarlyStopping) = (9, 4, 3, null);
        Fit(options, table, null, checkpoints: _directory).Network.Dispose();
        CollectionAssert.AreEqual(new[] { "epoch-000004", "epoch-000008", "epoch-000009" }, Checkpoints());
    }

    [TestMethod]
    public void A_damaged_checkpoint_is_named_and_the_one_before_it_taken()
    {
        using var table = TestData.Blobs(60, 4, 2);
        Fit(Plain(), table, null, checkpoints: _directory).Network.Dispose();
        var expected = Whole(Fit(Plain(), table, null));
        foreach (var file in new[] { "state.safetensors", "checkpoint.json", "SHA256SUMS" })
        {
            var path = Path.Combine(_directory, "epoch-000004", file);
            var bytes = File.ReadAllBytes(path);
            bytes[bytes.Length / 3] ^= 4;
            File.WriteAllBytes(path, bytes);
            Assert.AreEqual(expected, Whole(Fit(Plain(), table, null, checkpoints: _directory)), file);
            StringAssert.StartsWith(_warnings.Single(), $"Checkpoint '{Path.Combine(_directory, "epoch-000004")}' is damaged: the SHA-256 of ");
            _warnings.Clear();
        }

        File.Delete(Path.Combine(_directory, "epoch-000004", "state.safetensors"));
        File.WriteAllText(Path.Combine(_directory, "epoch-000003", "checkpoint.json"), "{}");
        var error = Assert.ThrowsExactly<IOException>(() => Fit(Plain(), table, null, checkpoints: _directory));
        StringAssert.Matches(error.Message, new("^CheckpointDirectory must hold an undamaged checkpoint, or none. Checkpoint '.*epoch-000003' is damaged: the SHA-256 of checkpoint.json is not the one in SHA256SUMS."));
    }

    [TestMethod]
    public void Another_librarys_or_a_newer_checkpoint_is_refused()
    {
        using var table = TestData.Blobs(60, 4, 2);
        Fit(Plain(), table, null, checkpoints: _directory).Network.Dispose();
        Refused("\"format\": \"MLNet.FlipReg checkpoint\"", "\"format\": \"somebody's\"", "must have the format 'MLNet.FlipReg checkpoint'. It is not a checkpoint of this library");
        Refused("\"version\": 1", "\"version\": 2", "must have a version of at most 1. Got 2, of a newer library. Update MLNet.FlipReg");
        Refused("\"version\": 1", "\"version\": \"1\"", "must have a version of at least 1.");
        Refused("\"library\":", "\"libraries\":", "must be the JSON that this library writes.");

        void Refused(string old, string with, string rule)
        {
            var folder = Path.Combine(_directory, "epoch-000004");
            var before = Directory.GetFiles(folder).ToDictionary(file => file, File.ReadAllBytes);
            var json = File.ReadAllText(Path.Combine(folder, "checkpoint.json"));
            Assert.Contains(old, json);
            json = json.Replace(old, with, StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(folder, "checkpoint.json"), json);
            var sums = File.ReadAllLines(Path.Combine(folder, "SHA256SUMS"));
            sums[0] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(json))) + "  checkpoint.json";
            File.WriteAllText(Path.Combine(folder, "SHA256SUMS"), string.Join("\n", sums) + "\n");
            var error = Assert.ThrowsExactly<FormatException>(() => Fit(Plain(), table, null, checkpoints: _directory));
            StringAssert.Contains(error.Message, rule);
            foreach (var (file, bytes) in before)
                File.WriteAllBytes(file, bytes);
        }
    }

    [TestMethod]
    public void A_write_that_fails_costs_the_checkpoint_and_not_the_fit()
    {
        using var table = TestData.Blobs(60, 4, 2);
        var expected = Whole(Fit(Plain(), table, null));
        var options = Plain();
        // Whoever writes a file where the next checkpoint's folder would be made is in its way, as a full disk is.
        options.Progress = report =>
        {
            var block = Path.Combine(_directory, $".unfinished-epoch-{report.Epoch + 1:D6}");
            if (report.Epoch == 1)
                File.WriteAllText(block, "");
            else
                File.Delete(Path.Combine(_directory, ".unfinished-epoch-000002"));
        };
        Assert.AreEqual(expected, Whole(Fit(options, table, null, checkpoints: _directory)));
        StringAssert.StartsWith(_warnings.Single(), $"The checkpoint after epoch 2 was not written to '{_directory}': ");
        StringAssert.Contains(_warnings.Single(), "The latest is of epoch 1. The fit goes on;");
        CollectionAssert.AreEqual(new[] { "epoch-000003", "epoch-000004" }, Checkpoints());
    }

    [TestMethod]
    public void A_full_disk_costs_checkpoints_and_not_the_fit()
    {
        using var disk = SmallDisk.Mount(512);
        using var table = TestData.Blobs(60, 4, 2);
        var expected = Whole(Fit(Plain(), table, null));
        var folder = Path.Combine(disk.Path, "checkpoints");
        var options = Plain(o => o.CheckpointsKept = 1);
        string? filler = null;
        options.Progress = report =>
        {
            if (report.Epoch == 1)
                filler = disk.Fill();
            else if (report.Epoch == 3)
                throw new TimeoutException("a power failure, so to speak");
        };
        Assert.ThrowsExactly<TimeoutException>(() => Fit(options, table, null, checkpoints: folder));
        Assert.HasCount(2, _warnings);
        StringAssert.Contains(_warnings[0], "No space left on device");
        CollectionAssert.AreEqual(new[] { "epoch-000001" }, Directory.GetDirectories(folder).Select(Path.GetFileName).ToArray());

        // Still full: it goes on from epoch 1 all the same, and ends with the same bits.
        options.Progress = null;
        Assert.AreEqual(expected, Whole(Fit(options, table, null, checkpoints: folder)));
        Assert.HasCount(5, _warnings);
        File.Delete(filler!);
        Assert.AreEqual(expected, Whole(Fit(options, table, null, checkpoints: folder)));
        CollectionAssert.AreEqual(new[] { "epoch-000004" }, Directory.GetDirectories(folder).Select(Path.GetFileName).ToArray());
    }

    private static TrainingOptions Plain(Action<TrainingOptions>? change = null)
    {
        var options = new CrossEntropyOptions { Epochs = 4, BatchSize = 20, Network = NetworkSpec.Mlp([16]) };
        change?.Invoke(options);
        return options;
    }

    /// <summary>Options with all that has a state: batch norm, dropout, average, best epoch, flips, forgetting.</summary>
    private static TrainingOptions Options(Type method) => Set((TrainingOptions)Activator.CreateInstance(method)!);

    private static TrainingOptions Set(TrainingOptions options)
    {
        (options.Epochs, options.BatchSize, options.CountForgetting, options.TrackRows) = (6, 20, true, true);
        options.Network = NetworkSpec.Mlp([16, 8], batchNorm: true, dropout: 0.2);
        (options.WeightAverage, options.Keep) = (0.7, KeptWeights.Best);
        return options;
    }

    private string[] Checkpoints() => [.. Directory.GetDirectories(_directory).Select(path => Path.GetFileName(path)).Order()];

    /// <summary>A fit, with checkpoints in a folder, that is canceled before the step after <paramref name="stepsAllowed"/>.</summary>
    private FitResult Fit(TrainingOptions options, TrainingTable table, TrainingTable? validation, string? checkpoints = null, int stepsAllowed = int.MaxValue)
    {
        options.CheckpointDirectory = checkpoints;
        using var store = checkpoints is null ? null : CheckpointStore.Open(checkpoints, _warnings.Add);
        var steps = 0;
        var context = new FitContext { Seed = 1, Device = CPU, Checkpoints = store, Warning = _warnings.Add, IsCanceled = () => ++steps > stepsAllowed };
        return NetworkTrainer.Fit(table, validation, (int)table.Labels.ToHost<long>().Max() + 1, options, context);
    }

    /// <summary>All that a fit gives, bit for bit, as text.</summary>
    private static string Whole(FitResult result)
    {
        using var network = result.Network;
        var bytes = new List<byte>();
        foreach (var (_, value) in network.State)
            HostReads.ReadBytes(value, piece => bytes.AddRange(piece));
        var history = result.History.Select(report => report with { RowsPerSecond = 0, TimeLeft = default, WorkingSet = 0 });
        return $"{Convert.ToHexString(bytes.ToArray())}\n{string.Join('\n', history)}\n{string.Join(' ', result.ForgettingEvents ?? [])}\n{string.Join(' ', result.TrackedRows ?? [])}\n{result.Temperature:R}";
    }
}
