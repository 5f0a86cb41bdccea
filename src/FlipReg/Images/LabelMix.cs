using static TorchSharp.torch;

namespace FlipReg.Images;

/// <summary>Of rows whose image belongs to two classes: the second class, and the share of the first.</summary>
/// <param name="Labels">The other image's class index, rows.</param>
/// <param name="Share">What the row's own class counts, rows × 1, 0 to 1; the other one counts the rest.</param>
internal sealed record LabelMix(Tensor Labels, Tensor Share)
{
    /// <summary>The same of some consecutive rows.</summary>
    public LabelMix Narrow(long first, long rows) => new(Labels.narrow(0, first, rows), Share.narrow(0, first, rows));
}
