using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FlipReg;
using Microsoft.ML;
using Soak.Mutations;

namespace Soak.Targets;

/// <summary>A folder with two checkpoints of a fit that was stopped, packed into one file. It is used by going on with the fit.</summary>
internal sealed class CheckpointTarget(string name, Promise promise) : Target(name, promise)
{
    private const string Sums = "SHA256SUMS";

    public override byte[] Original(BaseFiles files) => files.Checkpoints;

    public override Mutant Mutate(Random random, BaseFiles files)
    {
        var entries = ZipMutations.Entries(files.Checkpoints);
        // The newest one is read first; sometimes the older one is damaged too.
        var newest = entries.Where(e => e.Name.Contains('/', StringComparison.Ordinal)).Max(e => e.Name.Split('/')[0])!;
        var chosen = entries.FindAll(e => random.Next(4) == 0 || e.Name.StartsWith(newest, StringComparison.Ordinal));
        var (name, content) = chosen[random.Next(chosen.Count)];
        var mutant = Promise != Promise.Forged || name.EndsWith(Sums, StringComparison.Ordinal) ? ByteMutations.Apply(random, content)
            : name.EndsWith(".json", StringComparison.Ordinal) ? JsonMutations.Apply(random, content)
            : SafetensorsMutations.Apply(random, content);
        entries[entries.FindIndex(e => e.Name == name)] = (name, mutant.Content);
        if (Promise == Promise.Forged)
            Forge(entries, name.Split('/')[0]);
        else if (random.Next(10) == 0)
            entries.RemoveAt(random.Next(entries.Count));
        return new(ZipMutations.Write(entries, System.IO.Compression.CompressionLevel.Fastest), $"in {name}: {mutant.Fault}");
    }

    public override string Use(byte[] content, string folder)
    {
        foreach (var (name, bytes) in ZipMutations.Entries(content))
        {
            var path = Path.Combine(folder, "checkpoints", name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, bytes);
        }

        using var model = Fit(Path.Combine(folder, "checkpoints"), stopAfter: null);
        return Digest([.. model.Model.GetWeights().SelectMany(w => MemoryMarshal.AsBytes<float>(w.Values).ToArray())]);
    }

    /// <summary>The checkpoints of a fit that stops after an epoch, packed.</summary>
    public static byte[] Make(string folder)
    {
        using (Fit(folder, stopAfter: 4))
        {
            return ZipMutations.Write(Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Where(path => !Path.GetFileName(path).StartsWith('.'))
                .Select(path => (Path.GetRelativePath(folder, path), File.ReadAllBytes(path))));
        }
    }

    private static FlipRegPredictionTransformer Fit(string folder, int? stopAfter)
    {
        var ml = new MLContext(1);
        using var stop = new CancellationTokenSource();
        var options = new FerOptions
        {
            Network = NetworkSpec.Mlp([8], batchNorm: true, dropout: 0.1),
            Epochs = 6,
            Seed = 1,
            CheckpointDirectory = folder,
            CheckpointsKept = 2,
            CancellationToken = stop.Token,
            WhenCanceled = CancelAction.KeepModel,
            Progress = report =>
            {
                if (report.Epoch == stopAfter)
                    stop.Cancel();
            },
        };
        var data = Rows.Keyed(ml, 60);
        return ml.MulticlassClassification.Trainers.Fer(options, data).Fit(data);
    }

    private static void Forge(List<(string Name, byte[] Content)> entries, string folder)
    {
        var sums = entries.FindIndex(e => e.Name == $"{folder}/{Sums}");
        var lines = entries.Where((e, i) => i != sums && e.Name.StartsWith(folder + "/", StringComparison.Ordinal))
            .Select(e => $"{Convert.ToHexStringLower(SHA256.HashData(e.Content))}  {Path.GetFileName(e.Name)}\n");
        entries[sums] = (entries[sums].Name, System.Text.Encoding.ASCII.GetBytes(string.Concat(lines)));
    }
}
