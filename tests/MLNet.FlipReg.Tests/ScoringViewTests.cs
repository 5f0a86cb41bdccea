using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>The scored view as a data view: what it reads, keeps and gives out.</summary>
[TestClass]
public sealed class ScoringViewTests
{
    private static readonly MLContext _context = new(1);
    private static FlipRegPredictionTransformer _model = null!;

    [ClassInitialize]
    public static void Train(TestContext _) => _model = TrainerUnderTest.Named("Fer").Fit(_context);

    [ClassCleanup]
    public static void Free() => _model.Dispose();

    [TestMethod]
    public void Every_active_column_row_id_and_batch_belong_to_the_row()
    {
        var rows = Blobs.Rows(1000, seed: 4);
        var source = new LyingView(Blobs.Keyed(_context, rows));
        var scored = _model.Transform(source);
        using var expected = source.GetRowCursor(source.Schema);
        using var cursor = scored.GetRowCursor(scored.Schema);
        var expectedId = expected.GetIdGetter();
        var id = cursor.GetIdGetter();
        var features = cursor.GetGetter<VBuffer<float>>(scored.Schema["Features"]);
        var number = cursor.GetGetter<int>(scored.Schema["Id"]);
        var label = cursor.GetGetter<uint>(scored.Schema["Label"]);
        var predicted = cursor.GetGetter<uint>(scored.Schema["PredictedLabel"]);
        var score = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
        var single = new RowByRow(_model, rows);
        for (var i = 0; i < rows.Length; i++)
        {
            Assert.IsTrue(expected.MoveNext());
            Assert.IsTrue(cursor.MoveNext());
            Assert.AreEqual(expected.Position, cursor.Position);
            Assert.AreEqual(expected.Batch, cursor.Batch);
            DataViewRowId a = default, b = default;
            expectedId(ref a);
            id(ref b);
            Assert.AreEqual(a, b);
            Assert.AreEqual(i, number.Read());
            Assert.AreEqual((uint)(i % 3) + 1, label.Read());
            CollectionAssert.AreEqual(rows[i].Features, features.Read().DenseValues().ToArray());
            var scores = score.Read().DenseValues().ToArray();
            Assert.AreEqual(Array.IndexOf(scores, scores.Max()) + 1, (int)predicted.Read());
            if (i % 97 == 0)
                Assertions.AreClose([single.Score(i)], [scores], 1e-6);
        }

        Assert.IsFalse(cursor.MoveNext());
        Assert.IsFalse(cursor.MoveNext());
        Assert.AreEqual(-1, cursor.Position);
    }

    [TestMethod]
    public void A_value_that_was_given_out_is_the_callers_own()
    {
        var rows = Blobs.Rows(40, seed: 4);
        var scored = _model.Transform(_context.Data.LoadFromEnumerable(rows));
        using var cursor = scored.GetRowCursor(scored.Schema);
        var features = cursor.GetGetter<VBuffer<float>>(scored.Schema["Features"]);
        var score = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
        var kept = new List<(VBuffer<float> Features, VBuffer<float> Score)>();
        while (cursor.MoveNext())
        {
            var spoiled = features.Read();
            VBufferEditor.Create(ref spoiled, spoiled.Length).Values.Fill(-1);
            var spoiledScore = score.Read();
            VBufferEditor.Create(ref spoiledScore, spoiledScore.Length).Values.Fill(-1);
            kept.Add((features.Read(), score.Read()));
        }

        CollectionAssert.AreEqual(rows.SelectMany(r => r.Features).ToArray(), kept.SelectMany(k => k.Features.DenseValues()).ToArray());
        Assertions.AreSame(Blobs.Scores(_context, scored), [.. kept.Select(k => k.Score.DenseValues().ToArray())]);
    }

    [TestMethod]
    public void Only_what_is_asked_for_is_read_from_the_source()
    {
        var source = new LyingView(Blobs.Keyed(_context, 50));
        var scored = _model.Transform(source);
        Asks(["Score"], ["Features"]);
        Asks(["PredictedLabel", "Id"], ["Features", "Id"]);
        Asks(["Features", "Label"], ["Features", "Label"]);
        Asks(["Id"], ["Id"]);
        Asks([], []);

        void Asks(string[] wanted, string[] expected)
        {
            using var cursor = scored.GetRowCursor(scored.Schema.Where(c => wanted.Contains(c.Name) && !c.IsHidden));
            CollectionAssert.AreEquivalent(expected, source.AskedFor.ToArray());
            foreach (var column in scored.Schema.Where(c => !c.IsHidden))
                Assert.AreEqual(wanted.Contains(column.Name), cursor.IsColumnActive(column), column.Name);
        }
    }

    [TestMethod]
    public void Without_a_score_nothing_is_read_ahead()
    {
        var source = new LyingView(Blobs.Keyed(_context, 500));
        var scored = _model.Transform(source);
        using var cursor = scored.GetRowCursor([scored.Schema["Id"]]);
        Assert.AreSame(scored.Schema, cursor.Schema);
        for (var i = 0; i < 3; i++)
            Assert.IsTrue(cursor.MoveNext());
        Assert.AreEqual(3, source.RowsRead);
        Assert.AreEqual(2, cursor.GetGetter<int>(scored.Schema["Id"]).Read());
        Assert.AreEqual(2, cursor.Position);
        Assert.AreEqual(1000, cursor.Batch);
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]));
    }

    [TestMethod]
    public void A_look_at_a_few_rows_is_cheap()
    {
        var source = new LyingView(Blobs.Keyed(_context, 5000));
        var scored = _model.Transform(source);
        Assert.AreEqual(0, source.RowsRead, "Transform reads nothing.");
        using (var cursor = scored.GetRowCursor(scored.Schema))
            Assert.IsTrue(cursor.MoveNext());
        Assert.IsLessThanOrEqualTo(16, source.RowsRead);
        Assert.AreEqual(0, source.OpenCursors, "A disposed cursor disposes its source's.");
        Assert.AreEqual(5000, scored.GetRowCount());
    }

    [TestMethod]
    public void Wide_rows_are_read_ahead_in_small_numbers()
    {
        var wide = new LyingView(_context.Data.LoadFromEnumerable(Enumerable.Repeat(new WideRow { Features = [1, 2, 3, 4], Pixels = new float[150_528], Words = ["a"] }, 2000)));
        var scored = _model.Transform(wide);
        using var cursor = scored.GetRowCursor(scored.Schema.Where(c => c.Name is "Score" or "Pixels"));
        for (var i = 0; i < 1000; i++)
            Assert.IsTrue(cursor.MoveNext());
        Assert.IsLessThan(1010, wide.RowsRead);
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(16)]
    [DataRow(100)]
    public void A_failing_source_fails_at_its_row(int row)
    {
        var failure = new IOException("disk gone");
        var scored = _model.Transform(new LyingView(Blobs.Keyed(_context, 500), row, failure: failure));
        using var cursor = scored.GetRowCursor(scored.Schema);
        var id = cursor.GetGetter<int>(scored.Schema["Id"]);
        for (var i = 0; i < row; i++)
        {
            Assert.IsTrue(cursor.MoveNext());
            Assert.AreEqual(i, id.Read());
        }

        Assert.AreSame(failure, Assert.ThrowsExactly<IOException>(() => cursor.MoveNext()));
        Assert.AreSame(failure, Assert.ThrowsExactly<IOException>(() => cursor.MoveNext()));
    }

    [TestMethod]
    public void Getters_name_what_is_wrong()
    {
        var scored = _model.Transform(Blobs.Keyed(_context, 5));
        var cursor = scored.GetRowCursor(scored.Schema.Where(c => c.Name is "Score" or "Id"));
        Assertions.Throws<InvalidOperationException>(() => cursor.GetGetter<float>(scored.Schema["Score"]), "Column 'Score' must be read as", "Got a getter of System.Single.");
        Assertions.Throws<InvalidOperationException>(() => cursor.GetGetter<uint>(scored.Schema["PredictedLabel"]), "Column 'PredictedLabel' must be among the columns the cursor was made for.");
        var id = cursor.GetGetter<int>(scored.Schema["Id"]);
        Assertions.Throws<InvalidOperationException>(() => id.Read(), "Values can be read only while the cursor is on a row");
        while (cursor.MoveNext())
            _ = id.Read();
        Assert.ThrowsExactly<InvalidOperationException>(() => id.Read());
        cursor.Dispose();
        cursor.Dispose();
        Assert.ThrowsExactly<InvalidOperationException>(() => id.Read());
        Assert.ThrowsExactly<ArgumentException>(() => scored.GetRowCursor([_model.Transform(_model.Transform(Blobs.Keyed(_context, 5))).Schema.Last()]));
    }

    [TestMethod]
    public void A_cursor_set_covers_every_row_once()
    {
        var scored = _model.Transform(Blobs.Keyed(_context, 321));
        var cursors = scored.GetRowCursorSet(scored.Schema, 8);
        Assert.HasCount(1, cursors);
        var count = 0;
        while (cursors[0].MoveNext())
            count++;
        Assert.AreEqual(321, count);
        cursors[0].Dispose();
    }

    [TestMethod]
    public void Several_threads_may_score_at_once()
    {
        var rows = Blobs.Rows(500, seed: 4);
        var expected = Blobs.Scores(_context, _model.Transform(_context.Data.LoadFromEnumerable(rows)));
        Parallel.For(0, 6, new ParallelOptions { MaxDegreeOfParallelism = 6 }, _ =>
            Assertions.AreClose(expected, Blobs.Scores(_context, _model.Transform(_context.Data.LoadFromEnumerable(rows))), 1e-6));
    }

    [TestMethod]
    public void Not_a_number_in_scores_not_a_number_out()
    {
        var rows = Blobs.Rows(3);
        rows[1].Features[0] = float.NaN;
        using var model = TrainerUnderTest.Named("Fer").Fit(_context, o => o.Missing = MissingValues.Error);
        var scored = model.Transform(_context.Data.LoadFromEnumerable(rows));
        var scores = Blobs.Scores(_context, scored);
        Assert.IsTrue(scores[1].All(float.IsNaN));
        Assert.IsTrue(scores[0].Concat(scores[2]).All(float.IsFinite));
        Assert.AreEqual(0u, scored.GetColumn<uint>("PredictedLabel").ElementAt(1), "0 is the missing key, as with ML.NET's own trainers.");
    }

    [TestMethod]
    public void Sparse_features_score_like_dense_ones()
    {
        var rows = Enumerable.Range(0, 40).Select(i => new BlobRow { Features = [0, i, 0, 0] }).ToArray();
        var sparse = rows.Select(r => new SparseRow { Features = new VBuffer<float>(4, 1, [r.Features[1]], [1]) });
        Assertions.AreSame(Blobs.Scores(_context, _model.Transform(_context.Data.LoadFromEnumerable(rows))),
            Blobs.Scores(_context, _model.Transform(_context.Data.LoadFromEnumerable(sparse))));
    }

    [TestMethod]
    public void Memory_does_not_grow_with_the_rows()
    {
        long Peak(int count)
        {
            var row = Blobs.Rows(1)[0];
            var scored = _model.Transform(_context.Data.LoadFromEnumerable(Enumerable.Repeat(row, count)));
            using var cursor = scored.GetRowCursor([scored.Schema["Score"]]);
            var score = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
            VBuffer<float> value = default;
            var before = GC.GetAllocatedBytesForCurrentThread();
            while (cursor.MoveNext())
                score(ref value);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Peak(1000);
        // What a batch of 256 rows needs for the handles of its tensors (the real TorchSharp some 5 kB) goes at once; none is kept per row.
        Assert.IsLessThan(40.0, (Peak(60_000) - Peak(10_000)) / 50_000.0, "bytes allocated per further row");
    }

    private sealed class RowByRow(FlipRegPredictionTransformer model, BlobRow[] rows)
    {
        public float[] Score(int row) => Blobs.Scores(_context, model.Transform(_context.Data.LoadFromEnumerable([rows[row]])))[0];
    }

    private sealed class WideRow
    {
        [VectorType(4)]
        public float[] Features { get; set; } = [];

        [VectorType(150_528)]
        public float[] Pixels { get; set; } = [];

        public string[] Words { get; set; } = [];
    }

    private sealed class SparseRow
    {
        [VectorType(4)]
        public VBuffer<float> Features { get; set; }
    }
}
