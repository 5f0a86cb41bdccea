using FlipReg.Data;
using FlipReg.Regularizers;
using FlipReg.Regularizers.PDiff;
using FlipReg.Tests.Training;
using FsCheck;
using FsCheck.Fluent;
using static TorchSharp.torch;

namespace FlipReg.Tests.Regularizers;

[TestClass]
public class PDiffTests
{
    /// <summary>Every file of golden steps that is there: more can be dropped in.</summary>
    public static IEnumerable<object[]> Files() => GoldenFile.Names("pdiff_*.json");

    [TestMethod]
    [DynamicData(nameof(Files))]
    public void Reference_steps_are_reproduced(string name)
    {
        using var file = new GoldenFile(name) { LossName = "loss_weighted" };
        var parameters = file.Parameters;
        var histogram = new PDiffHistogram(parameters.GetProperty("bins").GetInt32(), parameters.GetProperty("value_low").GetDouble(), parameters.GetProperty("value_high").GetDouble());
        var options = new PDiffOptions
        {
            Epochs = file.Epochs,
            BatchSize = parameters.GetProperty("batch_size").GetInt32(),
            NoiseRate = parameters.GetProperty("use_auto_noise_ratio").GetBoolean() ? null : parameters.GetProperty("noise_ratio").GetDouble(),
            RampEpochs = parameters.GetProperty("t_k").GetInt32(),
            Window = parameters.GetProperty("slide_batch_num").GetInt32(),
            StartIteration = parameters.GetProperty("start_iter").GetInt32(),
            Saturation = parameters.GetProperty("zeta").GetDouble(),
            Histogram = histogram,
        };
        using var pdiff = new PDiffRegularizer(options, Context(file.Rows, file.Classes) with { StepsOfEpoch = parameters.GetProperty("epoch_iters").GetInt32() });
        var kept = 0.0;
        var steps = file.Replay(pdiff, (state, i) =>
        {
            var counts = TestData.State(pdiff, "counts");
            TestData.AreClose(GoldenFile.Floats(state.GetProperty("pdf")), counts, 0, 0, $"step {i} histogram");
            var (cumulative, total) = (counts.cumsum(0), counts.sum().item<double>());
            if (state.GetProperty("pcf").ValueKind == System.Text.Json.JsonValueKind.Array)
                TestData.AreClose(GoldenFile.Floats(state.GetProperty("pcf")), cumulative / total, GoldenFile.Tolerance, GoldenFile.Tolerance, $"step {i} shares");
            kept += GoldenFile.Floats(state.GetProperty("weights")).Sum();
            Assert.AreEqual(kept, TestData.State(pdiff, "sums")[0].item<double>(), $"step {i} rows kept");
            if (state.GetProperty("noise_ratio").ValueKind == System.Text.Json.JsonValueKind.Null)
                return;
            var rate = TestData.State(pdiff, "rate");
            TestData.AreClose([state.GetProperty("noise_ratio").GetSingle()], rate, GoldenFile.Tolerance, 0, $"step {i} drop rate");
            Assert.AreEqual(state.GetProperty("t_bin").GetInt64(), cumulative.le((rate + PDiffMath.Margin) * total).sum().item<long>(), $"step {i} cut");
        }, _ => { });
        Assert.IsGreaterThan(10, steps);
    }

    [TestMethod]
    public void A_rate_of_zero_is_plain_cross_entropy_and_kept_shares_are_shares()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(20), Prop.ForAll<int>(seed =>
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            using var random = new Generator((ulong)(uint)seed);
            using var plain = new PDiffRegularizer(Options(o => o.NoiseRate = 0), Context(8, 3));
            using var dropping = new PDiffRegularizer(Options(o => o.NoiseRate = 0.5), Context(8, 3));
            for (var epoch = 1; epoch <= 4; epoch++)
            {
                var batch = TestData.Step(arange(8, dtype: int64).remainder(3), arange(8, dtype: int64), 3, epoch, 4);
                var outputs = new Outputs(randn([8, 3], generator: random).mul_(4));
                var expected = outputs.Probabilities.sub(nn.functional.one_hot(batch.Labels, 3)).div(8);
                foreach (var method in new[] { plain, dropping })
                    method.Prepare(batch);
                TestData.AreClose(expected.data<float>(), plain.LossGradient(batch, outputs), 1e-7, 1e-6, "gradient");
                dropping.LossGradient(batch, outputs);
                TestData.AreClose([SoftTargets.CrossEntropy(outputs.LogProbabilities, batch.Labels).mean().item<float>()], plain.Loss(batch, outputs).view(1), 1e-6, 1e-6, "loss");
                foreach (var method in new[] { plain, dropping })
                    method.Observe(batch, outputs);
            }

            var (all, some) = (plain.Figures().ToHost<double>(), dropping.Figures().ToHost<double>());
            return all is [0, 1, 0] && some[0] == 0.5 && some[1] is > 0 and <= 1 && some[2] == 0;
        }));
    }

    [TestMethod]
    public void A_step_of_which_every_row_is_dropped_has_gradient_zero_and_is_counted()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        // Four batches of rows that fit their labels, then one whose labels are all improbable.
        using var pdiff = new PDiffRegularizer(Options(o => (o.NoiseRate, o.Window) = (0.5, 4)), Context(8, 3));
        var labels = zeros(8, dtype: int64);
        for (var step = 0; step < 6; step++)
        {
            var batch = TestData.Step(labels, arange(8, dtype: int64), 3, 1, 1);
            var outputs = new Outputs(tensor(new float[] { step < 5 ? 9 : -9, 0, 1 }).repeat(8, 1));
            pdiff.Prepare(batch);
            var gradient = pdiff.LossGradient(batch, outputs);
            Assert.AreEqual(step < 5, gradient.abs().max().item<float>() > 0, $"step {step}");
            Assert.IsTrue(gradient.isfinite().all().item<bool>());
            Assert.AreEqual(step < 5, pdiff.Loss(batch, outputs).item<float>() > 0);
            pdiff.Observe(batch, outputs);
        }

        CollectionAssert.AreEqual(new[] { 0.5, 40 / 48.0, 1 }, pdiff.Figures().ToHost<double>());
        pdiff.EndEpoch(1);
    }

    [TestMethod]
    public void Logits_that_are_no_numbers_leave_the_histogram_whole()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var pdiff = new PDiffRegularizer(Options(o => o.NoiseRate = null), Context(4, 3));
        var batch = TestData.Step(arange(4, dtype: int64).remainder(3), arange(4, dtype: int64), 3, 1, 1);
        var outputs = new Outputs(full([4, 3], float.NaN));
        pdiff.Prepare(batch);
        pdiff.LossGradient(batch, outputs);
        pdiff.Observe(batch, outputs);
        Assert.AreEqual(4, TestData.State(pdiff, "counts").sum().item<double>());
    }

    [TestMethod]
    public void A_fit_reports_what_was_dropped_in_every_epoch()
    {
        using var table = TestData.Blobs(200, 4, 2, spread: 1.5);
        var result = TrainerTests.Fit(table, new PDiffOptions { Epochs = 6, BatchSize = 20, NoiseRate = 0.25, RampEpochs = 2, Window = 10 });
        result.Network.Dispose();
        var figures = result.History.Select(report => report.Figures).ToList();
        CollectionAssert.AreEqual(new[] { 0.125, 0.25, 0.25, 0.25, 0.25, 0.25 }, figures.Select(f => f["drop rate"]).ToList());
        Assert.IsTrue(figures[0]["kept share"] > 0.95, "the window is full with the last step only");
        // Rows share bins, and get more certain while the window fills: fewer than R are below the cut.
        foreach (var epoch in figures.Skip(2))
            Assert.IsTrue(epoch["kept share"] is > 0.7 and < 0.97, $"{epoch}");
        StringAssert.Contains(result.History[1].ToString(), ", drop rate 0.25, kept share 0.");
        Assert.ThrowsExactly<KeyNotFoundException>(() => figures[0]["rate"]);
    }

    [TestMethod]
    public void A_window_or_a_start_beyond_the_run_is_refused_and_the_default_fits()
    {
        using var table = TestData.Blobs(100, 4, 2);
        Refused(o => o.Window = 21, "Window must be at most the steps of the run (20: 4 epochs of 5). Got 21: no row would ever be dropped. Lower it, leave it null, or train for more epochs.");
        Refused(o => o.StartIteration = 21, "StartIteration must be at most the steps of the run (20: 4 epochs of 5). Got 21: no row would ever be dropped. Lower it, or train for more epochs.");
        Assert.AreEqual(5, ((PDiffOptions)new PDiffOptions { Epochs = 4, BatchSize = 20 }.Resolve(100, 2, 1)).Window);
        Assert.AreEqual(1, ((PDiffOptions)new PDiffOptions { Epochs = 1, BatchSize = 200 }.Resolve(100, 2, 1)).Window);
        Assert.AreEqual(100, ((PDiffOptions)new PDiffOptions { Epochs = 40 }.Resolve(10_000, 2, 1)).Window);

        void Refused(Action<PDiffOptions> change, string message)
        {
            var options = new PDiffOptions { Epochs = 4, BatchSize = 20 };
            change(options);
            Assert.AreEqual(message, Assert.ThrowsExactly<InvalidOperationException>(() => TrainerTests.Fit(table, options)).Message);
        }
    }

    private static PDiffOptions Options(Action<PDiffOptions> change)
    {
        var options = new PDiffOptions { Epochs = 4, BatchSize = 8, Window = 2, RampEpochs = 1 };
        change(options);
        return options;
    }

    private static RegularizerContext Context(int rows, int classes) => new(new long[rows], classes, CPU, 1);
}
