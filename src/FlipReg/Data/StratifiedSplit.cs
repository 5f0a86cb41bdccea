using FlipReg.Metrics;
using FlipReg.Runtime;
using static System.FormattableString;

namespace FlipReg.Data;

/// <summary>
/// Which rows of a table are set aside for validation: of every class its share, by the largest remainder, drawn on the host. Follows from labels,
/// fraction and seed alone.
/// </summary>
internal sealed class StratifiedSplit
{
    /// <summary>The stream of a fit's seed that draws the rows: far from those of the epochs' orders.</summary>
    private const ulong SeedStream = 1UL << 40;

    private readonly bool[] _isSetAside;

    private StratifiedSplit(bool[] isSetAside, int setAside, IReadOnlyList<int> singleRowClasses) =>
        (_isSetAside, SetAside, SingleRowClasses) = (isSetAside, setAside, singleRowClasses);

    /// <summary>Rows set aside.</summary>
    public int SetAside { get; }

    /// <summary>Classes with one row, which stays in training.</summary>
    public IReadOnlyList<int> SingleRowClasses { get; }

    /// <summary>One value a row: whether it is set aside.</summary>
    public ReadOnlySpan<bool> IsSetAside => _isSetAside;

    /// <summary>Chooses the rows.</summary>
    /// <param name="labels">Class indices of the rows.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="fraction">Share to set aside; above 0, below 1.</param>
    /// <param name="seed">The fit's seed.</param>
    /// <param name="name">A class's name, for messages.</param>
    /// <exception cref="InvalidOperationException">A class would keep no training row, or no row would be set aside.</exception>
    public static StratifiedSplit Of(ReadOnlySpan<long> labels, int classes, double fraction, int seed, Func<int, string> name)
    {
        var rows = new int[classes];
        foreach (var label in labels)
            rows[label]++;
        var random = Seeds.Random(Seeds.Stream(seed, SeedStream));
        var shares = Shares(rows, fraction, random, name);
        // The rows, class by class.
        var next = new int[classes];
        for (var c = 1; c < classes; c++)
            next[c] = next[c - 1] + rows[c - 1];
        var byClass = new int[labels.Length];
        for (var row = 0; row < labels.Length; row++)
            byClass[next[labels[row]]++] = row;
        var isSetAside = new bool[labels.Length];
        for (var c = 0; c < classes; c++)
        {
            var ofClass = byClass.AsSpan(next[c] - rows[c], rows[c]);
            random.Shuffle(ofClass);
            foreach (var row in ofClass[..shares[c]])
                isSetAside[row] = true;
        }

        return new StratifiedSplit(isSetAside, shares.Sum(), [.. Enumerable.Range(0, classes).Where(c => rows[c] == 1)]);
    }

    /// <summary>
    /// Divides a table in two, which take its tensors over. The training rows move together in their own memory, in their order; only the rows set aside
    /// are copied.
    /// </summary>
    /// <exception cref="InsufficientMemoryException">There is no room for the rows set aside.</exception>
    public (TrainingTable Training, TrainingTable SetAside) Divide(TrainingTable table)
    {
        var labels = table.Labels.ToHost<long>();
        var weights = table.Weights?.ToHost<float>();
        var dense = table.Sparse is null && table.Pixels is null;
        var apart = dense ? new RowMemory(SetAside, table.Width) : null;
        var kept = dense ? new RowMemory(table.Features, table.Width) : null;
        var (apartLabels, keptRows) = (new long[SetAside], 0);
        for (var row = 0; row < table.Rows; row++)
        {
            if (_isSetAside[row])
            {
                kept?.Row(row).CopyTo(apart!.Row(row - keptRows));
                apartLabels[row - keptRows] = labels[row];
                continue;
            }

            if (row > keptRows)
                kept?.Row(row).CopyTo(kept.Row(keptRows));
            labels[keptRows] = labels[row];
            if (weights is not null)
                weights[keptRows] = weights[row];
            keptRows++;
        }

        if (table.Pixels is { } pixels)
        {
            var (ofTraining, ofValidation) = pixels.Divide(_isSetAside);
            table.Dispose();
            return (new TrainingTable(ofTraining, labels[..keptRows], weights?[..keptRows]), new TrainingTable(ofValidation, apartLabels, null));
        }

        if (table.TakeSparse() is { } sparse)
        {
            table.Dispose();
            var sparseApart = sparse.TakeApart(_isSetAside);
            return (new TrainingTable(sparse, labels[..keptRows], weights?[..keptRows]), new TrainingTable(sparseApart, apartLabels, null));
        }

        var training = new TrainingTable(kept!.Tensor.narrow(0, 0, keptRows).DetachFromDisposeScope(), labels[..keptRows], weights?[..keptRows]) { Categories = table.Categories };
        table.Dispose();
        return (training, new TrainingTable(apart!.Tensor, apartLabels, null) { Categories = table.Categories });
    }

    /// <summary>Values of the training rows in the order of the whole table, with <see cref="ForgettingTracker.SetAside"/> for the others.</summary>
    public int[] Spread(IReadOnlyList<int> ofTrainingRows) => Spread(ofTrainingRows, ForgettingTracker.SetAside);

    /// <summary>Values of the training rows in the order of the whole table, with <paramref name="setAside"/> for the others.</summary>
    public T[] Spread<T>(IReadOnlyList<T> ofTrainingRows, T setAside)
    {
        var next = 0;
        return Array.ConvertAll(_isSetAside, apart => apart ? setAside : ofTrainingRows[next++]);
    }

    /// <summary>Rows to set aside of each class.</summary>
    private static int[] Shares(int[] rows, double fraction, Random random, Func<int, string> name)
    {
        const string Option = nameof(TrainingOptions.ValidationFraction);
        // Before the rule below: of few rows, half a row of a class may be more than all that are to be set aside.
        for (var c = 0; c < rows.Length; c++)
        {
            if (rows[c] > 1 && rows[c] * (1 - fraction) < 0.5)
                throw new InvalidOperationException(Invariant($"{Option} must leave a training row to every class. Got {fraction}, which leaves none of the {rows[c]} rows of class '{name(c)}'. Set it to at most {Math.Floor((1 - (0.5 / rows[c])) * 1000) / 1000}, give the class more rows, or pass validation data."));
        }

        var divided = rows.Where(n => n > 1).Sum(n => (long)n);
        var total = (int)Math.Round(fraction * divided, MidpointRounding.AwayFromZero);
        if (total == 0)
            throw new InvalidOperationException(Invariant($"{Option} must set at least one row aside. Got {fraction} of {divided} rows (in classes of two or more), which is none. Raise it, or pass validation data."));
        var shares = Array.ConvertAll(rows, n => n > 1 ? (int)(fraction * n) : 0);
        // Equal remainders in random order: else the first of many small classes would always give the rows.
        var order = Enumerable.Range(0, rows.Length).Where(c => rows[c] > shares[c] + 1).ToArray();
        random.Shuffle(order);
        foreach (var c in order.OrderByDescending(c => (fraction * rows[c]) - shares[c]).Take(total - shares.Sum()))
            shares[c]++;
        return shares;
    }
}
