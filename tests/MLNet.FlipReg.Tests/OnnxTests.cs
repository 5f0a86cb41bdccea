using System.Reflection;
using FlipReg;
using Microsoft.ML;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>Export as ONNX is not there yet; until then ConvertToOnnx must say so, wherever the classifier stands in a chain.</summary>
[TestClass]
public sealed class OnnxTests
{
    private static readonly MLContext _context = new(1);
    private static readonly IDataView _rows = _context.Data.LoadFromEnumerable(Blobs.Rows(60));
    private static readonly string[] _message =
    [
        "A chain that is converted to ONNX must hold only transformers that can be exported. Got FlipRegPredictionTransformer (FER), whose export is not there yet.",
        "Convert the transformers before it alone, or take the whole chain along with Model.Save and Model.Load.",
    ];

    public static IEnumerable<object[]> Chains() =>
    [
        ["alone", (Func<IEstimator<ITransformer>>)(() => Trainer())],
        ["first", () => Trainer().Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel"))],
        ["in the middle", () => _context.Transforms.NormalizeMinMax("Features").Append(Trainer()).Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel"))],
        ["last", () => _context.Transforms.NormalizeMinMax("Features").Append(Trainer())],
        ["in a chain of chains", () => _context.Transforms.NormalizeMinMax("Features").Append(Trainer().Append(_context.Transforms.CopyColumns("Copy", "Score"))).Append(_context.Transforms.CopyColumns("Again", "Copy"))],
    ];

    [TestMethod]
    [DynamicData(nameof(Chains))]
    public void A_chain_with_the_classifier_is_not_converted(string where, Func<IEstimator<ITransformer>> chain)
    {
        var data = Blobs.Keyed(_context, Blobs.Rows(60));
        var model = chain().Fit(data);
        using var saved = new MemoryStream();
        _context.Model.Save(model, data.Schema, saved);
        saved.Position = 0;
        var loaded = new MLContext().Model.Load(saved, out _);
        foreach (var transformer in new[] { model, loaded })
        {
            using var stream = new MemoryStream();
            Assertions.Throws<InvalidOperationException>(() => _context.Model.ConvertToOnnx(transformer, data, stream), _message);
            Assertions.Throws<InvalidOperationException>(() => _context.Model.ConvertToOnnx(transformer, data, 12, stream), _message);
            // A stock transformer that cannot be exported is passed over here, with all before it, and the graph comes out wrong.
            Assertions.Throws<InvalidOperationException>(() => _context.Model.ConvertToOnnx(transformer, data, stream, "Features"), _message);
            Assert.AreEqual(0, stream.Length, where);
            (transformer as IDisposable)?.Dispose();
        }
    }

    [TestMethod]
    public void A_stock_transformer_that_cannot_be_exported_throws_the_same_exception()
    {
        var model = _context.Transforms.Expression("Twice", "x : 2 * x", "Features").Fit(_rows);
        using var stream = new MemoryStream();
        Assert.ThrowsExactly<InvalidOperationException>(() => _context.Model.ConvertToOnnx(model, _rows, stream));
    }

    [TestMethod]
    public void What_the_message_advises_works()
    {
        var before = _context.Transforms.NormalizeMinMax("Features").Fit(_rows);
        using var stream = new MemoryStream();
        _context.Model.ConvertToOnnx(before, _rows, stream);
        Assert.IsGreaterThan(0, stream.Length);
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

    private static FlipRegTrainer<FerOptions> Trainer() =>
        _context.MulticlassClassification.Trainers.Fer(new FerOptions { Epochs = 2, Network = NetworkSpec.Mlp([4]), Seed = 1 });
}
