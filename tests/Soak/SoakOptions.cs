using System.Globalization;

namespace Soak;

/// <summary>What the whole run is made of.</summary>
internal sealed record SoakOptions(string Folder, int Seed, int Mutations, int Fits, int Threads, double Seconds, int Kills, string? Report)
{
    /// <summary>Reads "--name value" pairs.</summary>
    /// <exception cref="ArgumentException">There is an unknown name, or a value that is no number or too small.</exception>
    public static SoakOptions Parse(string[] args)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["--folder"] = "artifacts/soak",
            ["--seed"] = "1",
            ["--mutations"] = "10000",
            ["--fits"] = "200",
            ["--threads"] = "8",
            ["--seconds"] = "60",
            ["--report"] = "",
            ["--kills"] = "200",
        };
        for (var i = 0; i < args.Length; i += 2)
        {
            if (!values.ContainsKey(args[i]) || i + 1 == args.Length)
                throw new ArgumentException($"Arguments must be pairs of {string.Join(", ", values.Keys)} and a value. Got '{args[i]}'.");
            values[args[i]] = args[i + 1];
        }

        return new(Path.GetFullPath(values["--folder"]), Number("--seed", 0), Number("--mutations", 1), Number("--fits", 1), Number("--threads", 1), Number("--seconds", 1), Number("--kills", 0), Text("--report"));

        int Number(string name, int minimum) => int.TryParse(values[name], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= minimum
            ? number
            : throw new ArgumentException($"{name} must be a whole number of at least {minimum.ToString(CultureInfo.InvariantCulture)}. Got '{values[name]}'.");

        string? Text(string name) => values[name].Length == 0 ? null : values[name];
    }
}
