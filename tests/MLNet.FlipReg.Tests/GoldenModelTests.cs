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
    public static IEnumerable<object[]> Models => Directory.GetFiles(Folder, "*.zip").Select(path => new object[] { Path.GetFileNameWithoutExtension(path) });

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
    public void The_version_that_is_written_has_its_file()
    {
        var name = $"v{ModelDocument.Version}";
        if (Environment.GetEnvironmentVariable("FLIPREG_WRITE_GOLDEN") is { } folder && !File.Exists(Path.Combine(folder, name + ".zip")))
            Write(folder, name);
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

    private static ScoredRow[] Score(MLContext context, ITransformer model, IEnumerable<float[]> features)
    {
        var rows = context.Data.LoadFromEnumerable(features.Select((values, i) => new BlobRow { Id = i, Features = values }));
        return [.. context.Data.CreateEnumerable<ScoredRow>(model.Transform(rows), reuseRowObject: false)];
    }

    private sealed record ExpectedRow(float[] Features, float[] Score, string PredictedLabel);
}
