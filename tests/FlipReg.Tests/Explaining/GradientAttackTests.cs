using FlipReg.Encoders;
using FlipReg.Explaining;
using FlipReg.Networks;
using FlipReg.Training;
using static TorchSharp.torch;

namespace FlipReg.Tests.Explaining;

[TestClass]
public class GradientAttackTests
{
    [TestMethod]
    [DataRow(InputEncoding.Auto)]
    [DataRow(InputEncoding.Standard)]
    [DataRow(InputEncoding.None)]
    public void The_gradient_is_that_in_the_raw_values(InputEncoding encoding)
    {
        using var table = TestData.Blobs(80, 3, 2, spread: 1.5);
        var result = NetworkTrainer.Fit(table, null, 2, new CrossEntropyOptions { Epochs = 3, Network = NetworkSpec.Mlp([8], activation: Activation.Silu), InputEncoding = encoding }, new FitContext { Seed = 1, Device = CPU });
        using var network = result.Network;
        var row = new[] { 0.3137f, -0.2713f, 0.6411f };
        var gradient = GradientAttack.Gradient(network, result.Encoder, row, [1]);
        for (var slot = 0; slot < row.Length; slot++)
        {
            // Within a segment of the rank curve, whose knots are the training rows' values.
            var step = Step(result.Encoder, row, slot);
            var (up, down) = ((float[])row.Clone(), (float[])row.Clone());
            (up[slot], down[slot]) = (row[slot] + step, row[slot] - step);
            var expected = (Loss(network, result.Encoder, up) - Loss(network, result.Encoder, down)) / (up[slot] - (double)down[slot]);
            Assert.AreEqual(expected, gradient[slot], 1e-3 + (0.03 * Math.Abs(expected)), $"{encoding}, slot {slot}");
        }
    }

    [TestMethod]
    public void Attacked_rows_stay_within_epsilon_and_limits_and_keep_missing_values()
    {
        using var table = TestData.Blobs(80, 3, 2, spread: 1.5);
        var result = NetworkTrainer.Fit(table, null, 2, new CrossEntropyOptions { Epochs = 3 }, new FitContext { Seed = 1, Device = CPU });
        using var network = result.Network;
        float[] rows = [0.5f, float.NaN, -0.2f, 0.9f, 0.1f, 3f];
        var attack = new GradientAttack(0.25f, 7, 0.1f, true, 0, 1);
        var attacked = attack.Attacked(network, result.Encoder, rows, [0, 1], new Random(1));
        Assert.IsTrue(float.IsNaN(attacked[1]));
        for (var i = 0; i < rows.Length; i++)
        {
            if (i == 1)
                continue;
            Assert.IsLessThanOrEqualTo(0.25001f, Math.Abs(attacked[i] - rows[i]), $"value {i}");
            Assert.IsTrue(attacked[i] >= Math.Min(0, rows[i]) && attacked[i] <= Math.Max(1, rows[i]), $"value {i}: {attacked[i]}");
        }

        CollectionAssert.AreNotEqual(rows, attacked);
    }

    private static float Step(InputEncoder encoder, float[] row, int slot)
    {
        var knots = encoder.Slots[slot].Knots;
        return knots.Length == 0 ? 1e-2f : Math.Min(1e-2f, knots.Min(knot => Math.Abs(knot - row[slot])) * 0.9f);
    }

    private static double Loss(Network network, InputEncoder encoder, float[] row)
    {
        using var scope = NewDisposeScope();
        var encoded = new float[encoder.Width];
        encoder.Encode(row, encoded);
        return nn.functional.log_softmax(network.forward(tensor(encoded).view(1, -1)).to(float64), 1)[0, 1].neg().item<double>();
    }
}
