using System.Globalization;
using System.Security.Cryptography;

namespace FlipReg.Tables;

/// <summary>A table: numbers and a class for each row.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Classes">Names of the classes, sorted.</param>
/// <param name="Features">Rows of numbers; NaN where one is missing.</param>
/// <param name="Labels">Each row's class, from 0.</param>
/// <param name="Digest">SHA-256 of the file.</param>
internal sealed record Table(string Name, IReadOnlyList<string> Classes, float[][] Features, int[] Labels, string Digest)
{
    public int Rows => Labels.Length;

    public int Slots => Features[0].Length;

    public bool HasMissing { get; } = Features.Any(row => row.Any(float.IsNaN));

    /// <summary>Reads a file of setup/: a header, then the class and numbers, separated by commas; an empty number is missing.</summary>
    /// <exception cref="FormatException">A line has another number of values than the header, or one that is no number.</exception>
    public static Table Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var name = Path.GetFileNameWithoutExtension(path);
        var lines = System.Text.Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var width = lines[0].Count(c => c == ',');
        var names = new List<string>(lines.Length);
        var features = new List<float[]>(lines.Length);
        for (var i = 1; i < lines.Length; i++)
        {
            var values = lines[i].Split(',');
            if (values.Length != width + 1)
                throw new FormatException(FormattableString.Invariant($"Line {i + 1} of '{path}' must have {width + 1} values. Got {values.Length}. Run eng/tables.sh, which writes the tables anew."));
            names.Add(values[0].Trim('"'));
            features.Add([.. values.Skip(1).Select(value => Number(value, path, i + 1))]);
        }

        string[] classes = [.. names.Distinct().Order(StringComparer.Ordinal)];
        return new(name, classes, [.. features], [.. names.Select(n => Array.BinarySearch(classes, n, StringComparer.Ordinal))], Convert.ToHexString(SHA256.HashData(bytes)));
    }

    private static float Number(string value, string path, int line)
    {
        if (value.Length == 0)
            return float.NaN;
        return double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? (float)number
            : throw new FormatException(FormattableString.Invariant($"Line {line} of '{path}' must hold numbers after the class. Got '{value}'. Run eng/tables.sh, which writes the tables anew."));
    }
}
