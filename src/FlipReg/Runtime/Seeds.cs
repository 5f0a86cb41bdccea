namespace FlipReg.Runtime;

/// <summary>Random numbers of the host, each stream from a seed and a number alone: a fit that goes on from a checkpoint draws what it would have drawn.</summary>
internal static class Seeds
{
    /// <summary>
    /// A stream of a fit's seed: 0 the first parameters, 1 the rows' order (with the epoch added), 2 the layers' draws, 2⁴⁰ the rows set aside, 2⁴¹ the
    /// partners of OLS-Single, 2⁴² the other members of an ensemble, 2⁴³ DisturbLabel's labels, 2⁴⁴ the companions of rows, 2⁴⁵ the images' variations, 2⁴⁶ those of companions; 2⁵⁰ wrong labels on purpose,
    /// 2⁵¹ folds, 2⁵² an attack's starts. SplitMix64's increment keeps the streams of neighbouring seeds apart.
    /// </summary>
    public static ulong Stream(int seed, ulong number) => unchecked(((ulong)(uint)seed * 0x9E3779B97F4A7C15UL) + number) & long.MaxValue;

    /// <summary>A generator for one draw of a stream, such as an epoch's order.</summary>
    public static Random Random(ulong stream, ulong number = 0) => new((int)(Seed(stream, number) >> 32));

    /// <summary>The seed of one draw of a stream, from 0 to 2⁶³ − 1.</summary>
    public static long Seed(ulong stream, ulong number) => (long)(SplitMix64(unchecked(stream + number)) >> 1);

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
