using FlipReg.Runtime;
using static System.FormattableString;

namespace FlipReg.Evidence;

/// <summary>How training labels are made wrong.</summary>
/// <param name="Rate">Share of the labels, exactly.</param>
/// <param name="ToNext">Whether a wrong label is the next class; else any other.</param>
internal sealed record Noise(double Rate, bool ToNext = false)
{
    public override string ToString() => Rate == 0 ? "clean" : Invariant($"{(ToNext ? "pair" : "sym")} {Rate * 100:0}");

    /// <summary>The labels after it: the same for the same seed, whatever the method.</summary>
    public long[] Apply(byte[] labels, int classes, int seed)
    {
        long[] noisy = [.. labels.Select(label => (long)label)];
        var noise = ToNext ? LabelNoise.PairFlip(Rate) : LabelNoise.Symmetric(Rate);
        var (rows, keys) = noise.Draw([.. labels.Select(label => label + 1u)], classes, Seeds.Stream(seed, 7));
        for (var i = 0; i < rows.Length; i++)
            noisy[rows[i]] = keys[i] - 1;
        return noisy;
    }
}
