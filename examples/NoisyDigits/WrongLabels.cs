namespace NoisyDigits;

/// <summary>Wrong labels on purpose.</summary>
public static class WrongLabels
{
    /// <summary>Replaces each label with the given probability by another class, drawn uniformly; the same rows for the same seed.</summary>
    public static List<Digit> Symmetric(IEnumerable<Digit> rows, double rate, int seed)
    {
        var random = new Random(seed);
        return [.. rows.Select(row => new Digit
        {
            Pixels = row.Pixels,
            Class = random.NextDouble() < rate ? (row.Class + random.Next(1, 10)) % 10 : row.Class,
        })];
    }
}
