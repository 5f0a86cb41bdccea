using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>The explained view as a data view: its columns, what it reads, what it refuses.</summary>
[TestClass]
public sealed class ExplainViewTests : IDisposable
{
    private static readonly string[] _added = ["ExplainedClass", "ScoreDifference", "FeatureContributions", "ContributionError"];
    private static readonly MLContext _context = new(1);

    private readonly FlipRegPredictionTransformer _model = TrainerUnderTest.Named("Fer").Fit(_context);

    public void Dispose() => _model.Dispose();

    [TestMethod]
    public void Columns_stand_behind_the_datas_own()
    {
        var scored = _model.Transform(Blobs.Keyed(_context));
        var schema = _model.Explain(scored).Schema;
        CollectionAssert.AreEqual(scored.Schema.Select(c => c.Name).Concat(_added).ToArray(), schema.Select(c => c.Name).ToArray());
        Assert.AreEqual(3uL, ((KeyDataViewType)schema["ExplainedClass"].Type).Count);
        Assert.AreEqual(4, ((VectorDataViewType)schema["FeatureContributions"].Type).Size);
        Assert.IsFalse(schema["FeatureContributions"].HasSlotNames(), "The features have none.");
        Assert.AreEqual("the centre of the training data", Baseline(schema));
        using var plain = TrainerUnderTest.Named("Fer").Fit(_context, o => o.InputEncoding = InputEncoding.None);
        Assert.AreEqual("zeros", Baseline(plain.Explain(scored).Schema));
        Assert.AreEqual("the given row", Baseline(_model.Explain(scored, new ExplainOptions { Baseline = new float[4] }).Schema));
    }

    [TestMethod]
    public void The_explained_class_turns_back_into_its_name()
    {
        var data = Blobs.Keyed(_context);
        CollectionAssert.AreEqual(Names(_model.Transform(data), "PredictedLabel"), Names(_model.Explain(data), "ExplainedClass"));
        Assert.IsTrue(Names(_model.Explain(data, new ExplainOptions { Class = "blue" }), "ExplainedClass").All(name => name == "blue"));
    }

    [TestMethod]
    public void Of_a_chain_with_slot_names_saved_as_text()
    {
        var rows = Blobs.Rows(40).Select(r => new Named { Id = r.Id, Kind = r.Label, Width = r.Features[0], Height = r.Features[1], Shop = r.Id % 2 == 0 ? "Lyon, centre" : "Oslo" });
        var data = _context.Data.LoadFromEnumerable(rows);
        var pipeline = _context.Transforms.Conversion.MapValueToKey("Label", nameof(Named.Kind))
            .Append(_context.Transforms.Categorical.OneHotEncoding("Shop"))
            .Append(_context.Transforms.Concatenate("Features", nameof(Named.Width), nameof(Named.Height), "Shop"))
            .Append(TrainerUnderTest.Named("CrossEntropy").CreateFast(_context));
        using var chain = pipeline.Fit(data);
        using var stream = new MemoryStream();
        _context.Model.Save(chain, data.Schema, stream);
        stream.Position = 0;
        var loaded = (TransformerChain<ITransformer>)_context.Model.Load(stream, out _);
        var classifier = (FlipRegPredictionTransformer)loaded.LastTransformer;
        var explained = classifier.Explain(loaded.Transform(data));
        string[] expected = ["Width", "Height", "Shop.Lyon, centre", "Shop.Oslo"];
        VBuffer<ReadOnlyMemory<char>> names = default;
        explained.Schema["FeatureContributions"].GetSlotNames(ref names);
        CollectionAssert.AreEqual(expected, names.DenseValues().Select(n => n.ToString()).ToArray());

        var columns = _context.Transforms.SelectColumns("Id", "ExplainedClass", "ScoreDifference", "FeatureContributions");
        using var text = new MemoryStream();
        _context.Data.SaveAsText(columns.Fit(explained).Transform(explained), text, separatorChar: ',', schema: false, forceDense: true);
        var lines = System.Text.Encoding.UTF8.GetString(text.ToArray()).TrimStart('\uFEFF').Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Assert.AreEqual("Id,ExplainedClass,ScoreDifference,Width,Height,\"Shop.Lyon, centre\",Shop.Oslo", lines[0]);
        Assert.HasCount(41, lines);
        var first = Contributions(explained)[0];
        CollectionAssert.AreEqual(first, lines[1].Split(',')[3..].Select(v => float.Parse(v, System.Globalization.CultureInfo.InvariantCulture)).ToArray());
        loaded.Dispose();
    }

    [TestMethod]
    public void Every_column_row_id_and_batch_belong_to_the_row()
    {
        var rows = Blobs.Rows(300, seed: 4);
        var source = new LyingView(Blobs.Keyed(_context, rows));
        var explained = _model.Explain(source);
        Assert.AreEqual(0, source.RowsRead, "Explain reads nothing.");
        var contributions = Contributions(_model.Explain(_context.Data.LoadFromEnumerable(rows)));
        using var expected = source.GetRowCursor(source.Schema);
        using var cursor = explained.GetRowCursor(explained.Schema);
        var (id, expectedId) = (cursor.GetIdGetter(), expected.GetIdGetter());
        var number = cursor.GetGetter<int>(explained.Schema["Id"]);
        var values = cursor.GetGetter<VBuffer<float>>(explained.Schema["FeatureContributions"]);
        for (var i = 0; i < rows.Length; i++)
        {
            Assert.IsTrue(expected.MoveNext() && cursor.MoveNext());
            Assert.AreEqual(expected.Position, cursor.Position);
            Assert.AreEqual(expected.Batch, cursor.Batch);
            Assert.AreEqual(expectedId.Read(), id.Read());
            Assert.AreEqual(i, number.Read());
            CollectionAssert.AreEqual(contributions[i], values.Read().DenseValues().ToArray());
            if (i == 0)
                Assert.IsLessThanOrEqualTo(17, source.RowsRead, "The first batch is small.");
        }

        Assert.IsFalse(cursor.MoveNext());
    }

    [TestMethod]
    public void Only_what_is_asked_for_is_read_from_the_source()
    {
        var source = new LyingView(Blobs.Keyed(_context, 50));
        var explained = _model.Explain(source);
        using (explained.GetRowCursor([explained.Schema["ContributionError"], explained.Schema["Id"]]))
            CollectionAssert.AreEquivalent(new[] { "Features", "Id" }, source.AskedFor.ToArray());
        using (explained.GetRowCursor([explained.Schema["Id"]]))
            CollectionAssert.AreEqual(new[] { "Id" }, source.AskedFor.ToArray());
        Assert.AreEqual(0, source.OpenCursors);
        Assert.AreEqual(50, explained.GetRowCount());
    }

    [TestMethod]
    public void Memory_does_not_grow_with_the_rows()
    {
        long Allocated(int count)
        {
            var explained = _model.Explain(_context.Data.LoadFromEnumerable(Enumerable.Repeat(Blobs.Rows(1)[0], count)));
            using var cursor = explained.GetRowCursor([explained.Schema["FeatureContributions"]]);
            var getter = cursor.GetGetter<VBuffer<float>>(explained.Schema["FeatureContributions"]);
            VBuffer<float> value = default;
            while (cursor.MoveNext())
                getter(ref value);
            return GC.GetTotalMemory(forceFullCollection: true);
        }

        Allocated(2000);
        var before = Allocated(2000);
        Assert.IsLessThan(1 << 20, Allocated(12_000) - before, "bytes kept");
    }

    [TestMethod]
    public void Threads_explain_side_by_side_and_a_disposed_model_does_not()
    {
        using var model = TrainerUnderTest.Named("Ols").Fit(_context);
        var data = _context.Data.LoadFromEnumerable(Blobs.Rows(200));
        var expected = Contributions(model.Explain(data));
        Parallel.For(0, 4, _ => Assertions.AreClose(expected, Contributions(model.Explain(data)), 1e-5));
        var explained = model.Explain(data);
        model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => model.Explain(data));
        Assert.ThrowsExactly<ObjectDisposedException>(() => explained.GetRowCursor(explained.Schema));
    }

    [TestMethod]
    public void Bad_data_and_options()
    {
        Assert.ThrowsExactly<ArgumentNullException>(() => _model.Explain(null!));
        Assertions.Throws<ArgumentOutOfRangeException>(() => _model.Explain(_context.Data.LoadFromEnumerable([new Named()])), "The feature column 'Features' must be among the data's columns.", "'Width'");
        var data = Blobs.Keyed(_context, 5);
        Bad(new() { Class = "pink" }, "Class must be one of the model's classes: 'red', 'green', 'blue'. Got 'pink'. Leave it out to explain each row's predicted class.");
        Bad(new() { Baseline = [1, 2] }, "Baseline must hold one value for each of the 4 slots of column 'Features'. Got 2.");
        Bad(new() { Baseline = [1, 2, float.PositiveInfinity, 4] }, "Baseline must hold finite numbers. Got Infinity in slot 2.");
        Bad(new() { Tolerance = 0 }, "Tolerance must be at least 0.0001 and at most 0.1. Got 0.");
        Bad(new() { Tolerance = double.NaN }, "Tolerance must be at least 0.0001 and at most 0.1. Got NaN.");

        void Bad(ExplainOptions options, string message) => Assertions.Throws<ArgumentOutOfRangeException>(() => _model.Explain(data, options), message);
    }

    private static float[][] Contributions(IDataView view) => [.. view.GetColumn<float[]>("FeatureContributions")];

    private static string[] Names(IDataView view, string column) =>
        [.. _context.Transforms.Conversion.MapKeyToValue("Name", column).Fit(view).Transform(view).GetColumn<string>("Name")];

    private static string Baseline(DataViewSchema schema)
    {
        ReadOnlyMemory<char> text = default;
        schema["ScoreDifference"].Annotations.GetValue("Baseline", ref text);
        return text.ToString();
    }

    private sealed class Named
    {
        public int Id { get; set; }

        public string Kind { get; set; } = "";

        public float Width { get; set; }

        public float Height { get; set; }

        public string Shop { get; set; } = "";
    }
}
