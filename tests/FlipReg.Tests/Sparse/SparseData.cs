using FlipReg.Data;
using FlipReg.Data.Sparse;

namespace FlipReg.Tests.Sparse;

/// <summary>Rows like bags of words: a few frequent columns, many rare ones, and some that no row uses.</summary>
internal static class SparseData
{
    /// <summary>The same rows, held sparse and held dense.</summary>
    public static (TrainingTable Sparse, TrainingTable Dense) Tables(int rows, int width, int classes, int seed = 1, bool weighted = false)
    {
        var random = new Random(seed);
        var sparse = new SparseRows(width);
        var labels = new long[rows];
        for (var row = 0; row < rows; row++)
        {
            labels[row] = row % classes;
            var values = new SortedDictionary<int, float>();
            // The lower a column, the likelier it is; a class shifts the odds. Every tenth row has no value at all.
            for (var i = row % 10 == 9 ? 8 : 0; i < 8; i++)
                values[(((int)(width * 0.9 * Math.Pow(random.NextDouble(), 4)) * classes) + (int)labels[row]) % (width - 3)] = (float)(random.NextDouble() + 0.5);
            Assert.IsTrue(sparse.TryAdd([.. values.Keys], [.. values.Values]));
        }

        var weights = weighted ? labels.Select((_, i) => 0.5f + (i % 4)).ToArray() : null;
        return (new TrainingTable(sparse, labels, weights), new TrainingTable(sparse.ToDense(), labels, weights));
    }
}
