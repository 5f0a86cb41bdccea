namespace FlipReg.Regularizers;

/// <summary>For every row another row of its class: the next in a shuffled circle. A row that is alone in its class is its own partner.</summary>
internal sealed class ClassPartners(IReadOnlyList<long> labels)
{
    private readonly long[][] _rowsOfClass =
        [.. Enumerable.Range(0, labels.Count).GroupBy(row => labels[row]).OrderBy(g => g.Key).Select(g => g.Select(row => (long)row).ToArray())];

    /// <summary>Draws the partners of all rows.</summary>
    public long[] Draw(Random random)
    {
        var partners = new long[labels.Count];
        foreach (var rowsOfClass in _rowsOfClass)
        {
            var rows = (long[])rowsOfClass.Clone();
            random.Shuffle(rows);
            for (var i = 0; i < rows.Length; i++)
                partners[rows[i]] = rows[(i + 1) % rows.Length];
        }

        return partners;
    }
}
