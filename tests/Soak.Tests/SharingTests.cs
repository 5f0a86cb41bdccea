using FlipReg;
using Microsoft.ML;

namespace Soak.Tests;

/// <summary>What docs/serving.md says of threads.</summary>
[TestClass]
public sealed class SharingTests
{
    [TestMethod]
    public void Eight_threads_share_transformers_for_3_seconds() => Run(3);

    [TestMethod]
    [TestCategory("Slow")]
    public void Eight_threads_share_transformers_for_60_seconds() => Run(60);

    [TestMethod]
    [TestCategory("Slow")]
    public void Memory_stays_through_200_fits_of_all_methods()
    {
        var result = Child.Run(TimeSpan.FromMinutes(10), "fits", "200");
        Assert.AreEqual(200, result["fits"]);
        Assert.IsLessThan(FitRun.MaximumGrowthKilobytes, result["end"] - result["start"]);
    }

    [TestMethod]
    public void Models_are_loaded_saved_and_exported_on_several_threads_at_once()
    {
        var ml = new MLContext(1);
        using var model = ml.MulticlassClassification.Trainers.Fer(new FerOptions { Network = NetworkSpec.Mlp([16]), Epochs = 3 }).Fit(Rows.Keyed(ml, 60));
        var view = Rows.View(ml, 50);
        var expected = Scores(ml, model, view);
        var onnx = Onnx(model);
        using var stream = new MemoryStream();
        ml.Model.Save(model, view.Schema, stream);
        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            using var own = new MemoryStream();
            ml.Model.Save(model, view.Schema, own);
            own.Position = 0;
            // One context for all threads, or one of the thread's own.
            var context = i % 2 == 0 ? ml : new MLContext();
            using var loaded = (FlipRegPredictionTransformer)context.Model.Load(i % 3 == 0 ? new MemoryStream(stream.ToArray()) : own, out _);
            CollectionAssert.AreEqual(expected, Scores(context, loaded, Rows.View(context, 50)));
            CollectionAssert.AreEqual(expected, Scores(ml, model, view));
            CollectionAssert.AreEqual(onnx, Onnx(model));
        });
    }

    [TestMethod]
    public void One_view_is_read_by_several_threads_at_once()
    {
        var ml = new MLContext(1);
        using var model = ml.MulticlassClassification.Trainers.Fer(new FerOptions { Network = NetworkSpec.Mlp([16]), Epochs = 3 }).Fit(Rows.Keyed(ml, 60));
        var scored = model.Transform(Rows.View(ml, 2_000));
        var expected = Scores(ml, scored);
        Parallel.For(0, 32, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ => CollectionAssert.AreEqual(expected, Scores(ml, scored)));
    }

    private static void Run(int seconds)
    {
        var result = Child.Run(TimeSpan.FromSeconds(seconds + 120), "threads", "8", seconds.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.AreEqual(0, result["errors"]);
        Assert.IsGreaterThan(8, result["operations"]);
        // Flat over a minute; three seconds are not enough for every thread to have been everywhere.
        Assert.IsLessThan(seconds < 30 ? 96 << 10 : ThreadRun.MaximumGrowthKilobytes, result["end"] - result["start"]);
    }

    private static float[] Scores(MLContext ml, ITransformer model, IDataView view) => Scores(ml, model.Transform(view));

    private static float[] Scores(MLContext ml, IDataView scored) =>
        [.. ml.Data.CreateEnumerable<ScoreOnly>(scored, reuseRowObject: false, ignoreMissingColumns: true).SelectMany(r => r.Score)];

    private static byte[] Onnx(FlipRegPredictionTransformer model)
    {
        using var stream = new MemoryStream();
        model.Model.SaveOnnx(stream);
        return stream.ToArray();
    }

    private sealed class ScoreOnly
    {
        public float[] Score { get; set; } = [];
    }
}
