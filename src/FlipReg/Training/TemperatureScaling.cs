using FlipReg.Data;
using FlipReg.Networks;
using static TorchSharp.torch;

namespace FlipReg.Training;

/// <summary>
/// The temperature T that makes softmax(z/T) fit rows best: the minimum of their mean cross-entropy (Guo, Pleiss, Sun and Weinberger, "On Calibration of
/// Modern Neural Networks", ICML 2017). In 1/T the mean is convex: Newton's method, kept inside a bracket, in double precision.
/// </summary>
/// <remarks>
/// Where every row is right, cross-entropy falls all the way to T = 0, and one wrong row to come would pay for it. Then a label counts (n + 1) / (n + 2),
/// as in Laplace's rule of succession and Platt's scaling (Platt 1999), the other classes share the rest, and T is at most 1.
/// </remarks>
internal static class TemperatureScaling
{
    public const double Minimum = 0.05;
    public const double Maximum = 20;

    /// <summary>Rows in double precision at once.</summary>
    private const int PieceRows = 1 << 16;

    private const int MaximumSteps = 100;

    /// <summary>Steps of 1/T that are too small to go on for, relative.</summary>
    private const double Tolerance = 1e-10;

    /// <summary>Finds T. Called with gradients off. Waits for the device.</summary>
    /// <param name="logits">Rows × K. Rows that hold a value that is not finite are left out.</param>
    /// <param name="labels">Class indices, rows.</param>
    /// <returns>T, from <see cref="Minimum"/> to <see cref="Maximum"/>, and the mean cross-entropy at T = 1 and at T.</returns>
    public static (double Temperature, double Before, double After) Of(Tensor logits, Tensor labels)
    {
        var falls = Sums(logits, labels, 1 / Minimum, 0).Slope <= 0;
        var rest = falls ? 1.0 / (logits.shape[0] + 2) : 0;
        var inverse = Minimize(x => Sums(logits, labels, x, rest));
        inverse = Math.Max(inverse, falls ? 1 : 0);
        return (1 / inverse, Sums(logits, labels, 1, 0).Loss, Sums(logits, labels, inverse, 0).Loss);
    }

    /// <summary>Newton's steps from 1; where one leaves the bracket, the middle of it by ratio.</summary>
    private static double Minimize(Func<double, (double Loss, double Slope, double Curvature)> function)
    {
        var (low, high, point) = (1 / Maximum, 1 / Minimum, 1.0);
        for (var step = 0; step < MaximumSteps; step++)
        {
            var (_, slope, curvature) = function(point);
            if (slope == 0)
                break;
            (low, high) = slope < 0 ? (point, high) : (low, point);
            var next = point - (slope / curvature);
            // Written so that a quotient that is no number is outside; a bound that the minimum lies beyond is reached by halving.
            if (!(next > low && next < high))
                next = Math.Sqrt(low * high);
            var moved = Math.Abs(next - point);
            point = next;
            if (moved <= Tolerance * point)
                break;
        }

        return Math.Clamp(point, 1 / Maximum, 1 / Minimum);
    }

    /// <summary>The mean cross-entropy at 1/T, and its first and second derivative in 1/T: E[z] − z[target] and Var[z] under softmax(z/T).</summary>
    /// <param name="logits">Rows × K.</param>
    /// <param name="labels">Class indices, rows.</param>
    /// <param name="inverse">1/T.</param>
    /// <param name="rest">What a target leaves to all other classes together.</param>
    private static (double Loss, double Slope, double Curvature) Sums(Tensor logits, Tensor labels, double inverse, double rest)
    {
        using var scope = NewDisposeScope();
        var (rows, classes) = (logits.shape[0], logits.shape[1]);
        var sums = zeros([3], dtype: float64, device: logits.device);
        for (long first = 0; first < rows; first += PieceRows)
        {
            using var piece = NewDisposeScope();
            var count = Math.Min(PieceRows, rows - first);
            var z = Shifted(logits.narrow(0, first, count).to(float64));
            var log = Softmax.Log(z.mul(Keep(inverse)));
            var p = log.exp();
            var label = labels.narrow(0, first, count).view(-1, 1);
            var target = z.gather(1, label);
            if (rest > 0)
                target = target.mul(Keep(1 - rest - (rest / (classes - 1)))).Plus(z.sum([1], keepdim: true).mul(Keep(rest / (classes - 1))));
            var mean = p.mul(z).sum([1], keepdim: true);
            var spread = z.sub(mean);
            sums.Plus_(stack([log.gather(1, label).sum().neg(), mean.sub(target).sum(), p.mul(spread).mul(spread).sum()]));
        }

        var values = sums.ToHost<double>();
        return (values[0] / rows, values[1] / rows, values[2] / rows);
    }

    /// <summary>Logits by columns, their rows' largest 0; rows with a value that is not finite all 0, so that no temperature changes them.</summary>
    private static Tensor Shifted(Tensor logits)
    {
        var finite = logits.isfinite().all(1, keepdim: true);
        var shifted = logits.sub(logits.amax([1], keepdim: true));
        return Regularizers.SoftTargets.ByColumns(where(finite, shifted, zeros_like(shifted)));
    }
}
