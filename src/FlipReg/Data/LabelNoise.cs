using FlipReg.Runtime;
using static System.FormattableString;

namespace FlipReg;

/// <summary>
/// Which labels become wrong on purpose, to see what a method makes of them. The share is exact: of n labels round(rate · n) change, not each with a
/// probability.
/// </summary>
public sealed class LabelNoise
{
    /// <summary>How far a row of a transition matrix may be from a sum of 1.</summary>
    private const double SumTolerance = 1e-6;

    private readonly double _rate;
    private readonly bool _perClass;
    private readonly bool _toNext;
    private readonly double[,]? _matrix;

    private LabelNoise(double rate, bool perClass, bool toNext, double[,]? matrix) => (_rate, _perClass, _toNext, _matrix) = (rate, perClass, toNext, matrix);

    /// <summary>Symmetric noise: a label that changes becomes one of the other classes, each as likely.</summary>
    /// <param name="rate">Share of the labels that change; from 0 to below 1.</param>
    /// <param name="perClass">Whether the share is exact in each class; else of all rows together.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rate"/> is out of its range.</exception>
    public static LabelNoise Symmetric(double rate, bool perClass = false) => new(Checked(rate), perClass, false, null);

    /// <summary>Pair flip: a label that changes becomes the next class in the order of the keys, the last one the first.</summary>
    /// <param name="rate">Share of the labels that change; from 0 to below 1.</param>
    /// <param name="perClass">Whether the share is exact in each class; else of all rows together.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rate"/> is out of its range.</exception>
    public static LabelNoise PairFlip(double rate, bool perClass = false) => new(Checked(rate), perClass, true, null);

    /// <summary>Any noise that depends on the class alone.</summary>
    /// <param name="matrix">
    /// K×K, rows and columns in the order of the keys: entry (i, j) is the share of the rows of class i that get label j, exact in each class to one row (largest
    /// remainders). Each row sums to 1. Copied.
    /// </param>
    /// <exception cref="ArgumentException">The matrix is not square, an entry is not from 0 to 1, or a row does not sum to 1.</exception>
    public static LabelNoise Transition(double[,] matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        var classes = matrix.GetLength(0);
        if (classes < 2 || matrix.GetLength(1) != classes)
            throw Bad($"The transition matrix must have as many rows as columns, one for each of at least 2 classes. Got {classes}×{matrix.GetLength(1)}. Give the shares of all pairs of classes.", nameof(matrix));
        for (var i = 0; i < classes; i++)
        {
            double sum = 0;
            for (var j = 0; j < classes; j++)
            {
                if (!(matrix[i, j] is >= 0 and <= 1))
                    throw Bad($"The transition matrix must hold shares from 0 to 1. Got {matrix[i, j]} in row {i}, column {j} (both counted from 0). Correct it.", nameof(matrix));
                sum += matrix[i, j];
            }

            if (Math.Abs(sum - 1) > SumTolerance)
                throw Bad($"Each row of the transition matrix must sum to 1. Got {sum} in row {i} (counted from 0). Set the entry ({i}, {i}) to what the others leave.", nameof(matrix));
        }

        return new(0, true, false, (double[,])matrix.Clone());
    }

    /// <summary>Draws the changes.</summary>
    /// <param name="keys">Keys from 1 to <paramref name="classes"/>; 0 where a label is missing, which stays so and is not counted.</param>
    /// <param name="classes">Classes, at least 2 where anything is to change.</param>
    /// <param name="stream">Stream of random numbers.</param>
    /// <returns>The rows that change, ascending, and their new keys.</returns>
    /// <exception cref="ArgumentException">The classes do not suit the noise.</exception>
    internal (int[] Rows, uint[] Keys) Draw(IReadOnlyList<uint> keys, int classes, ulong stream)
    {
        if (_matrix is not null && _matrix.GetLength(0) != classes)
            throw Bad($"The transition matrix must have a row for each of the label's {classes} classes. Got {_matrix.GetLength(0)}. Give the shares of all pairs of classes, in the order of the keys.", "noise");
        if (classes < 2)
            throw Bad($"The label must have at least 2 classes: a wrong label is another class. Got {classes}. Fit MapValueToKey on data that holds all classes.", "noise");
        var random = Seeds.Random(stream);
        var changes = Groups(keys, classes).SelectMany(group => Draw(group.Rows, group.Class, keys, classes, random)).OrderBy(change => change.Row).ToList();
        return ([.. changes.Select(c => c.Row)], [.. changes.Select(c => c.Key)]);
    }

    /// <summary>The labelled rows, all together or class by class.</summary>
    private IEnumerable<(int? Class, int[] Rows)> Groups(IReadOnlyList<uint> keys, int classes)
    {
        var labelled = Enumerable.Range(0, keys.Count).Where(row => keys[row] > 0);
        if (!_perClass)
            return [(null, labelled.ToArray())];
        var byClass = labelled.ToLookup(row => keys[row]);
        return Enumerable.Range(1, classes).Select(key => ((int?)(key - 1), byClass[(uint)key].ToArray()));
    }

    private List<(int Row, uint Key)> Draw(int[] rows, int? ofClass, IReadOnlyList<uint> keys, int classes, Random random)
    {
        random.Shuffle(rows);
        var changes = new List<(int Row, uint Key)>();
        if (_matrix is null)
        {
            foreach (var row in rows.Take((int)Math.Round(_rate * rows.Length, MidpointRounding.AwayFromZero)))
            {
                var step = _toNext ? 1 : random.Next(1, classes);
                changes.Add((row, (uint)((keys[row] - 1 + step) % classes) + 1));
            }

            return changes;
        }

        var (next, counts) = (0, Counts(rows.Length, ofClass!.Value));
        for (var to = 0; to < classes; to++)
        {
            foreach (var row in rows.AsSpan(next, counts[to]))
            {
                if (to != ofClass)
                    changes.Add((row, (uint)to + 1));
            }

            next += counts[to];
        }

        return changes;
    }

    /// <summary>Rows of a class that get each label: whole numbers that sum to its rows, by largest remainders.</summary>
    private int[] Counts(int rows, int from)
    {
        var classes = _matrix!.GetLength(0);
        double[] shares = [.. Enumerable.Range(0, classes).Select(to => rows * _matrix[from, to])];
        // What rounding of the shares leaves below a whole number is one.
        int[] counts = [.. shares.Select(share => (int)Math.Floor(share + SumTolerance))];
        foreach (var to in Enumerable.Range(0, classes).OrderByDescending(to => shares[to] - counts[to]).Take(Math.Max(0, rows - counts.Sum())))
            counts[to]++;
        counts[from] += rows - counts.Sum();
        return counts;
    }

    private static double Checked(double rate) => rate is >= 0 and < 1
        ? rate
        : throw new ArgumentOutOfRangeException(nameof(rate), Invariant($"rate must be at least 0 and below 1. Got {rate}. Give the share of the labels that are to be wrong, such as 0.2."));

    private static ArgumentException Bad(FormattableString message, string parameter) => new(Invariant(message), parameter);
}
