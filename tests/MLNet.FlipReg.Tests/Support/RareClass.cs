using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.FlipReg.Tests.Support;

/// <summary>A row of two classes, one of them rare.</summary>
public sealed class RareClassRow
{
    public string Class { get; set; } = "";

    /// <summary>Rows / (2 · rows of the class).</summary>
    public float Weight { get; set; }

    [VectorType(2)]
    public float[] Features { get; set; } = [];
}

/// <summary>
/// Two features, uniform in [0, 2] for the common class and in [1, 3] for the rare one. A quarter of each class lies where both are equally
/// dense, so that no classifier has a macro accuracy above 0.875.
/// </summary>
public static class RareClass
{
    /// <summary>3,000 rows, one in <paramref name="ratio"/> of them rare.</summary>
    public static RareClassRow[] Train(int ratio, int seed) => Rows(3000, 3000 / ratio, seed);

    /// <summary>2,000 rows of each class.</summary>
    public static RareClassRow[] Test(int seed) => Rows(4_000, 2_000, 10_000 + seed);

    /// <summary>Trains behind ML.NET's mean-variance normalization and returns the mean of the classes' recalls on fresh rows.</summary>
    public static double MacroAccuracy(int ratio, int seed, Func<MLContext, IEstimator<ITransformer>> trainer)
    {
        var ml = new MLContext(seed);
        var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", nameof(RareClassRow.Class))
            .Append(ml.Transforms.NormalizeMeanVariance(nameof(RareClassRow.Features))).Append(trainer(ml));
        using var model = pipeline.Fit(ml.Data.LoadFromEnumerable(Train(ratio, seed)));
        return ml.MulticlassClassification.Evaluate(model.Transform(ml.Data.LoadFromEnumerable(Test(seed)))).MacroAccuracy;
    }

    private static RareClassRow[] Rows(int count, int rare, int seed)
    {
        var random = new Random(seed);
        RareClassRow[] rows = [.. Enumerable.Range(0, count).Select(i =>
        {
            var shift = i < rare ? 1f : 0f;
            return new RareClassRow
            {
                Class = i < rare ? "rare" : "common",
                Weight = (float)(count / (2.0 * (i < rare ? rare : count - rare))),
                Features = [shift + (2 * random.NextSingle()), shift + (2 * random.NextSingle())],
            };
        })];
        random.Shuffle(rows);
        return rows;
    }
}
