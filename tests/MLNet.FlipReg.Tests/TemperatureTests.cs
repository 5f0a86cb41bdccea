using System.Text.Json.Nodes;
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>A model with a temperature is a model like any other: its file, its ONNX model and a fit that starts from it know nothing of it.</summary>
[TestClass]
public sealed class TemperatureTests
{
    private static readonly MLContext _context = new(1);

    public static IEnumerable<object[]> Trainers => TrainerUnderTest.Rows;

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void It_makes_log_loss_better_changes_no_label_and_is_saved(TrainerUnderTest trainer)
    {
        var rows = Blobs.Rows(240).ToList();
        // Every fourth label is drawn anew, in validation too.
        for (var i = 0; i < rows.Count; i += 4)
            rows[i].Label = rows[i * 7 % 239].Label;
        var data = Blobs.Keyed(_context, rows);
        using var plain = trainer.CreateFast(_context, o => (o.ValidationFraction, o.Epochs) = (0.4, 30)).Fit(data);
        using var scaled = trainer.CreateFast(_context, o => (o.ValidationFraction, o.Epochs, o.FitTemperature) = (0.4, 30, true)).Fit(data);
        Assert.IsNull(plain.Model.Temperature);
        Assert.AreNotEqual(1, scaled.Model.Temperature!.Value, 1e-3);
        CollectionAssert.AreEqual(Labels(plain, data), Labels(scaled, data));

        var zip = ModelZip.Save(_context, scaled);
        Assert.AreEqual(scaled.Model.Temperature, (double?)JsonNode.Parse(new ModelZip(zip).Json)!["temperature"]);
        using var loaded = (FlipRegPredictionTransformer)new MLContext().Model.Load(new MemoryStream(zip), out _);
        Assert.AreEqual(scaled.Model.Temperature, loaded.Model.Temperature);
        Assert.AreEqual(Assertions.Fingerprint(scaled.Model), Assertions.Fingerprint(loaded.Model));
        Assert.IsFalse(JsonNode.Parse(new ModelZip(ModelZip.Save(_context, plain)).Json)!.AsObject().ContainsKey("temperature"));

        using var onward = trainer.CreateFast(_context, o => (o.InitialModel, o.Epochs, o.LearningRate) = (loaded.Model, 1, 1e-9)).Fit(data);
        Assert.IsNull(onward.Model.Temperature);
        foreach (var (one, other) in Scores(scaled, data).Zip(Scores(onward, data)))
            Assert.AreEqual(one, other, 1e-5f, "starts from the scaled weights");
    }

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(-2.0)]
    [DataRow("NaN")]
    [DataRow("Infinity")]
    public void A_file_with_another_number_is_refused(object value)
    {
        using var model = TrainerUnderTest.Named("Fer").Fit(_context, o => (o.ValidationFraction, o.FitTemperature) = (0.3, true));
        var zip = new ModelZip(ModelZip.Save(_context, model));
        var json = JsonNode.Parse(zip.Json)!;
        json["temperature"] = JsonValue.Create(value);
        zip.Json = json.ToJsonString();
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => new MLContext().Model.Load(new MemoryStream(zip.ToBytes()), out _));
        StringAssert.Contains(error.ToString(), "Model.json must have a temperature that is finite and above 0. Got ");
    }

    private static uint[] Labels(FlipRegPredictionTransformer model, IDataView data) => [.. model.Transform(data).GetColumn<uint>("PredictedLabel")];

    private static float[] Scores(FlipRegPredictionTransformer model, IDataView data) => [.. model.Transform(data).GetColumn<float[]>("Score").SelectMany(s => s)];
}
