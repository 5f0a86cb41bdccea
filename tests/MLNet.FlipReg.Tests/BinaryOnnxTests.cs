using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>Binary classifiers as ONNX models: ONNX Runtime gives the labels, scores and probabilities that we give.</summary>
[TestClass]
public sealed class BinaryOnnxTests
{
    private readonly MLContext _context = new(1);

    public static IEnumerable<object[]> Trainers => BinaryClassificationTests.Trainers;

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void A_pipeline(TrainerUnderTest trainer)
    {
        var data = BinaryData.Digits(_context);
        using var model = _context.Transforms.NormalizeMinMax("Features").Append(trainer.CreateAnyFast(_context, o => o.Network = NetworkSpec.Mlp([16], batchNorm: true))).Fit(data);
        using var stream = new MemoryStream();
        var report = _context.Model.ExportOnnx(model, data, stream, new OnnxExportOptions { Verify = true });
        Assert.AreEqual("Features -> PredictedLabel, Probability, Score", $"{string.Join(", ", report.Inputs)} -> {string.Join(", ", report.Outputs)}");
        OnnxExports.Compare(stream.ToArray(), model, data);

        // ML.NET's own conversion, whose outputs are called otherwise.
        using var stock = new MemoryStream();
        _context.Model.ConvertToOnnx(model, data, stock);
        using var onnx = new OnnxScores(stock.ToArray());
        var rows = data.GetColumn<float[]>("Features").Take(200).ToArray();
        var scored = model.Transform(_context.Data.TakeRows(data, 200));
        using var results = onnx.Session.Run([OnnxScores.Rows("Features", rows), OnnxScores.Column("Label", data.GetColumn<bool>("Label").Take(200))], ["PredictedLabel.output", "Score.output", "Probability.output"]);
        CollectionAssert.AreEqual(scored.GetColumn<bool>("PredictedLabel").ToArray(), results[0].AsTensor<bool>().ToArray());
        Assertions.AreClose([[.. scored.GetColumn<float>("Score")]], [results[1].AsTensor<float>().ToArray()], 1e-5);
        Assertions.AreClose([[.. scored.GetColumn<float>("Probability")]], [results[2].AsTensor<float>().ToArray()], 1e-5);
    }

    [TestMethod]
    [DataRow(12, 1)]
    [DataRow(17, 1)]
    [DataRow(17, 3)]
    public void The_classifier_alone(int opset, int members)
    {
        var data = BinaryData.Digits(_context);
        using var model = _context.BinaryClassification.Trainers.Ols(new OlsOptions { Epochs = 3, Members = members, Network = NetworkSpec.Mlp([16]), Seed = 1 }).Fit(data);
        using var stream = new MemoryStream();
        model.Model.SaveOnnx(stream, new OnnxOptions { OpsetVersion = opset, IncludeLogits = true });
        OnnxChecker.Check(stream.ToArray(), withShapes: true);
        using var onnx = new OnnxScores(stream.ToArray());
        var rows = data.GetColumn<float[]>("Features").ToArray();
        CollectionAssert.AreEqual(new[] { "PredictedLabel", "Score", "Probability", "Logits" }, onnx.Session.OutputNames.ToArray());
        foreach (var name in onnx.Session.OutputNames.Take(3))
            CollectionAssert.AreEqual(new[] { -1 }, onnx.Session.OutputMetadata[name].Dimensions, name);
        using var results = onnx.Session.Run([OnnxScores.Rows("Features", rows)]);
        var scored = model.Transform(data);
        var scores = scored.GetColumn<float>("Score").ToArray();
        CollectionAssert.AreEqual(scored.GetColumn<bool>("PredictedLabel").ToArray(), results[0].AsTensor<bool>().ToArray());
        Assertions.AreClose([scores], [results[1].AsTensor<float>().ToArray()], 1e-4);
        Assertions.AreClose([[.. scored.GetColumn<float>("Probability")]], [results[2].AsTensor<float>().ToArray()], 1e-5);
        Assertions.AreClose([scores], [[.. results[3].AsTensor<float>().ToArray().Chunk(2).Select(z => z[1] - z[0])]], 1e-4);
        Assert.AreEqual("[\"False\",\"True\"]", onnx.Session.ModelMetadata.CustomMetadataMap["class_names"]);
    }

    [TestMethod]
    public void A_row_that_is_not_a_number_is_false()
    {
        using var model = _context.BinaryClassification.Trainers.Fer(new FerOptions { Epochs = 1, InputEncoding = InputEncoding.None, Network = NetworkSpec.Mlp([4]) }).Fit(Blobs.Booleans(_context, Blobs.Rows(30)));
        using var stream = new MemoryStream();
        model.Model.SaveOnnx(stream);
        using var onnx = new OnnxScores(stream.ToArray());
        using var results = onnx.Session.Run([OnnxScores.Rows("Features", [[0, float.NaN, 0, 0]])], ["PredictedLabel", "Probability"]);
        Assert.IsFalse(results[0].AsTensor<bool>().Single());
        Assert.IsTrue(float.IsNaN(results[1].AsTensor<float>().Single()));
    }

    [TestMethod]
    public void An_input_with_the_name_of_an_output_is_an_error()
    {
        var data = _context.Transforms.CopyColumns("Probability", "Features").Fit(Blobs.Booleans(_context, Blobs.Rows(30))).Transform(Blobs.Booleans(_context, Blobs.Rows(30)));
        using var model = _context.BinaryClassification.Trainers.Fer(new FerOptions { FeatureColumnName = "Probability", Epochs = 1 }).Fit(data);
        Assertions.Throws<ArgumentOutOfRangeException>(() => model.Model.SaveOnnx(new MemoryStream()),
            "The feature column's name must differ from the outputs PredictedLabel, Score, Probability and Logits. Got Probability. Set InputName.");
        model.Model.SaveOnnx(new MemoryStream(), new OnnxOptions { InputName = "Features" });
    }
}
