using System.Globalization;

namespace FlipReg.Tables;

/// <summary>What to run.</summary>
/// <param name="Data">Folder of the tables.</param>
/// <param name="Cells">Folder of finished cells.</param>
/// <param name="Report">File of the report, or null: where everything is run, bench/TABLES.md; else none.</param>
/// <param name="Tables">Names of tables, or null for all.</param>
/// <param name="Methods">Names of methods, or null for all.</param>
/// <param name="Seeds">Seeds.</param>
/// <param name="Noise">Shares of wrong labels.</param>
/// <param name="Variants">Variants of our methods.</param>
/// <param name="Threads">Threads a fit may use.</param>
/// <param name="Timing">Whether times are measured, not figures: kept apart, two threads, one seed.</param>
/// <param name="Seconds">Time after which no further cell is started.</param>
internal sealed record RunOptions(string Data, string Cells, string? Report, IReadOnlyList<string>? Tables, IReadOnlyList<string>? Methods, IReadOnlyList<int> Seeds,
    IReadOnlyList<double> Noise, IReadOnlyList<Variant> Variants, int Threads, bool Timing, double Seconds)
{
    public const string Usage = """
        Usage: eng/tables.sh [OPTION VALUE]...

          --tables A,B       only these tables
          --methods A,B      only these methods
          --noise 0,0.2      only these shares of wrong labels (default 0,0.2,0.4)
          --seeds 1,2        only these seeds (default 1,2,3)
          --variant NAME={"Option":value}
                             our methods with other options, as a variant with that name beside others given so. "Network" takes arguments of
                             NetworkSpec.Mlp: {"Network":{"dropout":0.1},"WeightAverage":2}. plain={} is the defaults. Any number of times.
          --timing           measures the time of training: clean labels, seed 1, two threads; on an idle machine. The report shows these.
          --threads N        threads a fit may use (default 1; 2 with --timing)
          --seconds N        starts no further cell after N seconds; another run goes on
          --report FILE      writes the report there (default: bench/TABLES.md, if nothing was left out; else none, and it is printed only)
          --data FOLDER      tables (default artifacts/tables/data)
          --cells FOLDER     finished cells (default artifacts/tables/cells)
        """;

    /// <summary>Whether all of the default run is run.</summary>
    public bool IsWhole => Tables is null && Methods is null && Variants is [{ Name: "" }] && Seeds.SequenceEqual([1, 2, 3]) && Noise.SequenceEqual([0, 0.2, 0.4]);

    /// <summary>Reads the command line.</summary>
    /// <exception cref="ArgumentException">An option is unknown or its value is not of the form asked for.</exception>
    public static RunOptions Parse(IReadOnlyList<string> args)
    {
        var options = new RunOptions("artifacts/tables/data", "artifacts/tables/cells", null, null, null, [1, 2, 3], [0, 0.2, 0.4], [], 0, false, double.PositiveInfinity);
        for (var i = 0; i < args.Count; i++)
        {
            if (args[i] == "--timing")
            {
                options = options with { Timing = true, Noise = [0], Seeds = [1] };
                continue;
            }

            var name = args[i];
            var value = ++i < args.Count ? args[i] : throw new ArgumentException($"{name} must be followed by a value.\n{Usage}");
            options = name switch
            {
                "--data" => options with { Data = value },
                "--cells" => options with { Cells = value },
                "--report" => options with { Report = value },
                "--tables" => options with { Tables = value.Split(',') },
                "--methods" => options with { Methods = value.Split(',') },
                "--seeds" => options with { Seeds = [.. value.Split(',').Select(v => (int)Number(name, v, 0, int.MaxValue))] },
                "--noise" => options with { Noise = [.. value.Split(',').Select(v => Number(name, v, 0, 1))] },
                "--variant" => options with { Variants = [.. options.Variants, Variant.Parse(value)] },
                "--threads" => options with { Threads = (int)Number(name, value, 1, 1024) },
                "--seconds" => options with { Seconds = Number(name, value, 0, double.MaxValue) },
                _ => throw new ArgumentException($"'{name}' is not an option.\n{Usage}"),
            };
        }

        return options with
        {
            Variants = options.Variants.Count > 0 ? options.Variants : [Variant.Default],
            Threads = options.Threads > 0 ? options.Threads : options.Timing ? 2 : 1,
        };
    }

    private static double Number(string name, string text, double minimum, double maximum) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum
            ? number
            : throw new ArgumentException(FormattableString.Invariant($"{name} must be numbers from {minimum} to {maximum}. Got '{text}'."));
}
