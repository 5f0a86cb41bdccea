using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>The trainers among the rest of ML.NET: chains, caching, splits, evaluation, cross-validation, saving whole chains.</summary>
[TestClass]
public sealed class PipelineTests
{
    public static IEnumerable<object[]> Trainers => TrainerUnderTest.Rows;

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void A_chain_is_fitted_evaluated_saved_and_loaded(TrainerUnderTest trainer)
    {
        var context = new MLContext(1);
        var view = context.Data.LoadFromEnumerable(Blobs.Rows(150));
        var split = context.Data.TrainTestSplit(view, 0.2, seed: 2);
        var pipeline = context.Transforms.Conversion.MapValueToKey("Label")
            .Append(context.Transforms.NormalizeMeanVariance("Features"))
            .AppendCacheCheckpoint(context)
            .Append(trainer.CreateFast(context, o => (o.Epochs, o.LearningRate) = (30, 0.1)))
            .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        using var model = pipeline.Fit(split.TrainSet);
        var metrics = context.MulticlassClassification.Evaluate(model.Transform(split.TestSet), topKPredictionCount: 2);
        Assert.IsGreaterThan(0.9, metrics.MicroAccuracy);
        Assert.IsLessThan(0.5, metrics.LogLoss);
        Assert.HasCount(3, metrics.PerClassLogLoss);
        StringAssert.Contains(metrics.ConfusionMatrix.GetFormattedConfusionTable(), "green", StringComparison.Ordinal, "SlotNames name the classes.");

        using var stream = new MemoryStream();
        context.Model.Save(model, view.Schema, stream);
        stream.Position = 0;
        var other = new MLContext();
        var loaded = other.Model.Load(stream, out var inputSchema);
        CollectionAssert.AreEqual(view.Schema.Select(c => c.Name).ToArray(), inputSchema.Select(c => c.Name).ToArray());
        Assertions.AreSame(Blobs.Scores(context, model.Transform(view)), Blobs.Scores(other, loaded.Transform(view)));
        CollectionAssert.AreEqual(Labels(context, model, view), Labels(other, loaded, view));
        ((IDisposable)loaded).Dispose();
    }

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Cross_validation(TrainerUnderTest trainer)
    {
        var context = new MLContext(1);
        var data = Blobs.Keyed(context, 150);
        var folds = context.MulticlassClassification.CrossValidate(data, trainer.CreateFast(context, o => (o.Epochs, o.LearningRate) = (30, 0.1)), numberOfFolds: 3, seed: 1);
        Assert.HasCount(3, folds);
        Assert.IsGreaterThan(0.9, folds.Average(f => f.Metrics.MicroAccuracy));
        Assert.AreEqual(150, folds.Sum(f => f.ScoredHoldOutSet.GetColumn<uint>("PredictedLabel").Count()));
    }

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Caching_before_the_trainer_changes_nothing(TrainerUnderTest trainer)
    {
        var context = new MLContext(1);
        var data = Blobs.Keyed(context);
        using var plain = trainer.CreateFast(context).Fit(data);
        using var cached = trainer.CreateFast(context).Fit(context.Data.Cache(data));
        Assert.AreEqual(Assertions.Fingerprint(plain.Model), Assertions.Fingerprint(cached.Model));
    }

    [TestMethod]
    public void A_chain_says_what_is_wrong_before_it_reads_data()
    {
        var context = new MLContext(1);
        var source = new LyingView(context.Data.LoadFromEnumerable(Blobs.Rows(10)));
        var pipeline = context.Transforms.NormalizeMinMax("Features").Append(context.MulticlassClassification.Trainers.Fer());
        Assertions.Throws<ArgumentOutOfRangeException>(() => pipeline.Fit(source), "Column 'Label' must be a key. Got String. Add Conversion.MapValueToKey(\"Label\").");
        Assert.AreEqual(0, source.RowsRead);
    }

    [TestMethod]
    public void Training_reads_the_data_once()
    {
        var context = new MLContext(1);
        var source = new LyingView(Blobs.Keyed(context, 90));
        using var model = TrainerUnderTest.Named("Fer").CreateFast(context).Fit(source);
        Assert.AreEqual(90, source.RowsRead);
        CollectionAssert.AreEquivalent(new[] { "Label", "Features" }, source.AskedFor.ToArray());
        Assert.AreEqual(0, source.OpenCursors);
    }

    [TestMethod]
    public void The_transformer_is_what_permutation_feature_importance_looks_for()
    {
        using var model = TrainerUnderTest.Named("Fer").Fit(new MLContext(1));
        var wanted = typeof(MLContext).Assembly.GetType("Microsoft.ML.ISingleFeaturePredictionTransformer", throwOnError: true)!;
        Assert.IsTrue(wanted.IsInstanceOfType(model), "The overload that is given a chain finds the predictor by this interface.");
        Assert.AreEqual("Features", wanted.GetProperty("FeatureColumnName")!.GetValue(model));
        Assert.AreEqual("Features", model.FeatureColumnName);
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 4), model.FeatureColumnType);
    }

    [TestMethod]
    public void The_trainer_wants_neither_normalized_features_nor_a_cache()
    {
        var info = new MLContext().MulticlassClassification.Trainers.Fer().Info;
        Assert.IsFalse(info.NeedNormalization);
        Assert.IsFalse(info.WantCaching);
    }

    [TestMethod]
    public void Shuffled_rows_keep_their_scores()
    {
        var context = new MLContext(1);
        using var model = TrainerUnderTest.Named("Fer").Fit(context);
        var rows = Blobs.Rows(400, seed: 4);
        var cached = context.Data.Cache(Blobs.Keyed(context, rows));
        var scored = model.Transform(cached);
        Assert.IsTrue(scored.CanShuffle);
        var expected = Blobs.Scores(context, scored);
        using var cursor = scored.GetRowCursor(scored.Schema, new Random(3));
        var id = cursor.GetGetter<int>(scored.Schema["Id"]);
        var score = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
        var order = new List<int>();
        while (cursor.MoveNext())
        {
            order.Add(id.Read());
            Assertions.AreClose([expected[order[^1]]], [score.Read().DenseValues().ToArray()], 1e-6);
        }

        CollectionAssert.AreNotEqual(Enumerable.Range(0, 400).ToArray(), order);
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 400).ToArray(), order);
    }

    private static string[] Labels(MLContext context, ITransformer model, IDataView view) =>
        [.. context.Data.CreateEnumerable<ScoredRow>(model.Transform(view), reuseRowObject: false).Select(r => r.PredictedLabel)];
}
