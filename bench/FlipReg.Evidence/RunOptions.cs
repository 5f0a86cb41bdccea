using System.Globalization;

namespace FlipReg.Evidence;

/// <summary>What to run.</summary>
/// <param name="Data">Folder of Fashion-MNIST's files.</param>
/// <param name="Cells">Folder of finished cells.</param>
/// <param name="Report">File of the report, or null: printed only.</param>
/// <param name="Studies">What to run.</param>
/// <param name="Seeds">Seeds.</param>
/// <param name="Seconds">Time after which no further cell is started.</param>
internal sealed record RunOptions(string Data, string Cells, string? Report, IReadOnlyList<Study> Studies, IReadOnlyList<int> Seeds, double Seconds)
{
    public const string Usage = """
        Usage: eng/evidence.sh [OPTION VALUE]...

          --studies A,B   only these studies (default: all)
          --seeds 1,2     only these seeds (default 1,2,3)
          --seconds N     starts no further cell after N seconds; another run goes on
          --report FILE   writes the report there (default bench/EVIDENCE.md where nothing was left out; else it is printed only)
          --cells FOLDER  finished cells (default artifacts/evidence/cells)
          --data FOLDER   files of Fashion-MNIST (default: those of the Debian package dataset-fashion-mnist)
        """;

    /// <summary>Reads the command line.</summary>
    /// <exception cref="ArgumentException">An option is unknown or its value is not of the form asked for.</exception>
    public static RunOptions Parse(IReadOnlyList<string> args)
    {
        var options = new RunOptions("/usr/share/datasets/fashion-mnist", "artifacts/evidence/cells", null, Study.All, [1, 2, 3], double.PositiveInfinity);
        for (var i = 0; i < args.Count; i += 2)
        {
            var value = i + 1 < args.Count ? args[i + 1] : throw new ArgumentException($"{args[i]} must be followed by a value.\n{Usage}");
            options = args[i] switch
            {
                "--studies" => options with { Studies = [.. value.Split(',').Select(name => Study.All.FirstOrDefault(s => s.Name == name) ?? throw new ArgumentException($"--studies must be of {string.Join(", ", Study.All.Select(s => s.Name))}. Got '{name}'."))] },
                "--seeds" => options with { Seeds = [.. value.Split(',').Select(seed => (int)Number(args[i], seed))] },
                "--seconds" => options with { Seconds = Number(args[i], value) },
                "--report" => options with { Report = value },
                "--cells" => options with { Cells = value },
                "--data" => options with { Data = value },
                _ => throw new ArgumentException($"'{args[i]}' is not an option.\n{Usage}"),
            };
        }

        return options.Report is null && options.Studies.Count == Study.All.Count && options.Seeds.SequenceEqual([1, 2, 3]) ? options with { Report = "bench/EVIDENCE.md" } : options;
    }

    private static double Number(string name, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= int.MaxValue
            ? number
            : throw new ArgumentException($"{name} must be followed by numbers of at least 0. Got '{text}'.");
}
