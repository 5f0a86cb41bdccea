using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;
using TorchSharp;

namespace MLNet.FlipReg.Tests;

/// <summary>Binary trainers inside of ML.NET's own OneVersusAll and PairwiseCoupling.</summary>
[TestClass]
public sealed class OneVersusAllTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void It_trains_saves_loads_and_converts(bool useProbabilities)
    {
        var data = Blobs.Keyed(_context, 120);
        var model = _context.MulticlassClassification.Trainers.OneVersusAll(Fast(), useProbabilities: useProbabilities).Fit(data);
        var test = Blobs.Keyed(_context, 150, seed: 5);
        Assert.IsGreaterThan(0.95, _context.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy);
        var scores = Blobs.Scores(_context, model.Transform(test));
        if (useProbabilities)
            Assert.AreEqual(1, scores[0].Sum(), 1e-5);

        // Each class has a binary classifier that scores as the trainer's own for this class does.
        using var green = Fast().Fit(Blobs.Booleans(_context, Blobs.Rows(120)));
        var own = green.Transform(_context.Data.LoadFromEnumerable(Blobs.Rows(150, seed: 5))).GetColumn<float>("Score").ToArray();
        if (!useProbabilities)
            Assertions.AreClose([own], [[.. scores.Select(s => s[1])]], 1e-4);

        using var stream = new MemoryStream();
        _context.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        var loaded = new MLContext().Model.Load(stream, out _);
        Assertions.AreSame(scores, Blobs.Scores(_context, loaded.Transform(test)));

        using var onnx = new MemoryStream();
        _context.Model.ExportOnnx(model, data, onnx, new OnnxExportOptions { Verify = true, Tolerance = 1e-4 });
        OnnxExports.Compare(onnx.ToArray(), loaded, test, 1e-4);
    }

    [TestMethod]
    public void A_second_process_loads_it()
    {
        var model = _context.MulticlassClassification.Trainers.OneVersusAll(Fast()).Fit(Blobs.Keyed(_context, 120));
        var file = Path.Combine(Path.GetTempPath(), $"flipreg-{Guid.NewGuid():N}.zip");
        try
        {
            _context.Model.SaveFile(model, null, file);
            var printed = FreshProcess.Run("score", file, "20");
            Assert.AreEqual(20 * 3 * sizeof(float) * 2, printed.Length);
            Assert.HasCount(20, Blobs.Scores(_context, _context.Model.LoadFile(file, out _).Transform(_context.Data.LoadFromEnumerable(Blobs.Rows(20)))));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [TestMethod]
    [DoNotParallelize]
    public void Its_memory_is_given_back_when_it_is_collected()
    {
        // TorchSharp counts every Parameter twice and gives one of the two back: what stays is compared with what disposed models leave.
        var disposed = Left(() =>
        {
            // OneVersusAll of three classes trains the first one twice.
            for (var i = 0; i < 4; i++)
                Fast().Fit(Blobs.Booleans(_context, Blobs.Rows(60))).Dispose();
        });
        var collected = Left(() =>
        {
            var data = Blobs.Keyed(_context);
            _ = Blobs.Scores(_context, _context.MulticlassClassification.Trainers.OneVersusAll(Fast()).Fit(data).Transform(data));
        });
        Assert.IsLessThanOrEqualTo(disposed, collected);

        static long Left(Action fit)
        {
            fit();
            var before = Live();
            fit();
            return Live() - before;
        }

        static long Live()
        {
            for (var i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            return torch.Tensor.TotalCount;
        }
    }

    [TestMethod]
    public void In_a_chain_it_stands_as_any_trainer()
    {
        var data = _context.Data.LoadFromEnumerable(Blobs.Rows(120));
        var chain = _context.Transforms.Conversion.MapValueToKey("Class", "Label")
            .Append(_context.MulticlassClassification.Trainers.OneVersusAll(_context.BinaryClassification.Trainers.Ols(new OlsOptions { LabelColumnName = "Class", Epochs = 10, Network = NetworkSpec.Mlp([8]) })))
            .Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        var right = data.GetColumn<string>("Label").Zip(chain.Transform(data).GetColumn<string>("PredictedLabel"), (given, predicted) => given == predicted).Count(r => r);
        Assert.IsGreaterThan(110, right);
    }

    [TestMethod]
    public void PairwiseCoupling_takes_the_trainer_as_it_is()
    {
        var data = Blobs.Keyed(_context, 120);
        var model = _context.MulticlassClassification.Trainers.PairwiseCoupling(Fast()).Fit(data);
        Assert.IsGreaterThan(0.95, _context.MulticlassClassification.Evaluate(model.Transform(data)).MicroAccuracy);
        using var stream = new MemoryStream();
        _context.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        Assertions.AreSame(Blobs.Scores(_context, model.Transform(data)), Blobs.Scores(_context, _context.Model.Load(stream, out _).Transform(data)));
    }

    [TestMethod]
    public void Another_label_column_is_an_error() => Assertions.Throws<ArgumentException>(
        () => _context.MulticlassClassification.Trainers.OneVersusAll(Fast(), labelColumnName: "Class"),
        "labelColumnName must be the label column of the binary trainer, 'Label'. Got 'Class'. Give both the same name.");

    private FlipRegBinaryTrainer<CrossEntropyOptions> Fast() =>
        _context.BinaryClassification.Trainers.CrossEntropy(new CrossEntropyOptions { Epochs = 20, Network = NetworkSpec.Mlp([8]), BatchSize = 16, Seed = 7 });
}
