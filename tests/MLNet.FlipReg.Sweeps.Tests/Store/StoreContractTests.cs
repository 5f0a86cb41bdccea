using Dapper;
using FlipReg.Sweeps.Store;

namespace FlipReg.Sweeps.Tests.Store;

/// <summary>What every trial store keeps to: both databases, one suite.</summary>
[TestClass]
public sealed class StoreContractTests
{
    private const double Lease = 60;

    private static readonly SweepSpace _space = SweepSpace.Empty.Add(SweepParameter.Double("x", 0, 1)).Add(SweepParameter.Choice("kind", "a", "b"));
    private static readonly StudySpec _spec = new("study", _space, "value", true, true);
    private static readonly StudyLimits _limits = new(10, 3, 3);

    public static IEnumerable<object[]> Kinds => Stores.Kinds;

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void Trials_are_numbered_claimed_and_told(string kind)
    {
        using var database = Stores.New(kind);
        var (store, study) = Open(database);
        var worker = Worker(store, study);
        Assert.AreEqual(AskOutcome.Conflict, store.Ask(study.Id, worker, Offer(2), Lease).Outcome);
        for (var number = 1; number <= 10; number++)
        {
            var asked = store.Ask(study.Id, worker, Offer(number), Lease);
            Assert.AreEqual((AskOutcome.Claimed, number, 1), (asked.Outcome, asked.Trial!.Number, asked.Trial.Attempt));
            Assert.IsTrue(store.Report(Key(study, number), [(1, 0.5), (2, double.NaN)]));
            Assert.IsTrue(store.Tell(Key(study, number), new(TrialState.Finished, number / 10.0), [(3, 0.25)]));
            Assert.IsFalse(store.Tell(Key(study, number), new(TrialState.Finished, 7), []), "Told twice.");
        }

        Assert.AreEqual(AskOutcome.Done, store.Ask(study.Id, worker, Offer(11), Lease).Outcome);
        var (revision, trials, reports) = store.Changes(study.Id, 0);
        CollectionAssert.AreEqual(Enumerable.Range(1, 10).ToList(), trials.Select(t => t.Number).ToList());
        Assert.IsTrue(trials.All(t => t.State == "Finished" && t.Value == t.Number / 10.0 && t.FinishedAt >= t.CreatedAt));
        Assert.HasCount(30, reports);
        Assert.IsTrue(reports.All(r => r.Step == 2 ? r.Value is null : r.Value is not null));
        Assert.IsEmpty(store.Changes(study.Id, revision).Trials);
        Assert.AreEqual("x 0.5, kind 'a'", SpaceDocument.ReadPoint(trials[0].Parameters, _space).ToString());
        using var other = database.Open();
        Assert.AreEqual(1.0, other.ReadStudies().Single().BestValue);
        Assert.HasCount(10, other.ReadTrials("study"));
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void Changes_are_read_once_each(string kind)
    {
        using var database = Stores.New(kind);
        var (store, study) = Open(database);
        var worker = Worker(store, study);
        long since = 0;
        var seen = new List<string>();
        void Read()
        {
            var (revision, trials, reports) = store.Changes(study.Id, since);
            since = revision;
            seen.AddRange(trials.Select(t => $"{t.Number} {t.State}"));
            seen.AddRange(reports.Select(r => $"{r.TrialNumber}:{r.Step}"));
        }

        store.Ask(study.Id, worker, Offer(1), Lease);
        Read();
        store.Report(Key(study, 1), [(1, 1.0)]);
        Read();
        store.Heartbeat(Key(study, 1), worker.Id, Lease);
        Read();
        store.Ask(study.Id, worker, Offer(2), Lease);
        store.Report(Key(study, 1), [(2, 1.0)]);
        Read();
        store.Tell(Key(study, 1), new(TrialState.Pruned), []);
        Read();
        Assert.AreEqual("1 Running, 1:1, 2 Running, 1:2, 1 Pruned", string.Join(", ", seen));
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void A_trial_whose_lease_ran_out_goes_to_another_and_the_stale_worker_changes_nothing(string kind)
    {
        using var database = Stores.New(kind);
        var (store, study) = Open(database);
        var (first, second) = (Worker(store, study), Worker(store, study));
        store.Ask(study.Id, first, Offer(1), 0.2);
        Assert.AreEqual((AskOutcome.Claimed, 2), (store.Ask(study.Id, second, Offer(2), Lease) is var early ? early.Outcome : default, early.Trial!.Number), "Its lease has not run out.");
        Thread.Sleep(400);
        // Nobody took it yet: it is still its worker's.
        Assert.IsTrue(store.Heartbeat(Key(study, 1), first.Id, 0.1));
        Thread.Sleep(300);
        var taken = store.Ask(study.Id, second, Offer(3), Lease);
        Assert.AreEqual((AskOutcome.Claimed, 1, 2), (taken.Outcome, taken.Trial!.Number, taken.Trial.Attempt));
        Assert.IsFalse(store.Heartbeat(Key(study, 1), first.Id, Lease));
        Assert.IsFalse(store.Report(Key(study, 1), [(1, 1.0)]));
        Assert.IsFalse(store.Tell(Key(study, 1), new(TrialState.Finished, 1), [(1, 1.0)]));
        Assert.IsFalse(store.Release(Key(study, 1), []));
        Assert.IsTrue(store.Tell(Key(study, 1, attempt: 2), new(TrialState.Finished, 2), []));
        var (_, trials, reports) = store.Changes(study.Id, 0);
        Assert.AreEqual((2.0, "Finished", 1), (trials[0].Value!.Value, trials[0].State, trials[0].Losses));
        Assert.IsEmpty(reports);
        Assert.AreEqual("1 Lost, 2 Finished", Query(database, "SELECT number || ' ' || state FROM attempt WHERE trial_number = 1 ORDER BY number"));
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void A_trial_that_is_given_back_is_the_next_to_be_taken_and_one_whose_workers_die_fails_in_the_end(string kind)
    {
        using var database = Stores.New(kind);
        var (store, study) = Open(database);
        var worker = Worker(store, study);
        store.Ask(study.Id, worker, Offer(1), Lease);
        Assert.IsTrue(store.Release(Key(study, 1), [(1, 0.5)]));
        var again = store.Ask(study.Id, worker, Offer(2), 0.05);
        Assert.AreEqual((1, 2, 0), (again.Trial!.Number, again.Trial.Attempt, again.Trial.Losses));
        for (var attempt = 3; attempt <= 4; attempt++)
        {
            Thread.Sleep(150);
            Assert.AreEqual((1, attempt), (store.Ask(study.Id, worker, Offer(2), 0.05) is var asked ? asked.Trial!.Number : 0, asked.Trial!.Attempt));
        }

        Thread.Sleep(150);
        // The third death.
        Assert.AreEqual(2, store.Ask(study.Id, worker, Offer(2), Lease).Trial!.Number);
        var trial = store.Changes(study.Id, 0).Trials[0];
        Assert.AreEqual("Failed", trial.State);
        StringAssert.Contains(trial.Error, "3 times");
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void Failures_in_a_row_stop_the_study_and_another_start_goes_on(string kind)
    {
        using var database = Stores.New(kind);
        var (store, study) = Open(database);
        var worker = Worker(store, study);
        foreach (var (number, state) in new[] { TrialState.Failed, TrialState.Failed, TrialState.Diverged, TrialState.Failed, TrialState.Failed, TrialState.Failed }.Index())
        {
            Assert.AreEqual(AskOutcome.Claimed, store.Ask(study.Id, worker, Offer(number + 1), Lease).Outcome);
            store.Tell(Key(study, number + 1), new(state, Error: "no such column"), []);
        }

        var stopped = store.Ask(study.Id, worker, Offer(7), Lease);
        Assert.AreEqual(AskOutcome.Stopped, stopped.Outcome);
        Assert.AreEqual("3 trials in a row failed; the last one, 6: no such column", stopped.Reason);
        using var other = database.Open();
        Assert.AreEqual(stopped.Reason, other.ReadStudies().Single().StopReason);
        store.OpenStudy(_spec, _limits with { Trials = 20 });
        Assert.AreEqual(AskOutcome.Claimed, store.Ask(study.Id, worker, Offer(7), Lease).Outcome);
        Assert.IsNull(other.ReadStudies().Single().StopReason);
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void Trials_go_to_workers_that_have_what_they_need(string kind)
    {
        using var database = Stores.New(kind);
        var (store, study) = Open(database);
        var plain = Worker(store, study);
        var big = new WorkerInfo(Guid.NewGuid().ToString("N"), "0", 1, 1000, ["a100", "fast"]);
        store.AddWorker(study.Id, big);
        foreach (var (number, needs) in new TrialNeeds[] { new(1, 0, null), new(0, 500, null), new(0, 0, "fast"), new(0, 0, "slow") }.Index())
            Assert.AreEqual(AskOutcome.Stored, store.Ask(study.Id, plain, Offer(number + 1) with { Needs = needs }, Lease).Outcome);
        Assert.AreEqual(5, store.Ask(study.Id, plain, Offer(5), Lease).Trial!.Number);
        Assert.AreEqual("1 2 3", string.Join(' ', Enumerable.Range(0, 3).Select(_ => store.Ask(study.Id, big, null, Lease).Trial!.Number)));
        Assert.AreEqual(AskOutcome.Wait, store.Ask(study.Id, big, null, Lease).Outcome);
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void A_place_of_the_grid_is_taken_once(string kind)
    {
        using var database = Stores.New(kind);
        var (store, study) = Open(database);
        var worker = Worker(store, study);
        Assert.AreEqual(AskOutcome.Claimed, store.Ask(study.Id, worker, Offer(1) with { GridIndex = 0, AnyNumber = true }, Lease).Outcome);
        Assert.AreEqual(AskOutcome.Conflict, store.Ask(study.Id, worker, Offer(1) with { GridIndex = 0, AnyNumber = true }, Lease).Outcome);
        Assert.AreEqual(2, store.Ask(study.Id, worker, Offer(1) with { GridIndex = 1, AnyNumber = true }, Lease).Trial!.Number);
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void Another_space_or_metric_under_a_name_is_refused_with_the_difference(string kind)
    {
        using var database = Stores.New(kind);
        var (store, study) = Open(database);
        Assert.AreEqual(study.Id, store.OpenStudy(_spec, _limits).Id);
        var other = _spec with { Space = _space.Override(SweepParameter.Double("x", 0, 2)) };
        StringAssert.Contains(Assert.ThrowsExactly<SweepException>(() => store.OpenStudy(other, _limits)).Message, "Parameter 'x' was numbers from 0 to 1, first 0.5 and is numbers from 0 to 2, first 1");
        StringAssert.Contains(Assert.ThrowsExactly<SweepException>(() => store.OpenStudy(_spec with { HigherIsBetter = false }, _limits)).Message, "The metric was 'value' (higher is better) and is 'value' (lower is better)");
        Assert.AreNotEqual(study.Id, store.OpenStudy(_spec with { Name = "other" }, _limits).Id);
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void A_study_deleted_while_workers_run_stops_them_with_an_error_that_names_it(string kind)
    {
        using var database = Stores.New(kind);
        var (store, study) = Open(database);
        var worker = Worker(store, study);
        store.Ask(study.Id, worker, Offer(1), Lease);
        Assert.IsTrue(store.Delete("study"));
        Assert.IsFalse(store.Delete("study"));
        Assert.IsFalse(store.Heartbeat(Key(study, 1), worker.Id, Lease));
        Assert.IsFalse(store.Tell(Key(study, 1), new(TrialState.Finished, 1), []));
        StringAssert.Contains(Assert.ThrowsExactly<SweepException>(() => store.Ask(study.Id, worker, Offer(2), Lease)).Message, "deleted while this worker ran");
        Assert.AreEqual("0", Query(database, "SELECT count(*) FROM trial"));
        using var opened = database.Open();
        StringAssert.Contains(Assert.ThrowsExactly<SweepException>(() => opened.ReadTrials("study")).Message, "Study 'study' must be in the");
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void Texts_are_bound_and_never_read_as_SQL(string kind)
    {
        using var database = Stores.New(kind);
        using var opened = database.Open();
        var name = "'; DROP TABLE trial; -- $x$ @y \"ü";
        var study = opened.Trials.OpenStudy(_spec with { Name = name }, _limits);
        var worker = Worker(opened.Trials, study);
        opened.Trials.Ask(study.Id, worker, Offer(1), Lease);
        opened.Trials.Tell(Key(study, 1), new(TrialState.Failed, Error: name), []);
        Assert.AreEqual(name, opened.ReadTrials(name).Single().Error);
        Assert.AreEqual(name, opened.ReadStudies().Single().Name);
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void Sixteen_threads_get_every_trial_once(string kind)
    {
        using var database = Stores.New(kind);
        var (store, study) = Open(database, _limits with { Trials = 120 });
        var numbers = new System.Collections.Concurrent.ConcurrentBag<int>();
        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 16 }, _ =>
        {
            var worker = Worker(store, study);
            while (true)
            {
                var asked = store.Ask(study.Id, worker, Offer(1) with { AnyNumber = true }, Lease);
                if (asked.Outcome is AskOutcome.Done or AskOutcome.Wait)
                    return;
                numbers.Add(asked.Trial!.Number);
                Assert.IsTrue(store.Tell(Key(study, asked.Trial.Number), new(TrialState.Finished, asked.Trial.Number), [(1, 0.5)]));
            }
        });
        CollectionAssert.AreEqual(Enumerable.Range(1, 120).ToList(), numbers.Order().ToList());
        var (_, trials, reports) = store.Changes(study.Id, 0);
        Assert.AreEqual((120, 120), (trials.Count(t => t.Value == t.Number), reports.Count));
    }

    private static (TrialStore Store, StudyRow Study) Open(TestStore database, StudyLimits? limits = null)
    {
        var store = database.Open().Trials;
        return (store, store.OpenStudy(_spec, limits ?? _limits));
    }

    private static WorkerInfo Worker(TrialStore store, StudyRow study)
    {
        var worker = new WorkerInfo(Guid.NewGuid().ToString("N"), null, 0, 0, []);
        store.AddWorker(study.Id, worker);
        return worker;
    }

    private static TrialOffer Offer(int number) => new(number, false, SpaceDocument.Write(_space.Initial), null, TrialNeeds.None);

    private static TrialKey Key(StudyRow study, int number, int attempt = 1) => new(study.Id, number, attempt);

    private static string Query(TestStore database, string sql)
    {
        using var connection = database.Open().Dialect.Open();
        return string.Join(", ", connection.Query<string>(sql));
    }
}
