using FlipReg;
using Microsoft.ML;
using MLNet.FlipReg.Tests.Support;
using NoisyDigits;

namespace MLNet.FlipReg.Tests;

/// <summary>A model of several members is one model: one file, one ONNX graph, one start of another fit.</summary>
[TestClass]
public sealed class EnsembleTests
{
    private static readonly MLContext _context = new(1);

    public static IEnumerable<object[]> Networks() =>
    [
        ["no hidden layer", NetworkSpec.Mlp([]), 2],
        ["hidden layers", NetworkSpec.Mlp([8, 6]), 3],
        ["all", NetworkSpec.Mlp([8, 6], batchNorm: true, dropout: 0.2, activation: Activation.Silu), 2],
    ];

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Its_onnx_graph_gives_its_scores(string name, NetworkSpec network, int members)
    {
        foreach (var (opset, weights) in new[] { (12, MemberWeights.Own), (17, MemberWeights.Own), (12, MemberWeights.Shared), (17, MemberWeights.Shared) })
        {
            using var model = TrainerUnderTest.Named("Fer").Fit(_context, o => (o.Network, o.Members, o.MemberWeights) = (network, members, weights));
            using var stream = new MemoryStream();
            model.Model.SaveOnnx(stream, new OnnxOptions { OpsetVersion = opset, IncludeLogits = true });
            using var onnx = new OnnxScores(stream.ToArray());
            var rows = Blobs.Rows(50, seed: 4);
            var ours = Blobs.Scores(_context, model.Transform(Blobs.Keyed(_context, rows)));
            var input = OnnxScores.Rows("Features", [.. rows.Select(r => r.Features)]);
            Assertions.AreClose(ours, onnx.Run<string>([input]).Scores, 1e-5f);
            // Logits are the logarithm of the mean probabilities.
            Assertions.AreClose(ours, [.. onnx.Run<string>([input], score: "Logits").Scores.Select(row => Array.ConvertAll(row, MathF.Exp))], 1e-5f);
            Assert.HasCount(3, ours[0], name);
        }
    }

    [TestMethod]
    public void A_pipeline_with_it_is_exported()
    {
        var data = _context.Data.LoadFromEnumerable(Blobs.Rows(60));
        using var model = _context.Transforms.Conversion.MapValueToKey("Label")
            .Append(TrainerUnderTest.Named("Ols").CreateFast(_context, o => o.Members = 2))
            .Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        using var stream = new MemoryStream();
        var report = _context.Model.ExportOnnx(model, data, stream, new OnnxExportOptions { Verify = true });
        Assert.IsLessThan(1e-5, report.LargestDifference!.Value);
    }

    [TestMethod]
    public void It_is_saved_loaded_and_goes_on()
    {
        using var model = TrainerUnderTest.Named("FerElr").Fit(_context, o => (o.Members, o.ClassWeights, o.WeightAverage) = (2, ClassWeights.Balanced, 1));
        using var loaded = (FlipRegPredictionTransformer)new MLContext().Model.Load(new MemoryStream(ModelZip.Save(_context, model)), out _);
        Assert.AreEqual(Assertions.Fingerprint(model.Model), Assertions.Fingerprint(loaded.Model));
        Assert.AreEqual(2, loaded.Model.Network.Members);
        Assert.AreEqual(3, loaded.Model.ClassCount);
        CollectionAssert.AreEqual(new long[] { 6, 8 }, loaded.Model.GetWeights().Single(w => w.Name == "2.weight").Shape.ToArray());

        var data = Blobs.Keyed(_context);
        using var onward = TrainerUnderTest.Named("FerElr").CreateFast(_context, o => (o.InitialModel, o.Members, o.Epochs, o.LearningRate) = (loaded.Model, 2, 1, 1e-9)).Fit(data);
        Assertions.AreClose(Blobs.Scores(_context, model.Transform(data)), Blobs.Scores(_context, onward.Transform(data)), 1e-5f);
        var error = Assert.ThrowsExactly<ArgumentException>(() => TrainerUnderTest.Named("FerElr").CreateFast(_context, o => o.InitialModel = loaded.Model).Fit(data));
        StringAssert.StartsWith(error.Message, "InitialModel must have as many members as the option Members asks for, 1. Got 2. Set Members = 2, or start without the model.");
    }

    [TestMethod]
    public void With_shared_weights_it_is_saved_loaded_and_goes_on()
    {
        static void Shared(TrainingOptions o) => (o.Members, o.MemberWeights) = (3, MemberWeights.Shared);
        var data = Blobs.Keyed(_context);
        using var model = TrainerUnderTest.Named("Ols").Fit(_context, Shared);
        using var loaded = (FlipRegPredictionTransformer)new MLContext().Model.Load(new MemoryStream(ModelZip.Save(_context, model)), out _);
        Assert.AreEqual(Assertions.Fingerprint(model.Model), Assertions.Fingerprint(loaded.Model));
        Assertions.AreClose(Blobs.Scores(_context, model.Transform(data)), Blobs.Scores(_context, loaded.Transform(data)), 0);
        using var onward = TrainerUnderTest.Named("Ols").CreateFast(_context, o =>
        {
            Shared(o);
            (o.InitialModel, o.Epochs, o.LearningRate) = (loaded.Model, 1, 1e-9);
        }).Fit(data);
        Assertions.AreClose(Blobs.Scores(_context, model.Transform(data)), Blobs.Scores(_context, onward.Transform(data)), 1e-5f);
        var error = Assert.ThrowsExactly<ArgumentException>(() => TrainerUnderTest.Named("Ols").CreateFast(_context, o => (o.InitialModel, o.Members) = (loaded.Model, 3)).Fit(data));
        StringAssert.Contains(error.Message, "Got Scaled for 3 members.");
    }

    [TestMethod]
    public void Of_digits_with_wrong_labels_it_knows_no_fewer()
    {
        Assert.IsGreaterThanOrEqualTo(Accuracy(1) - 0.005, Accuracy(3));

        static double Accuracy(int members)
        {
            var ml = new MLContext(1);
            var data = ml.Data.LoadFromTextFile<Digit>(Path.Combine(AppContext.BaseDirectory, "digits.csv"), separatorChar: ',', hasHeader: true);
            var split = ml.Data.TrainTestSplit(data, testFraction: 0.2, seed: 1);
            var train = ml.Data.LoadFromEnumerable(WrongLabels.Symmetric(ml.Data.CreateEnumerable<Digit>(split.TrainSet, reuseRowObject: false), 0.4, 1));
            using var model = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Digit.Class))
                .Append(ml.MulticlassClassification.Trainers.Fer(new FerOptions { FeatureColumnName = nameof(Digit.Pixels), NoisyLabels = true, Members = members, Epochs = 20, Seed = 1 })).Fit(train);
            return ml.MulticlassClassification.Evaluate(model.Transform(split.TestSet)).MicroAccuracy;
        }
    }
}
