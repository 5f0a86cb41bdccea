using FlipReg.Runtime;
using static TorchSharp.torch;

namespace FlipReg.Regularizers.PDiff;

/// <summary>What P-DIFF remembers from block to block: the bins of the latest rows, in a ring, their histogram, and the rate in use.</summary>
/// <param name="Ring">Bins, int64; those in the window end before the counter <paramref name="Next"/>.</param>
/// <param name="Counts">Rows of the window in each bin, float64, whole numbers.</param>
/// <param name="Rate">R of the latest step, float64, one value.</param>
/// <param name="Iterations">Steps so far.</param>
/// <param name="Next">Where the next row's bin goes in the ring.</param>
/// <param name="Length">Rows in the window.</param>
internal sealed record PDiffWindow(Tensor Ring, Tensor Counts, Tensor Rate, Counter Iterations, Counter Next, Counter Length)
{
    /// <summary>The bins of <paramref name="count"/> rows of the window, the oldest first.</summary>
    public Tensor Oldest(long count)
    {
        var capacity = Ring.shape[0];
        var start = (Next.Value - Length.Value + capacity) % capacity;
        var first = Math.Min(count, capacity - start);
        return first == count ? Ring.narrow(0, start, count) : cat([Ring.narrow(0, start, first), Ring.narrow(0, 0, count - first)]);
    }

    /// <summary>Appends the bins of rows; the window then holds <paramref name="length"/> rows.</summary>
    public void Append(Tensor bins, long length)
    {
        var capacity = Ring.shape[0];
        // What would be overwritten at once need not be written.
        var skipped = Math.Max(0, bins.shape[0] - capacity);
        var (start, count) = ((Next.Value + skipped) % capacity, bins.shape[0] - skipped);
        var first = Math.Min(count, capacity - start);
        Ring.narrow(0, start, first).copy_(bins.narrow(0, skipped, first));
        if (count > first)
            Ring.narrow(0, 0, count - first).copy_(bins.narrow(0, skipped + first, count - first));
        Next.Value = (start + count) % capacity;
        Length.Value = length;
    }
}
