using System.Buffers.Binary;
using System.IO.Compression;
using static System.FormattableString;

namespace Soak.Mutations;

/// <summary>Faults of a zip file's structure: entries that are swapped, doubled, missing, named to leave the folder, or larger than they say.</summary>
internal static class ZipMutations
{
    private const int BombBytes = 256 << 20;
    private static readonly DateTimeOffset _date = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static Mutant Apply(Random random, byte[] zip, byte[] otherZip)
    {
        var entries = Entries(zip);
        var (a, b) = (random.Next(entries.Count), random.Next(entries.Count));
        var name = entries[a].Name;
        switch (random.Next(11))
        {
            case 0:
                (entries[a], entries[b]) = ((name, entries[b].Content), (entries[b].Name, entries[a].Content));
                return new(Write(entries), $"contents of '{name}' and '{entries[b].Name}' exchanged");
            case 1:
                entries.RemoveAt(a);
                return new(Write(entries), $"'{name}' missing");
            case 2:
                entries.Add((name, entries[b].Content));
                return new(Write(entries), $"'{name}' twice, once with the content of '{entries[b].Name}'");
            case 3:
                var evil = Escapes(random, name);
                if (random.Next(2) == 0)
                    entries[a] = (evil, entries[a].Content);
                else
                    entries.Add((evil, "escaped"u8.ToArray()));
                return new(Write(entries), $"an entry named '{evil}'");
            case 4 when random.Next(4) == 0:
                entries[a] = (name, [.. entries[a].Content, .. new byte[BombBytes]]);
                var bomb = Write(entries, CompressionLevel.Fastest);
                return new(random.Next(2) == 0 ? bomb : Lie(random, bomb, 24, entries[a].Content.Length - BombBytes), $"'{name}' expands to {BombBytes >> 20} MiB");
            case 5:
                var other = Entries(otherZip);
                var foreign = other.FindIndex(e => e.Name == name);
                entries[a] = (name, foreign >= 0 ? other[foreign].Content : []);
                return new(Write(entries), $"'{name}' of another model");
            case 6:
                // In the central directory: method 10, CRC 16, compressed 20, expanded 24, name's length 28, offset 42.
                var field = new[] { 8, 10, 16, 20, 24, 28, 30, 32, 42 }[random.Next(9)];
                return new(Lie(random, zip, field, null), Invariant($"a lie at {field} in a central directory entry"));
            case 7:
                entries[a] = (new string('x', 1 + random.Next(60_000)), entries[a].Content);
                return new(Write(entries), $"'{name}' under a very long name");
            case 8:
                for (var i = 0; i < 2_000; i++)
                    entries.Add((Invariant($"more/{i}"), []));
                return new(Write(entries), "2,000 more entries");
            case 9:
                entries[a] = (name, []);
                return new(Write(entries), $"'{name}' empty");
            default:
                var (content, fault) = ByteMutations.Apply(random, entries[a].Content);
                entries[a] = (name, content);
                return new(Write(entries), $"in '{name}', with a right CRC: {fault}");
        }
    }

    public static List<(string Name, byte[] Content)> Entries(byte[] zip)
    {
        using var archive = new ZipArchive(new MemoryStream(zip));
        return [.. archive.Entries.Select(entry =>
        {
            using var content = entry.Open();
            using var copy = new MemoryStream();
            content.CopyTo(copy);
            return (entry.FullName, copy.ToArray());
        })];
    }

    /// <summary>A zip whose bytes follow from the entries alone.</summary>
    public static byte[] Write(IEnumerable<(string Name, byte[] Content)> entries, CompressionLevel level = CompressionLevel.Optimal)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                var entry = archive.CreateEntry(name, level);
                entry.LastWriteTime = _date;
                using var target = entry.Open();
                target.Write(content);
            }
        }

        return stream.ToArray();
    }

    /// <summary>Names that a careless reader would write outside its folder.</summary>
    private static string Escapes(Random random, string name)
    {
        var up = string.Concat(Enumerable.Repeat(random.Next(2) == 0 ? "../" : "..\\", 1 + random.Next(5)));
        return random.Next(5) switch
        {
            0 => up + name,
            1 => up + "escaped.txt",
            2 => "/tmp/escaped-" + Invariant($"{random.Next()}"),
            3 => name + "/" + up + "escaped.txt",
            _ => "C:\\escaped.txt\0" + name,
        };
    }

    /// <summary>Writes a number into a field of a random entry of the central directory.</summary>
    private static byte[] Lie(Random random, byte[] zip, int field, int? value)
    {
        var directory = new List<int>();
        for (var at = zip.AsSpan().LastIndexOf("PK\u0005\u0006"u8) is var end && end >= 0 ? BinaryPrimitives.ReadInt32LittleEndian(zip.AsSpan(end + 16)) : zip.Length; at + 46 <= zip.Length && zip.AsSpan(at, 4).SequenceEqual("PK\u0001\u0002"u8);)
        {
            directory.Add(at);
            at += 46 + BinaryPrimitives.ReadUInt16LittleEndian(zip.AsSpan(at + 28)) + BinaryPrimitives.ReadUInt16LittleEndian(zip.AsSpan(at + 30)) + BinaryPrimitives.ReadUInt16LittleEndian(zip.AsSpan(at + 32));
        }

        var changed = zip.ToArray();
        var target = changed.AsSpan(directory[random.Next(directory.Count)] + field);
        if (field is 8 or 10 or 28 or 30 or 32)
            BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)random.Next(1 << 16));
        else
            BinaryPrimitives.WriteInt32LittleEndian(target, value ?? (random.Next(3) == 0 ? random.Next(64) : random.Next()));
        return changed;
    }
}
