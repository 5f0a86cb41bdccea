using FlipReg.Data;
using FlipReg.Encoders;
using FlipReg.Networks;
using FlipReg.Regularizers;
using static TorchSharp.torch;

namespace FlipReg.Explaining;

/// <summary>
/// Changes raw rows so that a network errs: FGSM (Goodfellow, Shlens and Szegedy, ICLR 2015) and PGD (Madry et al., ICLR 2018) under the maximum norm. The gradient of the
/// cross-entropy goes through the network by autograd, and through the input encoder by the slopes of its columns, so that ε is in the units of the raw features.
/// </summary>
/// <param name="Epsilon">How far a value may be moved.</param>
/// <param name="Steps">Steps; 1 with a step of ε and no random start is FGSM.</param>
/// <param name="StepSize">How far a step moves a value.</param>
/// <param name="RandomStart">Whether the first step starts from a uniformly drawn point within ε.</param>
/// <param name="Minimum">Values are kept at or above it.</param>
/// <param name="Maximum">Values are kept at or below it.</param>
internal sealed record GradientAttack(float Epsilon, int Steps, float StepSize, bool RandomStart, float Minimum = float.NegativeInfinity, float Maximum = float.PositiveInfinity)
{
    /// <summary>The attack of one step.</summary>
    public GradientAttack Fgsm() => this with { Steps = 1, StepSize = Epsilon, RandomStart = false };

    /// <summary>Attacked rows. A missing value stays missing; a value outside of the limits is not moved further out.</summary>
    /// <param name="network">A network in evaluation mode.</param>
    /// <param name="encoder">Maps raw rows to the network's.</param>
    /// <param name="rows">Raw rows, count × d.</param>
    /// <param name="labels">Their labels.</param>
    /// <param name="random">Draws the start.</param>
    public float[] Attacked(Network network, InputEncoder encoder, float[] rows, int[] labels, Random random)
    {
        var attacked = (float[])rows.Clone();
        for (var i = 0; RandomStart && i < attacked.Length; i++)
            attacked[i] = Limited(rows[i], attacked[i] + (Epsilon * ((2 * random.NextSingle()) - 1)));
        for (var step = 0; step < Steps; step++)
        {
            var gradient = Gradient(network, encoder, attacked, labels);
            for (var i = 0; i < attacked.Length; i++)
            {
                if (gradient[i] != 0 && float.IsFinite(gradient[i]))
                    attacked[i] = Limited(rows[i], attacked[i] + (StepSize * MathF.Sign(gradient[i])));
            }
        }

        return attacked;
    }

    /// <summary>The most probable class of raw rows; −1 where the logits are not numbers.</summary>
    public static int[] Predict(Network network, InputEncoder encoder, float[] rows)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var logits = network.forward(Encoded(network, encoder, rows));
        var best = where(logits.isfinite().all(1), logits.max(1).indexes, full([logits.shape[0]], Keep(-1), dtype: int64, device: logits.device));
        return Array.ConvertAll(best.ToHost<long>(), k => (int)k);
    }

    /// <summary>d(cross-entropy)/d(raw value), count × d.</summary>
    internal static float[] Gradient(Network network, InputEncoder encoder, float[] rows, int[] labels)
    {
        using var scope = NewDisposeScope();
        using var grad = enable_grad();
        var points = Encoded(network, encoder, rows).requires_grad_();
        var outputs = new Outputs(network.ForwardContinuous(points));
        var loss = SoftTargets.CrossEntropy(outputs.LogProbabilities, tensor(Array.ConvertAll(labels, label => (long)label)).to(points.device)).sum();
        var ofColumns = autograd.grad([loss], [points])[0].contiguous().ToHost<float>();
        return encoder.IsIdentity ? ofColumns : ToRaw(encoder, rows, ofColumns);
    }

    private static float[] ToRaw(InputEncoder encoder, float[] rows, float[] ofColumns)
    {
        var (raw, width) = (encoder.RawWidth, encoder.Width);
        var (slots, slopes, result) = (encoder.SlotsOfColumns(), new float[width], new float[rows.Length]);
        for (var row = 0; row < rows.Length / raw; row++)
        {
            encoder.Slopes(rows.AsSpan(row * raw, raw), slopes);
            for (var column = 0; column < width; column++)
            {
                if (slots[column] >= 0)
                    result[(row * raw) + slots[column]] += ofColumns[(row * width) + column] * slopes[column];
            }
        }

        return result;
    }

    private static Tensor Encoded(Network network, InputEncoder encoder, float[] rows)
    {
        var count = rows.Length / encoder.RawWidth;
        using var memory = new RowMemory(count, encoder.Width);
        for (var row = 0; row < count; row++)
            encoder.Encode(rows.AsSpan(row * encoder.RawWidth, encoder.RawWidth), memory.Row(row));
        // A copy, also where the memory is on the network's device: it is given back here.
        return memory.Tensor.to(network.FlatParameters.device, copy: true);
    }

    /// <summary>A value within ε of the original and within the limits, as far as the original is.</summary>
    private float Limited(float original, float value) => float.IsNaN(original)
        ? original
        : Math.Clamp(Math.Clamp(value, original - Epsilon, original + Epsilon), Math.Min(Minimum, original), Math.Max(Maximum, original));
}
