using System.Diagnostics;

namespace FlipReg.Sweeps.Tests.Samplers;

/// <summary>What every sampler keeps to, and what each is for.</summary>
[TestClass]
public sealed class SamplerTests
{
    private static readonly SweepSpace _space = SweepSpace.Of<MethodSweep>().Add(SweepParameter.Double("cut", -3, 7)).Add(SweepParameter.Choice("only", 5));

    public static IEnumerable<object[]> Samplers => [[Sampler.Random(3)], [Sampler.Tpe(3, startupTrials: 5)]];

    [TestMethod]
    [DynamicData(nameof(Samplers))]
    public void Proposals_are_of_the_space_and_the_same_for_the_same_seed_and_history(Sampler sampler)
    {
        var history = new StudyHistory(_space, true, true);
        var points = new List<string>();
        for (var number = 1; number <= 60; number++)
        {
            var proposal = sampler.Propose(_space, history, number, 0)!;
            Assert.AreEqual(proposal.Point.ToString(), sampler.Propose(_space, history, number, 0)!.Point.ToString());
            Assert.AreNotEqual(proposal.Point.ToString(), sampler.Propose(_space, history, number, 17)!.Point.ToString());
            foreach (var parameter in _space.Parameters)
            {
                Assert.AreEqual(SweepSpace.IsActive(parameter, proposal.Point), proposal.Point.ContainsKey(parameter.Name), parameter.Name);
                if (proposal.Point.TryGetValue(parameter.Name, out var value))
                    Assert.IsTrue(parameter.Allows(value), $"{parameter.Name}: {parameter}; got {value}.");
            }

            points.Add(proposal.Point.ToString());
            Record(history, number, proposal.Point, number % 4 == 0 ? TrialState.Running : number % 4 == 1 ? TrialState.Pruned : TrialState.Finished, -Math.Abs(proposal.Point.GetDouble("cut")));
        }

        Assert.HasCount(60, points.Distinct().ToList());
        var stored = SpaceDocument.ReadPoint(SpaceDocument.Write(history.Trials[7].Point!), _space);
        Assert.AreEqual(points[7], stored.ToString());
    }

    [TestMethod]
    public void Random_draws_evenly_on_each_scale()
    {
        var random = new Random(1);
        var log = SweepParameter.Double("rate", 0.01, 1, log: true);
        var below = Enumerable.Range(0, 20_000).Count(_ => (double)RandomSampler.Draw(log, random) < 0.1);
        Assert.AreEqual(10_000, below, 350);
        var whole = SweepParameter.Integer("depth", 1, 4);
        var counts = Enumerable.Range(0, 20_000).CountBy(_ => RandomSampler.Draw(whole, random)).ToDictionary();
        Assert.HasCount(4, counts);
        foreach (var count in counts.Values)
            Assert.AreEqual(5_000, count, 300);
    }

    [TestMethod]
    public void Tpe_finds_a_better_place_than_random_does()
    {
        var space = SweepSpace.Empty.Add(SweepParameter.Double("x", 0, 1)).Add(SweepParameter.Double("y", 1e-4, 1, log: true)).Add(SweepParameter.Choice("kind", "a", "b", "c"));
        var (tpe, random) = (Run(Sampler.Tpe), Run((seed, _, _) => Sampler.Random(seed)));
        Assert.IsLessThan(random / 2, tpe, $"Mean loss of the best of 60 trials: TPE {tpe}, random {random}.");

        double Run(Func<int, int, int, Sampler> create) => Enumerable.Range(1, 10).Average(seed =>
        {
            var (sampler, history) = (create(seed, 10, 24), new StudyHistory(space, false, false));
            for (var number = 1; number <= 60; number++)
            {
                var point = sampler.Propose(space, history, number, 0)!.Point;
                var loss = Math.Pow(point.GetDouble("x") - 0.3, 2) + Math.Pow(Math.Log10(point.GetDouble("y")) + 2, 2) / 4 + (point.GetString("kind") == "b" ? 0 : 0.3);
                Record(history, number, point, TrialState.Finished, loss);
            }

            return history.Best!.Value!.Value;
        });
    }

    [TestMethod]
    public void Tpe_keeps_away_from_what_runs_already()
    {
        var space = SweepSpace.Empty.Add(SweepParameter.Double("x", 0, 1));
        var sampler = Sampler.Tpe(1, 10, 64);
        double Distance(bool told)
        {
            var history = new StudyHistory(space, false, false);
            for (var number = 1; number <= 30; number++)
                Record(history, number, Point(space, number / 31.0), TrialState.Finished, Math.Abs((number / 31.0) - 0.5));
            for (var number = 31; told && number <= 40; number++)
                Record(history, number, Point(space, 0.5), TrialState.Running, null);
            return Enumerable.Range(41, 40).Average(number => Math.Abs(sampler.Propose(space, history, number, 0)!.Point.GetDouble("x") - 0.5));
        }

        Assert.IsGreaterThan(1.2 * Distance(false), Distance(true));
    }

    [TestMethod]
    public void A_grid_has_every_combination_once_and_then_ends()
    {
        var space = SweepSpace.Empty
            .Add(SweepParameter.Double("rate", 0.01, 1, log: true, initial: 1, levels: 3))
            .Add(SweepParameter.Integer("depth", 1, 3))
            .Add(SweepParameter.Choice("method", "a", "b"))
            .Add(SweepParameter.Boolean("noisy")).When("noisy", "method", "b");
        var (sampler, history) = (Sampler.Grid(), new StudyHistory(space, true, true));
        var seen = new List<string>();
        while (sampler.Propose(space, history, seen.Count + 1, 0) is { } proposal)
        {
            history.GridIndices.Add(proposal.GridIndex!.Value);
            seen.Add(proposal.Point.ToString());
        }

        Assert.HasCount(3 * 3 * 3, seen);
        Assert.HasCount(3 * 3 * 3, seen.Distinct().ToList());
        Assert.AreEqual(27, sampler.Size(space));
        Assert.AreEqual(space.Initial.ToString(), seen[0]);
        Assert.HasCount(9, seen.Where(point => point.StartsWith("rate 0.01,", StringComparison.Ordinal)).ToList());
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Sampler.Grid().Size(_space)).Message, "LearningRate");
        var wide = SweepSpace.Empty.Add(SweepParameter.Integer("a", 1, 2000)).Add(SweepParameter.Integer("b", 1, 2000));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Sampler.Grid().Size(wide)).Message, "'b'");
    }

    [TestMethod]
    public void Tpe_answers_within_20_ms_at_10_000_finished_trials()
    {
        var space = SweepSpace.Of<FerSweep>();
        var history = new StudyHistory(space, true, true);
        var random = new Random(1);
        for (var number = 1; number <= 10_000; number++)
            Record(history, number, RandomSampler.Draw(space, random), TrialState.Finished, random.NextDouble());
        var sampler = Sampler.Tpe(1);
        sampler.Propose(space, history, 10_001, 0);
        // The best of several: other processes run beside.
        var best = Enumerable.Range(0, 30).Min(i =>
        {
            var clock = Stopwatch.StartNew();
            sampler.Propose(space, history, 10_001 + i, 0);
            return clock.Elapsed.TotalMilliseconds;
        });
        Console.WriteLine($"Ask at 10,000 trials, {space.Varying.Count()} parameters: {best:F1} ms.");
        Assert.IsLessThan(20, best);
    }

    [TestMethod]
    public void The_normal_distribution_is_exact_in_the_tails()
    {
        Assert.AreEqual(-804.6084420137538, NormalMath.LogCdf(-40), 1e-10 * 804);
        Assert.AreEqual(-53.23128515051247, NormalMath.LogCdf(-10), 1e-12 * 53);
        Assert.AreEqual(Math.Log(0.5), NormalMath.LogCdf(0), 1e-15);
        Assert.AreEqual(-0.38209203930939, NormalMath.LogMass(-1, 1) - 0.0002258, 0.001);
        foreach (var (a, b) in new[] { (-1.0, 2.0), (-9.0, -8.0), (5.0, 30.0), (-40.0, 40.0) })
        {
            foreach (var u in new[] { 1e-6, 0.25, 0.5, 0.999 })
            {
                var x = NormalMath.Quantile(u, a, b);
                Assert.IsTrue(x >= a && x <= b);
                Assert.AreEqual(u, Math.Exp(NormalMath.LogMass(a, x) - NormalMath.LogMass(a, b)), 1e-8);
            }
        }
    }

    [TestMethod]
    [DataRow(0.01)]
    [DataRow(0.09)]
    [DataRow(1.0)]
    public void The_table_of_masses_is_exact_to_ten_digits(double width)
    {
        var random = new Random(1);
        double[] means = [0, 3, .. Enumerable.Range(0, 40_000).Select(_ => 3 * random.NextDouble())];
        var masses = BoundedMass.LogMasses(means, 3 * width, 0, 3);
        for (var i = 0; i < means.Length; i++)
            Assert.AreEqual(NormalMath.LogMass((0 - means[i]) / (3 * width), (3 - means[i]) / (3 * width)), masses[i], 1e-9);
    }

    private static SweepPoint Point(SweepSpace space, double x) => space.Complete(_ => x);

    private static void Record(StudyHistory history, int number, SweepPoint point, TrialState state, double? value)
    {
        var trial = history.Trial(number, () => point);
        (trial.State, trial.Value) = (state, state == TrialState.Finished ? value : null);
        if (state == TrialState.Pruned)
            trial.Reports[1 + (number % 5)] = value!.Value;
    }
}
