using System.Diagnostics;
using Dapper;
using FlipReg.Sweeps.Tests.Store;
using FlipReg.Tests.Postgres;

namespace FlipReg.Sweeps.Tests.Processes;

/// <summary>Worker processes that are killed, frozen and cut off, on real databases: no trial is lost, none counts twice, every report is there.</summary>
[TestClass]
public sealed class KillTests
{
    private const int Steps = 6;

    [TestMethod]
    [DataRow("sqlite")]
    [DataRow("postgres")]
    public void Killed_workers_lose_nothing(string kind) => KillAtRandom(kind, seed: 1, trials: 16, workers: 2, kills: 3);

    [TestMethod]
    [TestCategory("Slow")]
    [DataRow("sqlite", 1)]
    [DataRow("sqlite", 2)]
    [DataRow("sqlite", 3)]
    [DataRow("sqlite", 4)]
    [DataRow("sqlite", 5)]
    [DataRow("postgres", 1)]
    [DataRow("postgres", 2)]
    [DataRow("postgres", 3)]
    [DataRow("postgres", 4)]
    [DataRow("postgres", 5)]
    public void Four_workers_killed_at_random_lose_nothing(string kind, int seed) => KillAtRandom(kind, 100 + seed, trials: 60, workers: 4, kills: 12);

    [TestMethod]
    [TestCategory("Slow")]
    [DataRow("sqlite")]
    [DataRow("postgres")]
    public void A_worker_frozen_past_its_lease_is_refused_when_it_wakes(string kind)
    {
        using var database = Stores.New(kind);
        using var store = database.Open();
        using var frozen = Start(database, 6);
        Assert.IsTrue(Until(() => Running(store).Any(), 30));
        frozen.Freeze();
        using var other = Start(database, 6);
        Assert.IsTrue(other.Wait(TimeSpan.FromMinutes(1)), string.Join("\n", other.Lines));
        AssertWhole(database, store, 6);
        frozen.Thaw();
        Assert.IsTrue(frozen.Wait(TimeSpan.FromMinutes(1)), string.Join("\n", frozen.Lines));
        Assert.AreEqual(0, frozen.ExitCode, string.Join("\n", frozen.Lines));
        AssertWhole(database, store, 6);
        using var connection = store.Dialect.Open();
        Assert.IsTrue(connection.Query<string>("SELECT state FROM attempt").Contains("Lost"), "The frozen worker's trial was not taken.");
    }

    [TestMethod]
    [TestCategory("Slow")]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(4)]
    [DataRow(5)]
    public void A_server_that_goes_down_and_comes_back_loses_nothing(int seed)
    {
        using var server = PostgresServer.Start();
        var (address, folder, random) = (server.NewDatabase(), Directory.CreateTempSubdirectory("sweep-files").FullName, new Random(seed));
        List<WorkerProcess> workers = [.. Enumerable.Range(0, 4).Select(_ => WorkerProcess.Start(address, true, folder, (30, Steps, 60), lease: 4000))];
        try
        {
            Assert.IsTrue(workers.All(w => w.WaitForLine("ready", TimeSpan.FromSeconds(60))), string.Join("\n", workers.SelectMany(w => w.Lines)));
            for (var stop = 0; stop < 2; stop++)
            {
                Thread.Sleep(random.Next(300, 1200));
                server.Down();
                Thread.Sleep(random.Next(500, 2000));
                server.Up();
            }

            foreach (var worker in workers)
                Assert.IsTrue(worker.Wait(TimeSpan.FromMinutes(2)) && worker.ExitCode == 0, string.Join("\n", worker.Lines));
            using var store = SweepStore.PostgreSql(address);
            AssertWhole(store, 30);
        }
        finally
        {
            workers.ForEach(worker => worker.Dispose());
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestMethod]
    public void A_child_for_each_slot_sees_its_own_GPU()
    {
        using var parent = WorkerProcess.Slots("0", "1", "GPU-7");
        Assert.IsTrue(parent.Wait(TimeSpan.FromSeconds(60)));
        Assert.AreEqual(0, parent.ExitCode, string.Join("\n", parent.Lines));
        Assert.AreEqual("slot 0 sees 0, slot 1 sees 1, slot GPU-7 sees GPU-7", string.Join(", ", parent.Lines.Order()));
    }

    private static void KillAtRandom(string kind, int seed, int trials, int workers, int kills)
    {
        using var database = Stores.New(kind);
        using var store = database.Open();
        var random = new Random(seed);
        var running = Enumerable.Range(0, workers).Select(_ => Start(database, trials)).ToList();
        try
        {
            for (var kill = 0; kill < kills; kill++)
            {
                Thread.Sleep(random.Next(100, 900));
                var victim = random.Next(workers);
                if (running[victim].HasExited)
                    break;
                running[victim].Kill();
                running[victim].Dispose();
                running[victim] = Start(database, trials);
            }

            foreach (var worker in running)
                Assert.IsTrue(worker.Wait(TimeSpan.FromMinutes(3)) && worker.ExitCode == 0, string.Join("\n", worker.Lines));
            AssertWhole(database, store, trials);
        }
        finally
        {
            running.ForEach(worker => worker.Dispose());
        }
    }

    private static WorkerProcess Start(TestStore database, int trials) =>
        WorkerProcess.Start(database.Address, database.IsPostgres, Path.Combine(database.Folder, "files"), (trials, Steps, 40));

    private static IEnumerable<SweepTrialInfo> Running(SweepStore store) =>
        store.ReadStudies().Count == 0 ? [] : store.ReadTrials("study").Where(trial => trial.State == TrialState.Running);

    private static bool Until(Func<bool> condition, int seconds)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(seconds))
                return false;
            Thread.Sleep(20);
        }

        return true;
    }

    private static void AssertWhole(TestStore database, SweepStore store, int trials)
    {
        AssertWhole(store, trials);
        using var connection = store.Dialect.Open();
        // Each trial was told once: one attempt of it finished, the others were lost.
        Assert.AreEqual(trials, connection.ExecuteScalar<long>("SELECT count(*) FROM attempt WHERE state = 'Finished'"));
        Assert.AreEqual(0L, connection.ExecuteScalar<long>("SELECT count(*) FROM attempt WHERE state NOT IN ('Finished', 'Lost')"));
    }

    private static void AssertWhole(SweepStore store, int trials)
    {
        var all = store.ReadTrials("study");
        CollectionAssert.AreEqual(Enumerable.Range(1, trials).ToList(), all.Select(t => t.Number).ToList());
        foreach (var trial in all)
        {
            Assert.AreEqual((TrialState.Finished, trial.Point.GetDouble("x") + trial.Point.GetInt32("n")), (trial.State, trial.Value!.Value), $"Trial {trial.Number}");
            CollectionAssert.AreEqual(Enumerable.Range(1, Steps).ToList(), trial.Reports.Keys.ToList(), $"Trial {trial.Number}");
            Assert.IsTrue(trial.Reports.All(r => Math.Abs(r.Value - (trial.Point.GetDouble("x") * r.Key)) < 1e-12));
        }
    }
}
