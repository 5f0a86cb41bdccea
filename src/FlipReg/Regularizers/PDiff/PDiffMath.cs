using static TorchSharp.torch;

namespace FlipReg.Regularizers.PDiff;

/// <summary>Bins of δ: <paramref name="Bins"/> + 1 of them, the last for δ at or above <paramref name="High"/>.</summary>
/// <param name="Bins">Bins from low to high.</param>
/// <param name="Low">Lower end of the first.</param>
/// <param name="High">Lower end of the last.</param>
internal sealed record PDiffHistogram(int Bins, double Low, double High)
{
    /// <summary>Bins for each unit of δ.</summary>
    public double PerUnit => Bins / (High - Low);

    /// <summary>The bin of a value of the host, clamped. In float32, as the bins of rows are.</summary>
    public int Of(double value) => (int)Math.Clamp((float)Bins * ((float)value - (float)Low) / ((float)High - (float)Low), 0, Bins);

    /// <summary>|middle| of each bin but the last.</summary>
    public double[] Magnitudes() => [.. Enumerable.Range(0, Bins).Select(bin => Math.Abs(Low + ((bin + 0.5) / PerUnit)))];
}

/// <summary>P-DIFF's formulas as pure functions. n rows, K classes.</summary>
internal static class PDiffMath
{
    /// <summary>A share of the rows counts as above another only by more than this, as both are quotients of whole numbers.</summary>
    public const double Margin = 1e-9;

    /// <summary>The matrix that <see cref="Difference"/> takes: −2 at each row's label, 0 elsewhere, n×K.</summary>
    public static Tensor Away(Tensor labels, long classes) =>
        SoftTargets.AtLabels(labels, full([labels.shape[0], 1], Keep(-2.0), dtype: float32, device: labels.device), classes);

    /// <summary>δ = p[y] − max over k≠y of p[k], n×1, in [−1, 1]; labels n×1.</summary>
    public static Tensor Difference(Tensor probabilities, Tensor labels, Tensor away) =>
        probabilities.gather(1, labels).sub_(probabilities.Plus(away).amax([1], keepdim: true));

    /// <summary>Writes the bins of δ, trunc(bins·(δ − low)/(high − low)), clamped, into integers. What is no number goes into the first.</summary>
    public static void Bins(Tensor difference, PDiffHistogram histogram, Tensor bins) =>
        bins.copy_(difference.mul(Keep(histogram.PerUnit)).Plus_(-histogram.Low * histogram.PerUnit)).clamp_(Keep(0L), Keep((long)histogram.Bins));

    /// <summary>R of a known noise rate: τ·min(1, t/T_k) in epoch t, counted in whole epochs done.</summary>
    public static double KnownRate(double noiseRate, long epoch, int rampEpochs) => noiseRate * Math.Min(1, (double)epoch / rampEpochs);
}
