using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.FlipReg.Tests.Support;

/// <summary>A row of test data.</summary>
public sealed class BlobRow
{
    public int Id { get; set; }

    public string Label { get; set; } = "";

    public float Weight { get; set; } = 1;

    [VectorType(4)]
    public float[] Features { get; set; } = [];
}

/// <summary>What the tests read back of a scored row.</summary>
public sealed class ScoredRow
{
    public int Id { get; set; }

    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];
}

/// <summary>What the tests read back of a row that a binary classifier scored.</summary>
public sealed class BinaryScoredRow
{
    public bool PredictedLabel { get; set; }

    public float Score { get; set; }

    public float Probability { get; set; }

    [NoColumn]
    public float[] Scores => [Score, Probability];
}

/// <summary>Three classes in four dimensions, easy to tell apart; the same rows for the same arguments everywhere.</summary>
public static class Blobs
{
    private static readonly string[] _names = ["red", "green", "blue"];

    public static BlobRow[] Rows(int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var label = i % 3;
            var features = new float[4];
            for (var slot = 0; slot < features.Length; slot++)
                features[slot] = (slot % 3 == label ? 1.5f : 0f) + ((float)random.NextDouble() - 0.5f);
            return new BlobRow { Id = i, Label = _names[label], Features = features };
        })];
    }

    /// <summary>Rows with the label as a key, ready for a trainer.</summary>
    public static IDataView Keyed(MLContext context, int count = 60, int seed = 1) => Keyed(context, Rows(count, seed));

    public static IDataView Keyed(MLContext context, IEnumerable<BlobRow> rows)
    {
        var view = context.Data.LoadFromEnumerable(rows);
        // The keys' order must not depend on the rows.
        var names = context.Data.LoadFromEnumerable(_names.Select(name => new BlobRow { Label = name, Features = new float[4] }));
        return context.Transforms.Conversion.MapValueToKey("Label").Fit(names).Transform(view);
    }

    /// <summary>Rows with a Boolean label: whether the row is green.</summary>
    public static IDataView Booleans(MLContext context, IEnumerable<BlobRow> rows) =>
        context.Transforms.Expression("Label", "x : x == \"green\"", "Label").Fit(context.Data.LoadFromEnumerable<BlobRow>([])).Transform(context.Data.LoadFromEnumerable(rows));

    /// <summary>The value at the current row.</summary>
    public static T Read<T>(this ValueGetter<T> getter)
    {
        T value = default!;
        getter(ref value);
        return value;
    }

    /// <summary>All scores of a scored view, row by row.</summary>
    public static float[][] Scores(MLContext context, IDataView scored) =>
        [.. context.Data.CreateEnumerable<ScoreOnly>(scored, reuseRowObject: false, ignoreMissingColumns: true).Select(r => r.Score)];

    private sealed class ScoreOnly
    {
        public float[] Score { get; set; } = [];
    }
}
