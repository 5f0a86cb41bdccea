using Soak.Mutations;

namespace Soak.Targets;

/// <summary>Readers with a known fault, for the tests of the one that watches: damaged files make them do what no reader may.</summary>
internal sealed class FaultyTarget(string name, Promise promise, Func<string, string> fault) : Target(name, promise)
{
    private static readonly byte[] _original = "whole"u8.ToArray();

    public static new IReadOnlyList<FaultyTarget> All { get; } =
    [
        new("crash", Promise.None, _ => throw Ended()),
        new("hang", Promise.None, _ => Forever()),
        new("runaway", Promise.None, _ => Fill()),
        new("unclean", Promise.None, _ => ((string)null!).Trim()),
        new("changed", Promise.Digest, _ => "other"),
        new("escape", Promise.None, folder =>
        {
            File.WriteAllText(Path.Combine(folder, "..", "..", "escaped.txt"), "");
            return "whole";
        }),
        new("good", Promise.Digest, _ => throw new FormatException("The file is damaged.")),
    ];

    public override Mutant Mutate(Random random, BaseFiles files) => ByteMutations.Apply(random, _original);

    public override byte[] Original(BaseFiles files) => _original;

    public override string Use(byte[] content, string folder) => content.SequenceEqual(_original) ? "whole" : fault(folder);

    private static InvalidOperationException Ended()
    {
        Environment.FailFast("A crash, as the test wants it.");
        return new();
    }

    private static string Forever()
    {
        while (true)
            Thread.Sleep(1000);
    }

    private static string Fill()
    {
        // Touched, or the kernel gives none.
        var filled = new byte[700 << 20];
        Array.Fill(filled, (byte)1);
        return filled.Length > 0 ? "whole" : "";
    }
}
