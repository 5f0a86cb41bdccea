using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using Soak.Mutations;

namespace Soak.Targets;

/// <summary>A saved chain: normalizer, network, names. It is used by scoring rows.</summary>
internal sealed class ModelTarget(string name, Promise promise, Func<Random, byte[], byte[], Mutant> mutate) : Target(name, promise)
{
    /// <summary>A file with a digest over all of it is read by LoadFile, another one by ML.NET's Load.</summary>
    private bool HasDigest => Promise == Promise.Digest;

    public override Mutant Mutate(Random random, BaseFiles files) => mutate(random, Original(files), files.OtherModel);

    public override byte[] Original(BaseFiles files) => HasDigest ? files.ModelFile : files.Model;

    public override string Use(byte[] content, string folder)
    {
        var path = Path.Combine(folder, "model.zip");
        File.WriteAllBytes(path, content);
        var ml = new MLContext();
        var model = HasDigest ? ml.Model.LoadFile(path, out _) : ml.Model.Load(path, out _);
        using var owner = model as IDisposable;
        var scored = model.Transform(Rows.View(ml, 20));
        var results = ml.Data.CreateEnumerable<Scored>(scored, reuseRowObject: false).ToList();
        return Digest([.. results.SelectMany(r => MemoryMarshal.AsBytes<char>(r.PredictedLabel).ToArray().Concat(MemoryMarshal.AsBytes<float>(r.Score).ToArray()))]);
    }

    // LoadFile reads all of a file before ML.NET sees any of it.
    public override bool IsForeign(byte[] content, BaseFiles files)
    {
        if (Promise != Promise.None)
            return false;
        try
        {
            var (original, damaged) = (ZipMutations.Entries(Original(files)), ZipMutations.Entries(content));
            var folder = Path.GetDirectoryName(original.Single(e => Path.GetFileName(e.Name) == "Model.json").Name)!;
            return original.Where(e => Path.GetDirectoryName(e.Name) == folder)
                .All(ours => damaged.Count(e => e.Name == ours.Name && e.Content.AsSpan().SequenceEqual(ours.Content)) == 1);
        }
        catch (InvalidDataException)
        {
            // No zip any more.
            return false;
        }
    }

    /// <summary>Replaces a part as a forger would: with the length and the SHA-256 that belong to it.</summary>
    public static Mutant Forge(byte[] zip, string part, Func<byte[], Mutant> mutate)
    {
        var entries = ZipMutations.Entries(zip);
        var at = entries.FindIndex(e => e.Name.EndsWith("/" + part, StringComparison.Ordinal));
        var keyName = entries[at].Name[..^part.Length] + "Model.key";
        var key = entries.FindIndex(e => e.Name == keyName);
        var hash = entries[key].Content.AsSpan().IndexOf(SHA256.HashData(entries[at].Content));
        var (content, fault) = mutate(entries[at].Content);
        BitConverter.TryWriteBytes(entries[key].Content.AsSpan(hash - sizeof(long)), (long)content.Length);
        SHA256.HashData(content).CopyTo(entries[key].Content, hash);
        entries[at] = (entries[at].Name, content);
        return new(ZipMutations.Write(entries, System.IO.Compression.CompressionLevel.Fastest), fault);
    }
}
