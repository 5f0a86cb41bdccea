using System.Text.Json;
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Persistence;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>Model files of every version there was load for good and give the scores they gave.</summary>
[TestClass]
public sealed class GoldenModelTests
{
    private const string OneColumn = "";
    private const string SeveralColumns = "-columns";
    private const string BinaryColumns = "-columns-binary";

    /// <summary>Models of one feature column.</summary>
    public static IEnumerable<object[]> Models => Names.Where(name => !name.Contains('-', StringComparison.Ordinal)).Select(name => new object[] { name });

    /// <summary>Models of several columns, which came with version 4.</summary>
    public static IEnumerable<object[]> Columns => Names.Where(name => name.Contains('-', StringComparison.Ordinal)).Select(name => new object[] { name });

    private static IEnumerable<string> Names => Directory.GetFiles(Folder, "*.zip").Select(path => Path.GetFileNameWithoutExtension(path)!);

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Golden", "models");

    [TestMethod]
    [DynamicData(nameof(Models))]
    public void A_model_of_an_earlier_version_scores_as_it_did(string name)
    {
        var context = new MLContext();
        var path = Path.Combine(Folder, name + ".zip");
        Check(context, context.Model.Load(path, out var schema), schema, name);
        // SaveFile came with version 2.
        if (name != "v1")
            Check(context, context.Model.LoadFile(path, out schema), schema!, name);
    }

    [TestMethod]
    [DynamicData(nameof(Columns))]
    public void A_model_of_several_columns_and_a_binary_one_score_as_they_did(string name)
    {
        var (context, path) = (new MLContext(), Path.Combine(Folder, name));
        var loaded = context.Model.LoadFile(path + ".zip", out var schema);
        using var model = (IDisposable)loaded;
        CollectionAssert.IsSubsetOf(Purchase.Columns, schema!.Select(c => c.Name).ToArray());
        var classifier = ((IEnumerable<ITransformer>)loaded).OfType<FlipRegPredictionTransformerBase>().Single();
        CollectionAssert.AreEqual(Purchase.Columns, classifier.FeatureColumnNames.ToArray());
        Assert.AreEqual(name.EndsWith(BinaryColumns, StringComparison.Ordinal), classifier is FlipRegBinaryPredictionTransformer);
        Assertions.AreClose(JsonSerializer.Deserialize<float[][]>(File.ReadAllText(path + ".json"))!, ScoresOfColumns(context, loaded, classifier), 1e-6);
    }

    [TestMethod]
    [DataRow(OneColumn)]
    [DataRow(SeveralColumns)]
    [DataRow(BinaryColumns)]
    public void The_version_that_is_written_has_its_files(string kind)
    {
        var name = $"v{ModelDocument.Version}{kind}";
        if (Environment.GetEnvironmentVariable("FLIPREG_WRITE_GOLDEN") is { } folder && !File.Exists(Path.Combine(folder, name + ".zip")))
        {
            if (kind == OneColumn)
                Write(folder, name);
            else
                WriteColumns(folder, name, isBinary: kind == BinaryColumns);
        }

        Assert.IsTrue(File.Exists(Path.Combine(Folder, name + ".zip")), $"Set FLIPREG_WRITE_GOLDEN to the folder tests/Golden/models, run this test, and commit {name}.zip and {name}.json.");
    }

    private static void Check(MLContext context, ITransformer loaded, DataViewSchema schema, string name)
    {
        using var model = (IDisposable)loaded;
        var expected = JsonSerializer.Deserialize<ExpectedRow[]>(File.ReadAllText(Path.Combine(Folder, name + ".json")))!;
        var scored = Score(context, loaded, expected.Select(row => row.Features));
        Assert.HasCount(expected.Length, scored);
        for (var row = 0; row < scored.Length; row++)
        {
            Assert.AreEqual(expected[row].PredictedLabel, scored[row].PredictedLabel, $"row {row}");
            for (var i = 0; i < 3; i++)
                Assert.AreEqual(expected[row].Score[i], scored[row].Score[i], 1e-6, $"row {row}, class {i}");
        }

        Assert.IsNotNull(schema.GetColumnOrNull("Features"));
        var classifier = ((TransformerChain<ITransformer>)loaded).OfType<FlipRegPredictionTransformer>().Single().Model;
        CollectionAssert.AreEqual(new[] { "red", "green", "blue" }, classifier.ClassNames!.ToArray());
        Assert.AreEqual("FER", classifier.MethodName);
        Assert.HasCount(5, classifier.History);
        Assert.AreEqual(60, classifier.History[^1].Validation!.Rows);
        Assert.AreEqual(7, JsonDocument.Parse(classifier.OptionsJson).RootElement.GetProperty("seed").GetInt32());
    }

    private static void Write(string folder, string name)
    {
        var context = new MLContext(1);
        var data = Blobs.Keyed(context);
        var trainer = TrainerUnderTest.Named("Fer");
        var options = trainer.FastOptions(o => o.Network = NetworkSpec.Mlp([8], batchNorm: true, dropout: 0.1));
        using var model = context.Transforms.NormalizeMeanVariance("Features", fixZero: false)
            .Append(trainer.Create(context, options, Blobs.Keyed(context, 60, seed: 2)))
            .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(data);
        context.Model.SaveFile(model, data.Schema, Path.Combine(folder, name + ".zip"));
        var features = Blobs.Rows(12, seed: 3).Select(row => row.Features).ToArray();
        var rows = Score(context, model, features).Zip(features, (scored, row) => new ExpectedRow(row, scored.Score, scored.PredictedLabel));
        File.WriteAllText(Path.Combine(folder, name + ".json"), JsonSerializer.Serialize(rows));
    }

    private static void WriteColumns(string folder, string name, bool isBinary)
    {
        var context = new MLContext(1);
        var trainer = TrainerUnderTest.Named(isBinary ? "binary Ols" : "Ols");
        using var classifier = trainer.CreateAnyFast(context, Purchase.NameColumns).Fit(Purchase.View(context, Purchase.Rows(200, unseen: true), isBinary));
        var model = new TransformerChain<ITransformer>(Purchase.Keys(context), classifier);
        context.Model.SaveFile(model, context.Data.LoadFromEnumerable(Purchase.Rows(1)).Schema, Path.Combine(folder, name + ".zip"));
        File.WriteAllText(Path.Combine(folder, name + ".json"), JsonSerializer.Serialize(ScoresOfColumns(context, model, classifier)));
    }

    private static float[][] ScoresOfColumns(MLContext context, ITransformer model, FlipRegPredictionTransformerBase classifier) =>
        TrainerUnderTest.Named(classifier is FlipRegBinaryPredictionTransformer ? "binary Ols" : "Ols").Scores(context, model.Transform(context.Data.LoadFromEnumerable(Purchase.Rows(30, seed: 2, unseen: true))));

    private static ScoredRow[] Score(MLContext context, ITransformer model, IEnumerable<float[]> features)
    {
        var rows = context.Data.LoadFromEnumerable(features.Select((values, i) => new BlobRow { Id = i, Features = values }));
        return [.. context.Data.CreateEnumerable<ScoredRow>(model.Transform(rows), reuseRowObject: false)];
    }

    private sealed record ExpectedRow(float[] Features, float[] Score, string PredictedLabel);
}
