using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.FlipReg.Tests;

/// <summary>ML.NET's permutation feature importance on our transformer, in all its overloads, on rows of which one slot decides.</summary>
[TestClass]
public sealed class PermutationImportanceTests
{
    private static readonly string[] _slots = ["Noise", "Decides", "Constant"];
    private static readonly MLContext _context = new(1);
    private static IDataView _data = null!;
    private static TransformerChain<FlipRegPredictionTransformer> _chain = null!;

    [ClassInitialize]
    public static void Train(TestContext _)
    {
        var random = new Random(1);
        _data = _context.Data.LoadFromEnumerable(Enumerable.Range(0, 300).Select(i => new Row
        {
            Noise = random.NextSingle() - 0.5f,
            Decides = (i % 3) - 1 + ((random.NextSingle() - 0.5f) * 0.4f),
            Constant = 1,
            Kind = ((string[])["low", "middle", "high"])[i % 3],
        }).ToArray());
        var pipeline = _context.Transforms.Conversion.MapValueToKey("Label", nameof(Row.Kind))
            .Append(_context.Transforms.Concatenate("Features", _slots))
            .Append(_context.MulticlassClassification.Trainers.Fer(new FerOptions { Network = NetworkSpec.Mlp([16]), Epochs = 30, LearningRate = 0.1, BatchSize = 16, Seed = 1 }));
        _chain = pipeline.Fit(_data);
    }

    [ClassCleanup]
    public static void Free() => _chain.Dispose();

    [TestMethod]
    public void Of_a_whole_chain_by_slot_name() =>
        CheckByName(_context.MulticlassClassification.PermutationFeatureImportance(_chain, _chain.Transform(_data), permutationCount: 3));

    [TestMethod]
    public void Of_the_classifier_alone() =>
        CheckByName(_context.MulticlassClassification.PermutationFeatureImportance((ITransformer)_chain.LastTransformer, _chain.Transform(_data), permutationCount: 3));

    [TestMethod]
    public void Of_a_typed_classifier_in_the_order_of_the_slots()
    {
        var importance = _context.MulticlassClassification.PermutationFeatureImportance(_chain.LastTransformer, _chain.Transform(_data), permutationCount: 3);
        Assert.HasCount(_slots.Length, importance);
        Check(slot => importance[Array.IndexOf(_slots, slot)]);
    }

    [TestMethod]
    public void Of_a_loaded_chain()
    {
        using var stream = new MemoryStream();
        _context.Model.Save(_chain, _data.Schema, stream);
        stream.Position = 0;
        var context = new MLContext(1);
        var loaded = context.Model.Load(stream, out _);
        CheckByName(context.MulticlassClassification.PermutationFeatureImportance(loaded, loaded.Transform(_data), permutationCount: 3));
        ((IDisposable)loaded).Dispose();
    }

    private static void CheckByName(IReadOnlyDictionary<string, MulticlassClassificationMetricsStatistics> importance)
    {
        CollectionAssert.AreEquivalent(_slots, importance.Keys.ToArray());
        Check(slot => importance[slot]);
    }

    private static void Check(Func<string, MulticlassClassificationMetricsStatistics> of)
    {
        // A change: below 0 where the accuracy falls once the slot's values are exchanged between the rows.
        Assert.IsLessThan(-0.4, of("Decides").MicroAccuracy.Mean);
        Assert.IsGreaterThan(0.3, of("Decides").LogLoss.Mean);
        Assert.AreEqual(0, of("Noise").MicroAccuracy.Mean, 0.05);
        Assert.AreEqual(0, of("Constant").MicroAccuracy.Mean);
        Assert.AreEqual(0, of("Constant").LogLoss.Mean);
    }

    private sealed class Row
    {
        public float Noise { get; set; }

        public float Decides { get; set; }

        public float Constant { get; set; }

        public string Kind { get; set; } = "";
    }
}
