using System.Buffers.Binary;
using static System.FormattableString;

namespace Soak.Mutations;

/// <summary>Faults of a file as bytes: what a bad disk, a broken transfer or a careless forger does.</summary>
internal static class ByteMutations
{
    private static readonly ulong[] _numbers = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1UL << 40, long.MaxValue, 1UL << 63, ulong.MaxValue];

    public static Mutant Apply(Random random, byte[] content)
    {
        if (content.Length == 0)
            return new([.. Noise(random, 1 + random.Next(64))], "random bytes in place of nothing");
        switch (random.Next(12))
        {
            case 0 or 1 or 2:
                var flipped = content.ToArray();
                var bits = 1 + random.Next(random.Next(4) == 0 ? 64 : 2);
                for (var i = 0; i < bits; i++)
                    flipped[random.Next(flipped.Length)] ^= (byte)(1 << random.Next(8));
                return new(flipped, Invariant($"{bits} bits flipped"));
            case 3:
                var length = random.Next(content.Length);
                return new(content[..length], Invariant($"cut off after {length} of {content.Length} bytes"));
            case 4:
                var more = random.Next(20) == 0 ? 1 << 20 : 1 + random.Next(4096);
                return new([.. content, .. random.Next(3) switch { 0 => new byte[more], 1 => Noise(random, more), _ => content }], "longer");
            case 5:
                return Block(random, content, "overwritten with random bytes", (block, _) => Noise(random, block.Length));
            case 6:
                return Block(random, content, "overwritten with a block from elsewhere", (block, other) => other[..Math.Min(other.Length, block.Length)]);
            case 7:
                return Block(random, content, "removed", (_, _) => []);
            case 8:
                return Block(random, content, "twice", (block, _) => [.. block, .. block]);
            case 9:
                return Block(random, content, "zeroed", (block, _) => new byte[block.Length]);
            case 10:
                return Number(random, content);
            default:
                return random.Next(8) switch
                {
                    0 => new([], "empty"),
                    1 => new(Noise(random, content.Length), "random bytes alone"),
                    2 => new([.. content.Reverse()], "backwards"),
                    _ => Swap(random, content),
                };
        }
    }

    private static Mutant Block(Random random, byte[] content, string fault, Func<byte[], byte[], byte[]> replace)
    {
        var (at, length) = Range(random, content.Length);
        var other = random.Next(content.Length);
        return new([.. content[..at], .. replace(content[at..(at + length)], content[other..]), .. content[(at + length)..]], Invariant($"{length} bytes at {at} {fault}"));
    }

    private static Mutant Swap(Random random, byte[] content)
    {
        var cuts = new[] { random.Next(content.Length), random.Next(content.Length), random.Next(content.Length) }.Order().ToArray();
        return new([.. content[..cuts[0]], .. content[cuts[1]..cuts[2]], .. content[cuts[0]..cuts[1]], .. content[cuts[2]..]], Invariant($"blocks {cuts[0]}–{cuts[1]}–{cuts[2]} exchanged"));
    }

    /// <summary>A number where some number may stand: lengths, counts and offsets are little-endian here.</summary>
    private static Mutant Number(Random random, byte[] content)
    {
        var number = _numbers[random.Next(_numbers.Length)];
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        var size = Math.Min(content.Length, 1 << random.Next(4));
        var at = random.Next(content.Length - size + 1);
        var changed = content.ToArray();
        bytes[..size].CopyTo(changed.AsSpan(at));
        return new(changed, Invariant($"{number} written in {size} bytes at {at}"));
    }

    private static (int At, int Length) Range(Random random, int length)
    {
        var at = random.Next(length);
        return (at, 1 + random.Next(Math.Min(length - at, random.Next(3) == 0 ? length : 64)));
    }

    private static byte[] Noise(Random random, int length)
    {
        var noise = new byte[length];
        random.NextBytes(noise);
        return noise;
    }
}
