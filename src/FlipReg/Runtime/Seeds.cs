namespace FlipReg.Runtime;

/// <summary>Random numbers of the host, each stream from a seed and a number alone: a fit that goes on from a checkpoint draws what it would have drawn.</summary>
internal static class Seeds
{
    /// <summary>A generator for one draw of a stream, such as an epoch's order.</summary>
    public static Random Random(ulong seed, ulong number) => new((int)(SplitMix64(unchecked(seed + number)) >> 33));

    /// <summary>Neighbouring inputs give unrelated outputs (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014).</summary>
    private static ulong SplitMix64(ulong value)
    {
        unchecked
        {
            value += 0x9E3779B97F4A7C15UL;
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
            return value ^ (value >> 31);
        }
    }
}
