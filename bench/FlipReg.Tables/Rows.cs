namespace FlipReg.Tables;

/// <summary>Which rows train and which test, and labels made wrong on purpose. The same for the same seed, whatever the method.</summary>
internal static class Rows
{
    /// <summary>
    /// Sets a share of each class's rows aside for testing, drawn without replacement: its rows times the share, rounded; none of a class with one or
    /// two rows at a share of 0.2.
    /// </summary>
    /// <param name="labels">Each row's class.</param>
    /// <param name="share">Share of the rows to test on.</param>
    /// <param name="seed">Seed of the draw.</param>
    /// <returns>Row numbers, ascending.</returns>
    public static (int[] Training, int[] Test) Split(IReadOnlyList<int> labels, double share, int seed)
    {
        var random = new Random(seed);
        var test = new List<int>();
        foreach (var rows in labels.Select((label, row) => (label, row)).GroupBy(x => x.label, x => x.row).OrderBy(g => g.Key))
        {
            var own = rows.ToArray();
            random.Shuffle(own);
            test.AddRange(own.Take((int)Math.Round(own.Length * share, MidpointRounding.AwayFromZero)));
        }

        var aside = test.ToHashSet();
        return ([.. Enumerable.Range(0, labels.Count).Where(row => !aside.Contains(row))], [.. test.Order()]);
    }

    /// <summary>Symmetric label noise: exactly the share of the labels (rounded to whole rows), drawn at random, becomes another class, each alike.</summary>
    /// <param name="labels">Labels, from 0.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="share">Share that becomes wrong, 0 to 1.</param>
    /// <param name="seed">Seed of the draw.</param>
    public static int[] Noisy(IReadOnlyList<int> labels, int classes, double share, int seed)
    {
        var noisy = labels.ToArray();
        var rows = Enumerable.Range(0, noisy.Length).ToArray();
        // Not the split's own draw.
        var random = new Random(unchecked((seed * 7919) + 17));
        random.Shuffle(rows);
        foreach (var row in rows.Take((int)Math.Round(noisy.Length * share, MidpointRounding.AwayFromZero)))
            noisy[row] = (noisy[row] + random.Next(1, classes)) % classes;
        return noisy;
    }
}
