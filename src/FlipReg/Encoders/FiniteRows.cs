using System.Numerics;
using System.Runtime.InteropServices;

namespace FlipReg.Encoders;

/// <summary>Looks for values that are not finite.</summary>
internal static class FiniteRows
{
    /// <summary>Whether all values are finite. 0·x is NaN where x is not finite, and 0 elsewhere: one sum tells for all.</summary>
    public static bool IsFinite(ReadOnlySpan<float> values)
    {
        var sum = Vector<float>.Zero;
        var blocks = MemoryMarshal.Cast<float, Vector<float>>(values);
        foreach (var block in blocks)
            sum += block * Vector<float>.Zero;
        var rest = Vector.Sum(sum);
        foreach (var value in values[(blocks.Length * Vector<float>.Count)..])
            rest += value * 0;
        return rest == 0;
    }
}
