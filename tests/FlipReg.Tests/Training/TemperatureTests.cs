using FlipReg.Data;
using FlipReg.Metrics;
using FlipReg.Networks;
using FlipReg.Training;
using static TorchSharp.torch;

namespace FlipReg.Tests.Training;

/// <summary>The temperature fitted at the end of a fit: the minimum of a convex function, part of the weights, and never out of bounds.</summary>
[TestClass]
public sealed class TemperatureTests
{
    private readonly List<string> _lines = [];

    [TestMethod]
    [DataRow(0.2)]
    [DataRow(1.0)]
    [DataRow(2.5)]
    [DataRow(12.0)]
    public void The_temperature_that_labels_were_drawn_at_is_found(double expected)
    {
        const int rows = 70_000;
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var logits = empty([rows, 4]).normal_(0, 2 * expected, random);
        // The largest of z/T + Gumbel noise has the distribution softmax(z/T).
        var noise = empty([rows, 4], dtype: float64).uniform_(1e-12, 1 - 1e-12, random).log_().neg_().log_().neg_();
        var labels = (logits.to(float64) / expected + noise).argmax(1);
        var (temperature, before, after) = TemperatureScaling.Of(logits, labels);
        Assert.AreEqual(expected, temperature, 0.03 * expected);
        Assert.AreEqual(Loss(1), before, 1e-9);
        Assert.AreEqual(Loss(temperature), after, 1e-9);
        Assert.IsLessThan(Loss(temperature * 1.001), after);
        Assert.IsLessThan(Loss(temperature * 0.999), after);
        var slope = (Loss(temperature * 1.0001) - Loss(temperature * 0.9999)) / (0.0002 * temperature);
        Assert.AreEqual(0, slope * temperature, 1e-7);

        double Loss(double at) => nn.functional.log_softmax(logits.to(float64) / at, 1).gather(1, labels.view(-1, 1)).mean().neg().item<double>();
    }

    public static IEnumerable<object[]> Degenerate() =>
    [
        ["all right, by little", new[] { 1f, 0, 0, 0, 2, 0, 0, 0, 1.5f }, new long[] { 0, 1, 2 }, 0.05, 1.0],
        ["all right, by far", new[] { 900f, 0, 0, 0, 1000, 0, 0, 0, 1e8f }, new long[] { 0, 1, 2 }, 1.0, 1.0],
        ["all wrong, by far", new[] { 900f, 0, 0, 0, 1000, 0, 0, 0, 1e8f }, new long[] { 1, 2, 0 }, 20.0, 20.0],
        ["one class", new[] { 3f, 0, 0, 1, 2, 0, 4, 0, 1 }, new long[] { 0, 0, 0 }, 0.05, 20.0],
        ["one row, right", new[] { 0.4f, 0, 0 }, new long[] { 0 }, 0.1, 1.0],
        ["one row, wrong", new[] { 0.4f, 0, 0 }, new long[] { 1 }, 20.0, 20.0],
        ["all alike", new[] { 7f, 7, 7, -1, -1, -1 }, new long[] { 0, 1 }, 1.0, 1.0],
        ["infinite and missing", new[] { float.PositiveInfinity, 0, 0, float.NaN, 1, 2, 3, 0, 0, 3, 0, 0, 3, 0, 0 }, new long[] { 1, 0, 0, 0, 1 }, 1.0, 10.0],
        ["nothing finite", new[] { float.PositiveInfinity, 0, float.NegativeInfinity }, new long[] { 1 }, 1.0, 1.0],
        ["no spread to speak of", new[] { 1e-30f, 0, 0, 0, 1e-30f, 0, 1e-30f, 0, 0 }, new long[] { 0, 1, 2 }, 0.05, 20.0],
        ["largest numbers", new[] { float.MaxValue, float.MinValue, 0, float.MinValue, float.MaxValue, 0 }, new long[] { 0, 0 }, 20.0, 20.0],
    ];

    [TestMethod]
    [DynamicData(nameof(Degenerate))]
    public void Whatever_the_rows_are_it_stays_in_bounds(string name, float[] values, long[] labels, double minimum, double maximum)
    {
        using var scope = NewDisposeScope();
        var (temperature, before, after) = TemperatureScaling.Of(tensor(values).view(labels.Length, -1), tensor(labels));
        Assert.IsGreaterThanOrEqualTo(minimum * (1 - 1e-6), temperature, name);
        Assert.IsLessThanOrEqualTo(maximum * (1 + 1e-6), temperature, name);
        Assert.IsTrue(double.IsFinite(before) && after <= before, $"{name}: {before}, {after}");
    }

    [TestMethod]
    public void Of_more_rows_that_are_all_right_each_tells_more()
    {
        using var scope = NewDisposeScope();
        var few = TemperatureScaling.Of(tensor(new[] { 1f, 0 }).repeat(5, 1), zeros([5], dtype: int64)).Temperature;
        var many = TemperatureScaling.Of(tensor(new[] { 1f, 0 }).repeat(500, 1), zeros([500], dtype: int64)).Temperature;
        // The label's probability is (n + 1) / (n + 2): with two classes and a margin of 1 the odds are n + 1 = exp(1 / T).
        Assert.AreEqual(1 / Math.Log(6), few, 1e-6);
        Assert.AreEqual(1 / Math.Log(501), many, 1e-6);
    }

    [TestMethod]
    public void The_model_has_the_temperature_in_its_last_layer()
    {
        using var table = TestData.Blobs(90, 5, 3, spread: 2);
        using var validation = TestData.Blobs(120, 5, 3, seed: 2, spread: 2);
        foreach (var change in new Action<TrainingOptions>[]
        {
            _ => { },
            o => o.Keep = KeptWeights.Best,
            o => o.WeightAverage = 1,
            o => (o.WeightAverage, o.Keep) = (1, KeptWeights.Best),
        })
        {
            var options = new CrossEntropyOptions { Epochs = 40, BatchSize = 20, Network = NetworkSpec.Mlp([64], batchNorm: true, dropout: 0.1), InputEncoding = InputEncoding.None };
            change(options);
            var without = Fit(table, options, validation);
            options.FitTemperature = true;
            var with = Fit(table, options, validation);
            using var plain = without.Network;
            using var scaled = with.Network;
            Assert.IsNull(without.Temperature);
            var temperature = with.Temperature!.Value;
            Assert.IsGreaterThan(1.2, temperature, "trained to the end, a network is too sure");
            var last = plain.State.Count - 2;
            for (var i = 0; i < plain.State.Count; i++)
            {
                var expected = plain.State[i].Value.ToHost<float>().Select(v => i < last ? v : v / (float)temperature);
                using var found = scaled.State[i].Value.detach();
                TestData.AreClose(expected, found, 0, i < last ? 0 : 1e-6, plain.State[i].Name);
            }

            var (before, after) = (Score(plain, validation), Score(scaled, validation));
            Assert.AreEqual(before.Accuracy, after.Accuracy);
            Assert.IsLessThan(before.Loss - 0.02, after.Loss);
            StringAssert.Matches(_lines[^1], new(FormattableString.Invariant($"^Temperature {temperature:G4}: validation loss {after.Loss:F4}, {before.Loss:F4} without it\\.$")));
            CollectionAssert.AreEqual(without.History.Select(r => r.Validation).ToArray(), with.History.Select(r => r.Validation).ToArray());
        }
    }

    [TestMethod]
    public void A_canceled_fit_that_keeps_its_model_gets_one_too()
    {
        using var table = TestData.Blobs(200, 4, 2, spread: 1);
        var options = new CrossEntropyOptions { Epochs = 5, BatchSize = 20, WhenCanceled = CancelAction.KeepModel, FitTemperature = true };
        var polls = 0;
        var result = Fit(table, options, table, () => ++polls > 28);
        using var kept = result.Network;
        Assert.IsLessThan(5, result.History.Count);
        StringAssert.StartsWith(_lines[^2], "Training was canceled");
        StringAssert.StartsWith(_lines[^1], "Temperature ");
        Assert.IsNotNull(result.Temperature);
        // Canceled after the last epoch, while the rows are scored once more: 10 steps an epoch, 1 poll for its report and 1 for its rows.
        (options.WhenCanceled, polls) = (CancelAction.Throw, 0);
        Assert.ThrowsExactly<OperationCanceledException>(() => Fit(table, options, table, () => ++polls > 5 * 12));
        polls = 0;
        Fit(table, options, table, () => ++polls > (5 * 12) + 1).Network.Dispose();
    }

    [TestMethod]
    public void Without_validation_rows_there_is_none()
    {
        using var table = TestData.Blobs(60, 4, 2);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Fit(table, new FerOptions { FitTemperature = true }, null));
        Assert.AreEqual("FitTemperature needs validation rows. Got none. Pass validation data to Fit or to the trainer's catalog method, set ValidationFraction, or leave the option out.", error.Message);
    }

    private FitResult Fit(TrainingTable table, TrainingOptions options, TrainingTable? validation, Func<bool>? isCanceled = null) =>
        NetworkTrainer.Fit(table, validation, (int)table.Labels.ToHost<long>().Max() + 1, options,
            new FitContext { Seed = 1, Device = CPU, Info = _lines.Add, IsCanceled = isCanceled ?? (() => false) });

    private static ValidationReport Score(Network network, TrainingTable table)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var pass = new ValidationPass(table, CPU);
        return pass.Run(network, () => { });
    }
}
