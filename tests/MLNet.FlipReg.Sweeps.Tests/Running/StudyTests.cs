using System.Diagnostics;
using FlipReg.Sweeps.Tests.Store;
using Il;

namespace FlipReg.Sweeps.Tests.Running;

/// <summary>Whole sweeps of a function, on both stores.</summary>
[TestClass]
public sealed class StudyTests
{
    private static readonly SweepSpace _space = SweepSpace.Empty.Add(SweepParameter.Double("x", 0, 1, initial: 0.9)).Add(SweepParameter.Integer("n", 1, 5)).Add(SweepParameter.Choice("kind", "a", "b"));

    public static IEnumerable<object[]> Kinds => Stores.Kinds;

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void A_sweep_runs_its_trials_and_finds_the_best(string kind)
    {
        using var database = Stores.New(kind);
        var told = new List<int>();
        var outcome = SweepStudy.Run(_space, Objective, higherIsBetter: false, new SweepOptions { Store = database.Open(), Trials = 40, Pruner = Pruner.None, Progress = trial => told.Add(trial.Number) });
        Assert.IsNull(outcome.StopReason);
        CollectionAssert.AreEqual(Enumerable.Range(1, 40).ToList(), outcome.Trials.Select(t => t.Number).ToList());
        CollectionAssert.AreEqual(Enumerable.Range(1, 40).ToList(), told);
        Assert.AreEqual(_space.Initial.ToString(), outcome.Trials[0].Point.ToString());
        Assert.AreEqual(outcome.Trials.Min(t => t.Value), outcome.Best!.Value);
        Assert.AreEqual(outcome.Best.Number, outcome.Ranking.First().Number);
        Assert.IsLessThan(0.02, outcome.Best.Value!.Value);
        Assert.IsTrue(outcome.Trials.All(t => t.State == TrialState.Finished && t.Attempts == 1 && t.Duration >= TimeSpan.Zero));
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void An_interrupted_sweep_goes_on_to_the_same_trials(string kind)
    {
        using var database = Stores.New(kind);
        var whole = SweepStudy.Run(_space, Objective, false, Options(null, "whole"));
        using var stop = new CancellationTokenSource();
        var store = database.Open();
        var first = Options(store, "parts");
        first.CancellationToken = stop.Token;
        var interrupted = SweepStudy.Run(_space, trial =>
        {
            if (trial.Number == 14)
            {
                stop.Cancel();
                trial.Report(1, 0);
            }

            return Objective(trial);
        }, false, first);
        Assert.AreEqual("The sweep was canceled.", interrupted.StopReason);
        Assert.AreEqual(TrialState.Waiting, interrupted.Trials[13].State);
        var second = SweepStudy.Run(_space, Objective, false, Options(store, "parts"));
        CollectionAssert.AreEqual(whole.Trials.Select(t => $"{t.Point} {t.Value}").ToList(), second.Trials.Select(t => $"{t.Point} {t.Value}").ToList());
        Assert.AreEqual(2, second.Trials[13].Attempts);

        static SweepOptions Options(SweepStore? store, string name) => new() { Store = store, Name = name, Trials = 25, Pruner = Pruner.None, Sampler = Sampler.Tpe(seed: 7, startupTrials: 8) };
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void Four_workers_share_the_trials(string kind)
    {
        using var database = Stores.New(kind);
        var running = 0;
        var most = 0;
        var outcome = SweepStudy.Run(_space, trial =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref running));
            Thread.Sleep(20);
            Interlocked.Decrement(ref running);
            return Objective(trial);
        }, false, new SweepOptions { Store = database.Open(), Trials = 30, Workers = 4, Pruner = Pruner.None });
        Assert.HasCount(30, outcome.Trials);
        Assert.HasCount(30, outcome.Trials.Select(t => t.Point.ToString()).Distinct().ToList(), "Two workers tried the same.");
        Assert.IsGreaterThan(1, most);
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void A_grid_is_tried_once_by_four_workers_and_ends_by_itself(string kind)
    {
        using var database = Stores.New(kind);
        var space = SweepSpace.Empty.Add(SweepParameter.Integer("n", 1, 5)).Add(SweepParameter.Choice("kind", "a", "b", "c"));
        var outcome = SweepStudy.Run(space, trial => trial.Point.GetInt32("n"), true, new SweepOptions { Store = database.Open(), Trials = null, Workers = 4, Sampler = Sampler.Grid() });
        Assert.HasCount(15, outcome.Trials);
        Assert.HasCount(15, outcome.Trials.Select(t => t.Point.ToString()).Distinct().ToList());
        Assert.AreEqual(5, outcome.Best!.Value);
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void Hopeless_trials_stop_at_once_and_every_report_is_there(string kind)
    {
        using var database = Stores.New(kind);
        var steps = new int[60];
        var outcome = SweepStudy.Run(_space, trial =>
        {
            for (var step = 1; step <= 27; step++)
            {
                steps[trial.Number] = step;
                trial.Report(step, trial.Point.GetDouble("x") * step);
            }

            return trial.Point.GetDouble("x");
        }, true, new SweepOptions { Store = database.Open(), Trials = 40, Sampler = Sampler.Random(1), Pruner = Pruner.Asha(1, 3), ReportInterval = TimeSpan.FromMilliseconds(20) });
        Assert.IsGreaterThan(10, outcome.Trials.Count(t => t.State == TrialState.Pruned));
        foreach (var trial in outcome.Trials)
        {
            Assert.HasCount(steps[trial.Number], trial.Reports);
            Assert.IsTrue(trial.State == TrialState.Finished ? steps[trial.Number] == 27 : steps[trial.Number] is 1 or 3 or 9 or 27, $"Trial {trial.Number} stopped at {steps[trial.Number]}.");
        }
    }

    [TestMethod]
    public void Failures_and_divergence_are_recorded_and_the_sweep_goes_on()
    {
        var outcome = SweepStudy.Run(_space, trial => trial.Number switch
        {
            2 => throw new InvalidOperationException("no such column"),
            3 => throw new TrainingDivergedException("The loss is not finite.", 1, 2),
            4 => throw new AggregateException(new TrainingDivergedException("Diverged in a task.", 1, 2)),
            5 => double.NaN,
            6 => throw new OperationCanceledException("not ours"),
            _ => Objective(trial),
        }, false, new SweepOptions { Trials = 9 });
        Assert.AreEqual("Finished Failed Diverged Diverged Failed Failed Finished Finished Finished", string.Join(' ', outcome.Trials.Select(t => t.State)));
        Assert.AreEqual("InvalidOperationException: no such column", outcome.Trials[1].Error);
        Assert.AreEqual("The loss is not finite.", outcome.Trials[2].Error);
        Assert.AreEqual("The metric is not a number.", outcome.Trials[4].Error);
    }

    [TestMethod]
    public void Ten_failures_in_a_row_stop_the_study()
    {
        var outcome = SweepStudy.Run(_space, _ => throw new FormatException("bad"), true, new SweepOptions { Trials = 50 });
        Assert.HasCount(10, outcome.Trials);
        Assert.AreEqual("10 trials in a row failed; the last one, 10: FormatException: bad", outcome.StopReason);
        Assert.IsNull(outcome.Best);
    }

    [TestMethod]
    public void Limits_of_time_progress_and_memory_hold()
    {
        static double Wait(SweepTrial trial) => trial.CancellationToken.WaitHandle.WaitOne(20_000) ? throw new OperationCanceledException(trial.CancellationToken) : 0;
        var late = SweepStudy.Run(_space, Wait, true, new SweepOptions { Trials = 1, TrialTime = TimeSpan.FromMilliseconds(300) }).Trials.Single();
        Assert.AreEqual((TrialState.Pruned, true), (late.State, late.Error!.Contains("TrialTime")));
        var silent = SweepStudy.Run(_space, Wait, true, new SweepOptions { Trials = 1, ProgressTime = TimeSpan.FromMilliseconds(300) }).Trials.Single();
        Assert.AreEqual((TrialState.Failed, true), (silent.State, silent.Error!.Contains("ProgressTime")));
        var large = SweepStudy.Run(_space, Wait, true, new SweepOptions { Trials = 1, ResidentMemory = 1 << 20 }).Trials.Single();
        Assert.AreEqual((TrialState.Failed, true), (large.State, large.Error!.Contains("ResidentMemory")));
        var clock = Stopwatch.StartNew();
        var outcome = SweepStudy.Run(_space, Wait, true, new SweepOptions { Trials = null, Time = TimeSpan.FromMilliseconds(400) });
        Assert.AreEqual("The time was up: 00:00:00.4000000.", outcome.StopReason);
        Assert.AreEqual(TrialState.Waiting, outcome.Trials.Single().State);
        Assert.IsLessThan(15, clock.Elapsed.TotalSeconds);
    }

    [TestMethod]
    public void Bad_options_are_errors_that_name_them()
    {
        Error<ArgumentException>(SweepSpace.Empty, new(), "at least one parameter", "none");
        Error<ArgumentException>(SweepSpace.Empty.Add(SweepParameter.Fixed("x", 1)), new(), "only fixed ones");
        Error<ArgumentException>(_space, new() { Sampler = Sampler.Grid() }, "'x'", "infinitely many");
        Error<ArgumentException>(_space, new() { Trials = null }, "Trials", "Time");
        Error<ArgumentException>(_space, new() { Name = " " }, "Name");
        Error<ArgumentOutOfRangeException>(_space, new() { Trials = 0 }, "Trials must be at least 1", "Got 0");
        Error<ArgumentOutOfRangeException>(_space, new() { Time = TimeSpan.Zero }, "Time must be above 0", "00:00:00");
        Error<ArgumentOutOfRangeException>(_space, new() { TrialTime = TimeSpan.FromSeconds(-1) }, "TrialTime");
        Error<ArgumentOutOfRangeException>(_space, new() { ResidentMemory = 0 }, "ResidentMemory");
        Error<ArgumentOutOfRangeException>(_space, new() { Workers = 0 }, "Workers");
        Error<ArgumentOutOfRangeException>(_space, new() { Lease = TimeSpan.FromSeconds(20) }, "Lease", "HeartbeatInterval");
        Error<ArgumentOutOfRangeException>(_space, new() { Sampler = null! }, "Sampler");
        Error<ArgumentException>(_space, new() { Resources = new() { Tags = ["a_b"] } }, "'a_b'");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Sampler.Tpe(startupTrials: 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Pruner.Asha(reductionFactor: 1));
    }

    [TestMethod]
    public void Trials_that_no_worker_can_run_end_the_sweep_with_the_reason()
    {
        var outcome = SweepStudy.Run(_space, Objective, false, new SweepOptions
        {
            Trials = 8,
            Requires = point => point.GetString("kind") == "a" ? new SweepResources { Gpus = 1 } : SweepResources.None,
            Lease = TimeSpan.FromMilliseconds(600),
            HeartbeatInterval = TimeSpan.FromMilliseconds(200),
        });
        Assert.HasCount(8, outcome.Trials);
        Assert.IsTrue(outcome.Trials.All(t => t.State == (t.Point.GetString("kind") == "a" ? TrialState.Waiting : TrialState.Finished)));
        StringAssert.Contains(outcome.StopReason, "wait for a worker");
    }

    [TestMethod]
    public void Files_of_a_trial_stay_in_its_folder()
    {
        var folder = Directory.CreateTempSubdirectory("sweep-files").FullName;
        try
        {
            SweepStudy.Run(_space, trial =>
            {
                File.WriteAllText(trial.FilePath("note.txt"), "x");
                foreach (var bad in new[] { "../note.txt", "/etc/passwd", "a/../../b", "..", ".", "link/note.txt" })
                {
                    if (bad.StartsWith("link", StringComparison.Ordinal) && !Path.Exists(Path.Combine(trial.Folder!, "link")))
                        Directory.CreateSymbolicLink(Path.Combine(trial.Folder!, "link"), "/tmp");
                    StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => trial.FilePath(bad)).Message, $"'{bad}'");
                }

                return 0;
            }, true, new SweepOptions { Name = "../a b", Trials = 2, Folder = folder });
            Assert.IsTrue(File.Exists(Path.Combine(folder, "%002e%002e%002fa%0020b", "trial-000002", "note.txt")));
            var trial = new SweepTrial(new("", 1, 1), _space.Initial, null, (_, _, _) => false);
            StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => trial.FilePath("x")).Message, "SweepOptions.Folder");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestMethod]
    public void No_local_clock_takes_part()
    {
        // Machines whose clocks differ by an hour agree on leases, because only the database's clock is asked; waiting is measured by a monotonic one.
        var clocks = IlReader.Methods(typeof(SweepStudy).Assembly)
            .SelectMany(method => IlReader.Calls(method).Select(call => (Method: $"{method.DeclaringType!.Name}.{method.Name}", call.Called)))
            .Where(call => (call.Called.DeclaringType == typeof(DateTime) || call.Called.DeclaringType == typeof(DateTimeOffset)) && call.Called.Name is "get_Now" or "get_UtcNow" or "get_Today"
                || call.Called.DeclaringType == typeof(TimeProvider));
        Assert.AreEqual("", string.Join(", ", clocks.Select(c => c.Method)));
    }

    private static double Objective(SweepTrial trial) => Math.Pow(trial.Point.GetDouble("x") - 0.4, 2) + (0.01 * Math.Abs(trial.Point.GetInt32("n") - 3)) + (trial.Point.GetString("kind") == "b" ? 0 : 0.1);

    private static void Error<TException>(SweepSpace space, SweepOptions options, params string[] parts)
        where TException : ArgumentException
    {
        var message = Assert.ThrowsExactly<TException>(() => SweepStudy.Run(space, _ => 0, true, options)).Message;
        foreach (var part in parts)
            StringAssert.Contains(message, part);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
