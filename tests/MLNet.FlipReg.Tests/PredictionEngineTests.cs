using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>One row at a time: mapper, row and engine.</summary>
[TestClass]
public sealed class PredictionEngineTests
{
    [TestMethod]
    public void A_whole_chain_predicts_like_transform()
    {
        var context = new MLContext(1);
        var rows = Blobs.Rows(60);
        var view = context.Data.LoadFromEnumerable(rows);
        using var model = Pipeline(context).Fit(view);
        var expected = context.Data.CreateEnumerable<ScoredRow>(model.Transform(view), reuseRowObject: false).ToArray();
        using var engine = context.Model.CreatePredictionEngine<BlobRow, ScoredRow>(model);
        ScoredRow? reused = null;
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            engine.Predict(row, ref reused!);
            Assert.AreEqual(expected[i].PredictedLabel, reused.PredictedLabel);
            Assertions.AreClose([expected[i].Score], [reused.Score], 1e-6);
            Assert.AreEqual(row.Label, reused.PredictedLabel);
        }
    }

    [TestMethod]
    public void The_network_runs_once_a_row_however_many_columns_are_read()
    {
        var context = new MLContext(1);
        var rows = Blobs.Rows(2);
        using var model = TrainerUnderTest.Named("Fer").Fit(context);
        var mapper = ((ITransformer)model).GetRowToRowMapper(context.Data.LoadFromEnumerable(rows).Schema);
        var source = new LyingView(context.Data.LoadFromEnumerable(rows));
        using var input = source.GetRowCursor(source.Schema);
        mapper = ((ITransformer)model).GetRowToRowMapper(input.Schema);
        using var row = mapper.GetRow(input, mapper.OutputSchema);
        var score = row.GetGetter<VBuffer<float>>(mapper.OutputSchema["Score"]);
        var label = row.GetGetter<uint>(mapper.OutputSchema["PredictedLabel"]);
        VBuffer<float> value = default;
        Assert.ThrowsExactly<InvalidOperationException>(() => score(ref value), "There is no row yet.");
        Assert.IsTrue(input.MoveNext());
        score(ref value);
        uint key = 0;
        label(ref key);
        Assert.AreEqual(1 + value.DenseValues().ToList().IndexOf(value.DenseValues().Max()), (int)key);
        // The row's features change under it; while the position stays, so do the scores.
        rows[0].Features[0] = 100;
        VBuffer<float> again = default;
        score(ref again);
        CollectionAssert.AreEqual(value.DenseValues().ToArray(), again.DenseValues().ToArray());
        Assert.IsTrue(input.MoveNext());
        score(ref again);
        CollectionAssert.AreNotEqual(value.DenseValues().ToArray(), again.DenseValues().ToArray());
        Assert.AreEqual(1, row.Position);
        Assert.AreEqual(input.Batch, row.Batch);
    }

    [TestMethod]
    public void A_mapper_asks_for_what_its_outputs_need()
    {
        var context = new MLContext(1);
        using var model = TrainerUnderTest.Named("Fer").Fit(context);
        var schema = Blobs.Keyed(context).Schema;
        var mapper = ((ITransformer)model).GetRowToRowMapper(schema);
        Assert.AreSame(schema, mapper.InputSchema);
        Assert.IsTrue(((ITransformer)model).IsRowToRowMapper);
        Needs(["Score"], ["Features"]);
        Needs(["PredictedLabel", "Id"], ["Features", "Id"]);
        Needs(["Id"], ["Id"]);
        Needs([], []);
        using var stranger = Blobs.Keyed(context).GetRowCursor([]);
        Assert.ThrowsExactly<ArgumentException>(() => mapper.GetRow(stranger, mapper.OutputSchema));

        void Needs(string[] outputs, string[] inputs) => CollectionAssert.AreEquivalent(inputs,
            mapper.GetDependencies(mapper.OutputSchema.Where(c => outputs.Contains(c.Name) && !c.IsHidden)).Select(c => c.Name).ToArray());
    }

    [TestMethod]
    public void Scores_are_paired_with_their_classes()
    {
        var context = new MLContext(1);
        using var model = TrainerUnderTest.Named("Fer").Fit(context);
        CollectionAssert.AreEqual(new ClassScore[] { new("blue", 0.7f), new("red", 0.2f), new("green", 0.1f) }, model.ClassScores([0.2f, 0.1f, 0.7f]).ToArray());
        CollectionAssert.AreEqual(new[] { "green", "red", "blue" }, model.ClassScores([0.25f, 0.5f, 0.25f]).Select(pair => pair.Class).ToArray(), "Equal scores in the keys' order.");
        CollectionAssert.AreEqual(new[] { "blue", "red", "green" }, model.ClassScores([0, float.NaN, 1]).Select(pair => pair.Class).ToArray(), "Not a number last.");
        Assertions.Throws<ArgumentException>(() => model.ClassScores([1, 2]), "Scores must hold one value for each of the 3 classes. Got 2. Pass the Score column of one row that this model scored.");
        var scored = context.Data.CreateEnumerable<ScoreAndLabel>(model.Transform(Blobs.Keyed(context)), reuseRowObject: false);
        foreach (var row in scored)
            Assert.AreEqual(model.Model.ClassNames![(int)row.PredictedLabel - 1], model.ClassScores(row.Score)[0].Class);
    }

    [TestMethod]
    public void Classes_without_names_are_told_by_their_keys()
    {
        var context = new MLContext(1);
        var data = context.Data.LoadFromEnumerable(Enumerable.Range(0, 30).Select(i => new Unnamed { Label = (uint)i % 3, Features = [i % 3, 1] }));
        using var model = TrainerUnderTest.Named("Fer").CreateFast(context).Fit(data);
        Assert.IsNull(model.Model.ClassNames);
        CollectionAssert.AreEqual(new ClassScore[] { new("3", 0.5f), new("1", 0.3f), new("2", 0.2f) }, model.ClassScores([0.3f, 0.2f, 0.5f]).ToArray());
    }

    [TestMethod]
    public void Engines_on_several_threads_share_a_model()
    {
        var context = new MLContext(1);
        var rows = Blobs.Rows(200);
        using var model = Pipeline(context).Fit(context.Data.LoadFromEnumerable(rows));
        var expected = Blobs.Scores(context, model.Transform(context.Data.LoadFromEnumerable(rows)));
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            // Not disposed: an engine disposes the model it was given.
            var engine = context.Model.CreatePredictionEngine<BlobRow, ScoredRow>(model);
            Assertions.AreClose(expected, [.. rows.Select(row => engine.Predict(row).Score)], 1e-6);
        });
    }

    private static EstimatorChain<KeyToValueMappingTransformer> Pipeline(MLContext context) => context.Transforms.Conversion.MapValueToKey("Label")
        .Append(context.Transforms.NormalizeMinMax("Features"))
        .Append(context.MulticlassClassification.Trainers.Fer(new FerOptions { Epochs = 30, Network = NetworkSpec.Mlp([16]), Seed = 3 }))
        .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

    private sealed class ScoreAndLabel
    {
        public uint PredictedLabel { get; set; }

        public float[] Score { get; set; } = [];
    }

    private sealed class Unnamed
    {
        [KeyType(3)]
        public uint Label { get; set; }

        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }
}
