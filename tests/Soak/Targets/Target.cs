using System.Security.Cryptography;
using Soak.Mutations;

namespace Soak.Targets;

/// <summary>A kind of file that this library reads: how it is damaged, and how one sees what came of it.</summary>
/// <param name="name">Its name in reports and on the command line.</param>
/// <param name="promise">What reading it must do about a change.</param>
internal abstract class Target(string name, Promise promise)
{
    /// <summary>All kinds. One more is one more class.</summary>
    public static IReadOnlyList<Target> All { get; } =
    [
        new ModelTarget("model zip, read by ML.NET's Load", Promise.None, (random, zip, other) => random.Next(2) == 0 ? ByteMutations.Apply(random, zip) : ZipMutations.Apply(random, zip, other)),
        new ModelTarget("model file, read by LoadFile", Promise.Digest, (random, zip, other) => random.Next(8) > 0 ? ByteMutations.Apply(random, zip) : ZipMutations.Apply(random, zip, other)),
        new ModelTarget("Model.json with a right hash", Promise.Forged, (random, zip, _) => ModelTarget.Forge(zip, "Model.json", part => JsonMutations.Apply(random, part))),
        new ModelTarget("Weights.safetensors with a right hash", Promise.Forged, (random, zip, _) => ModelTarget.Forge(zip, "Weights.safetensors", part => SafetensorsMutations.Apply(random, part))),
        new CheckpointTarget("checkpoint", Promise.Digest),
        new CheckpointTarget("checkpoint with right hashes", Promise.Forged),
    ];

    /// <summary>The kind of a name, those of <see cref="FaultyTarget"/> included.</summary>
    public static Target Named(string name) => All.Concat(FaultyTarget.All).Single(target => target.Name == name);

    public string Name => name;

    public Promise Promise => promise;

    /// <summary>A damaged file; the same for the same generator state and the same base files.</summary>
    public abstract Mutant Mutate(Random random, BaseFiles files);

    /// <summary>Reads a file and uses what it gives; returns a digest of the results, or throws what the reader throws.</summary>
    /// <param name="content">The file.</param>
    /// <param name="folder">An empty folder to work in.</param>
    public abstract string Use(byte[] content, string folder);

    /// <summary>The undamaged file.</summary>
    public abstract byte[] Original(BaseFiles files);

    /// <summary>Whether every part of a damaged file that this library reads is as it was: what happens then is another library's doing.</summary>
    public virtual bool IsForeign(byte[] content, BaseFiles files) => false;

    protected static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexString(SHA256.HashData(bytes));
}

/// <summary>What reading a changed file must do.</summary>
internal enum Promise
{
    /// <summary>No crash, no runaway. ML.NET's zip reader checks nothing, so a change may pass.</summary>
    None,

    /// <summary>Digests cover all of it: no change may alter a result unnoticed.</summary>
    Digest,

    /// <summary>The digests are right, as a forger makes them: another model may come of it, but no crash, and no runaway.</summary>
    Forged,
}
