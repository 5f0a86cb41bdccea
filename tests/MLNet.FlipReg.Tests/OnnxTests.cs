using System.Reflection;
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>ConvertToOnnx of ML.NET on chains with a classifier: ONNX Runtime gives the scores and labels that the chain gives.</summary>
[TestClass]
public sealed class OnnxTests
{
    private const double Tolerance = 1e-5;
    private static readonly MLContext _context = new(1);
    private static readonly int[] _batches = [1, 7, 256];

    public static IEnumerable<object[]> Trainers => TrainerUnderTest.Rows;

    public static IEnumerable<object[]> Chains() =>
    [
        ["alone", (Func<IEstimator<ITransformer>>)(() => Trainer())],
        ["first", () => Trainer().Append(_context.Transforms.CopyColumns("Copy", "Score"))],
        ["in the middle", () => _context.Transforms.NormalizeMinMax("Features").Append(Trainer()).Append(_context.Transforms.CopyColumns("Copy", "Score"))],
        ["last", () => _context.Transforms.NormalizeMinMax("Features").Append(Trainer())],
        ["in a chain of chains", () => _context.Transforms.NormalizeMinMax("Features").Append(Trainer().Append(_context.Transforms.CopyColumns("Copy", "Score"))).Append(_context.Transforms.CopyColumns("Again", "Copy"))],
        ["twice", () => Trainer().Append(_context.Transforms.CopyColumns("Features", "Score")).Append(Trainer())],
        ["on scores", () => _context.Transforms.CopyColumns("Score", "Features").Append(Trainer("Score"))],
    ];

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void A_whole_chain_is_converted(TrainerUnderTest trainer)
    {
        var data = _context.Data.LoadFromEnumerable(Order.Rows(300));
        var pipeline = _context.Transforms.Conversion.MapValueToKey("Label")
            .Append(_context.Transforms.ReplaceMissingValues("Numbers", replacementMode: MissingValueReplacingEstimator.ReplacementMode.Mean))
            .Append(_context.Transforms.NormalizeMeanVariance("Numbers", fixZero: false))
            .Append(_context.Transforms.Categorical.OneHotEncoding([new("Shop"), new("Payment")]))
            .Append(_context.Transforms.Concatenate("Features", "Numbers", "Shop", "Payment"))
            .Append(trainer.CreateFast(_context, o => (o.Network, o.Epochs) = (NetworkSpec.Mlp([12, 8], batchNorm: true, dropout: 0.1), 20)))
            .Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        using var model = pipeline.Fit(data);
        using var saved = new MemoryStream();
        _context.Model.Save(model, data.Schema, saved);
        saved.Position = 0;
        var loaded = _context.Model.Load(saved, out _);
        // A shop that training did not see, and missing numbers, are in the rows.
        var rows = Order.Rows(300, seed: 5);
        var scored = model.Transform(_context.Data.LoadFromEnumerable(rows));
        var ours = Blobs.Scores(_context, scored);
        var labels = scored.GetColumn<string>("PredictedLabel").ToArray();
        Assert.IsGreaterThan(1, labels.Distinct().Count());
        foreach (var transformer in new[] { model, loaded })
        {
            using var onnx = new OnnxScores(Convert(transformer, data));
            foreach (var batch in _batches)
            {
                foreach (var chunk in Enumerable.Range(0, batch == 1 ? 20 : rows.Length).Chunk(batch))
                {
                    Order[] some = [.. chunk.Select(i => rows[i])];
                    var (scores, names) = onnx.Run<string>(
                    [
                        OnnxScores.Column("Label", some.Select(r => r.Label)),
                        OnnxScores.Rows("Numbers", [.. some.Select(r => r.Numbers)]),
                        OnnxScores.Column("Shop", some.Select(r => r.Shop)),
                        OnnxScores.Column("Payment", some.Select(r => r.Payment)),
                    ], "Score.output", "PredictedLabel.output");
                    Assertions.AreClose([.. chunk.Select(i => ours[i])], scores, Tolerance);
                    CollectionAssert.AreEqual(chunk.Select(i => labels[i]).ToArray(), names);
                }
            }
        }

        ((IDisposable)loaded).Dispose();
    }

    [TestMethod]
    [DataRow("iris.csv", 4)]
    [DataRow("digits.csv", 64)]
    public void Real_tables(string file, int width)
    {
        var data = _context.Data.LoadFromTextFile(Path.Combine(AppContext.BaseDirectory, file),
            [new TextLoader.Column("Features", DataKind.Single, 0, width - 1), new TextLoader.Column("Class", DataKind.String, width)], separatorChar: ',', hasHeader: true);
        NamedOnnxValue[] inputs = [OnnxScores.Rows("Features", [.. data.GetColumn<float[]>("Features")]), OnnxScores.Column("Class", data.GetColumn<string>("Class"))];
        foreach (var trainer in TrainerUnderTest.All)
        {
            using var model = _context.Transforms.Conversion.MapValueToKey("Label", "Class").Append(_context.Transforms.NormalizeMeanVariance("Features", fixZero: false))
                .Append(trainer.CreateFast(_context)).Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
            var scored = model.Transform(data);
            using var onnx = new OnnxScores(Convert(model, data));
            var (scores, labels) = onnx.Run<string>(inputs, "Score.output", "PredictedLabel.output");
            Assertions.AreClose(Blobs.Scores(_context, scored), scores, Tolerance);
            CollectionAssert.AreEqual(scored.GetColumn<string>("PredictedLabel").ToArray(), labels, trainer.Name);
        }
    }

    [TestMethod]
    public void A_feature_that_is_not_a_number_gives_no_key()
    {
        var data = Blobs.Keyed(_context);
        using var model = TrainerUnderTest.All[0].CreateFast(_context, o => o.Missing = MissingValues.Error).Fit(data);
        var rows = Blobs.Rows(6);
        rows[2].Features = [0, float.NaN, 0, 0];
        using var onnx = new OnnxScores(Convert(model, data));
        var (scores, labels) = onnx.Run<uint>(Inputs(rows), "Score.output", "PredictedLabel.output");
        var scored = model.Transform(Blobs.Keyed(_context, rows));
        Assertions.AreClose(Blobs.Scores(_context, scored), scores, Tolerance);
        CollectionAssert.AreEqual(scored.GetColumn<uint>("PredictedLabel").ToArray(), labels);
        Assert.AreEqual(0u, labels[2]);

        // What ML.NET's MapKeyToValue makes of a missing key in ONNX: a text of its own, where the chain gives the empty one.
        using var named = model.Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(scored));
        using var namedOnnx = new OnnxScores(Convert(named, data));
        Assert.AreEqual("_Unused", namedOnnx.Run<string>(Inputs(rows), "Score.output", "PredictedLabel.output").Labels[2]);
    }

    [TestMethod]
    [DynamicData(nameof(Chains))]
    public void Wherever_the_classifier_stands(string where, Func<IEstimator<ITransformer>> chain)
    {
        var rows = Blobs.Rows(60);
        var data = Blobs.Keyed(_context, rows);
        var model = chain().Fit(data);
        var scored = model.Transform(data);
        var ours = Blobs.Scores(_context, scored);
        var keys = scored.GetColumn<uint>("PredictedLabel").ToArray();
        foreach (var opset in new[] { 9, 10, 11, 12 })
        {
            using var onnx = new OnnxScores(Convert(model, data, opset));
            var (scores, labels) = onnx.Run<uint>(Inputs(rows), "Score.output", "PredictedLabel.output");
            Assertions.AreClose(ours, scores, Tolerance);
            CollectionAssert.AreEqual(keys, labels, where);
        }

        (model as IDisposable)?.Dispose();
    }

    [TestMethod]
    public void The_checker_of_onnx_passes()
    {
        var data = Blobs.Keyed(_context);
        using var model = _context.Transforms.NormalizeMinMax("Features").Append(Trainer()).Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        // The shape that ML.NET declares for its node of slot names is not the one that follows.
        OnnxChecker.Check(Convert(model, data), withShapes: false);
    }

    [TestMethod]
    public void Outputs_can_be_chosen()
    {
        var data = Blobs.Keyed(_context);
        using var model = Trainer().Fit(data);
        using var stream = new MemoryStream();
        _context.Model.ConvertToOnnx(model, data, stream, "Score");
        using var onnx = new OnnxScores(stream.ToArray());
        // The second carries the slot names.
        Assert.AreEqual("Score.output, mlnet.Score.unusedOutput", string.Join(", ", onnx.Session.OutputNames));
    }

    [TestMethod]
    public void A_transform_that_cannot_be_exported_is_named()
    {
        // The column keeps its name: ML.NET would let the network score what it was before.
        Refuse(_context.Transforms.Expression("Features", "x : 2 * x", "Features"),
            "A chain that is converted to ONNX must hold only transforms that can be exported. Got ", "which makes 'Features'.");
        // Says that it can be exported, and then leaves its column out.
        Refuse(_context.Transforms.NormalizeBinning("Features"),
            "Column 'Features' must be in the ONNX graph before the classifier that reads it. Got none: ", "which makes 'Features', or one before it, cannot be exported.");

        static void Refuse(IEstimator<ITransformer> before, params string[] message)
        {
            var data = Blobs.Keyed(_context);
            using var model = before.Append(Trainer()).Append(_context.Transforms.CopyColumns("Copy", "Score")).Fit(data);
            using var stream = new MemoryStream();
            Assertions.Throws<InvalidOperationException>(() => _context.Model.ConvertToOnnx(model, data, stream), message);
            Assertions.Throws<InvalidOperationException>(() => _context.Model.ConvertToOnnx(model, data, stream, "Score"), message);
            Assert.AreEqual(0, stream.Length);
        }
    }

    [TestMethod]
    public void A_disposed_model_is_an_error()
    {
        var data = Blobs.Keyed(_context);
        var model = Trainer().Fit(data);
        model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => _context.Model.ConvertToOnnx(model, data, new MemoryStream()));
    }

    [TestMethod]
    public void The_scored_view_can_be_put_on_other_data()
    {
        // What ML.NET does with an IDataTransform that it moves: save it, and load it on the other data.
        var data = Blobs.Keyed(_context, Blobs.Rows(60));
        var other = Blobs.Keyed(_context, Blobs.Rows(30, seed: 5));
        using var model = Trainer().Fit(data);
        var scored = model.Transform(data);
        var assembly = typeof(IDataView).Assembly.GetType("Microsoft.ML.Data.IDataTransform")?.Assembly ?? typeof(MLContext).Assembly;
        var contract = assembly.GetType("Microsoft.ML.Data.IDataTransform", throwOnError: true)!;
        Assert.IsTrue(contract.IsInstanceOfType(scored));
        Assert.AreSame(data, contract.GetProperty("Source")!.GetValue(scored));
        var move = assembly.GetType("Microsoft.ML.Data.ApplyTransformUtils", throwOnError: true)!.GetMethod("ApplyTransformToData", BindingFlags.Public | BindingFlags.Static)!;
        var moved = (IDataView)move.Invoke(null, [_context, scored, other])!;
        Assertions.AreClose(Blobs.Scores(_context, model.Transform(other)), Blobs.Scores(_context, moved), 1e-6);
    }

    private static FlipRegTrainer<FerOptions> Trainer(string features = "Features") =>
        _context.MulticlassClassification.Trainers.Fer(new FerOptions { Epochs = 2, Network = NetworkSpec.Mlp([4]), Seed = 1, FeatureColumnName = features });

    private static byte[] Convert(ITransformer model, IDataView data, int opset = 12)
    {
        using var stream = new MemoryStream();
        _context.Model.ConvertToOnnx(model, data, opset, stream);
        return stream.ToArray();
    }

    private static NamedOnnxValue[] Inputs(BlobRow[] rows) =>
    [
        OnnxScores.Column("Id", rows.Select(r => r.Id)),
        OnnxScores.Column("Label", rows.Select(r => r.Label)),
        OnnxScores.Column("Weight", rows.Select(r => r.Weight)),
        OnnxScores.Rows("Features", [.. rows.Select(r => r.Features)]),
    ];
}
