using Microsoft.ML.Data;

namespace Microsoft.ML.Tests.DataOperations;

/// <summary>What the recordings do not show of the row operations. Holds for the real packages too.</summary>
[TestClass]
public sealed class DataOperationsTests
{
    private const int Count = 40;

    private readonly MLContext _ml = new(1);

    [TestMethod]
    [DataRow(2)]
    [DataRow(7)]
    [DataRow(Count - 1)]
    [DataRow(Count + 1)]
    public void A_shuffle_pool_of_any_size_gives_every_row_once(int poolSize)
    {
        List<Row> rows = Read(_ml.Data.ShuffleRows(View(), seed: 5, poolSize, shuffleSource: false));
        CollectionAssert.AreEqual(Enumerable.Range(0, Count).ToList(), rows.Select(row => row.Id).Order().ToList());
        CollectionAssert.AreNotEqual(Enumerable.Range(0, Count).ToList(), rows.Select(row => row.Id).ToList());
        for (int i = 0; i < Count; i++)
        {
            Assert.IsLessThan(i + poolSize, rows[i].Id, "A row cannot be served before it is in the pool.");
            CollectionAssert.AreEqual(new Row(rows[i].Id).Pair, rows[i].Pair, "The values of a row stay together.");
        }
    }

    [TestMethod]
    public void Row_ids_are_shuffled_with_their_rows()
    {
        using DataViewRowCursor cursor = Shuffled(out DataViewSchema.Column column);
        ValueGetter<int> getter = cursor.GetGetter<int>(column);
        ValueGetter<DataViewRowId> idGetter = cursor.GetIdGetter();
        while (cursor.MoveNext())
        {
            int value = 0;
            DataViewRowId id = default;
            getter(ref value);
            idGetter(ref id);
            Assert.AreEqual((ulong)value, id.Low);
        }
    }

    [TestMethod]
    public void Taking_rows_reads_no_further()
    {
        IDataView endless = _ml.Data.LoadFromEnumerable(Endless());
        IDataView taken = _ml.Data.TakeRows(_ml.Data.SkipRows(endless, 3), 2);
        for (int pass = 0; pass < 2; pass++)
            CollectionAssert.AreEqual(new[] { 3, 4 }, Read(taken).Select(row => row.Id).ToArray());
    }

    [TestMethod]
    public void A_cache_reads_its_source_once()
    {
        int reads = 0;
        IEnumerable<Row> Source()
        {
            reads++;
            yield return new Row(1);
        }

        IDataView cached = _ml.Data.Cache(_ml.Data.LoadFromEnumerable(Source()), nameof(Row.Id), nameof(Row.Name), nameof(Row.Pair));
        Assert.HasCount(1, Read(cached));
        Assert.HasCount(1, Read(cached));
        Assert.AreEqual(1, reads);
    }

    [TestMethod]
    public void Rows_without_a_sampling_key_are_in_no_part()
    {
        var split = _ml.Data.TrainTestSplit(View(), 0.5, nameof(Row.Name), seed: 3);
        List<Row> rows = [.. Read(split.TrainSet), .. Read(split.TestSet)];
        CollectionAssert.AreEqual(
            Enumerable.Range(0, Count).Where(id => new Row(id).Name.Length > 0).ToList(), rows.Select(row => row.Id).Order().ToList());
    }

    [TestMethod]
    public void Folds_are_of_the_rows_place_whatever_columns_are_read()
    {
        var fold = _ml.Data.CrossValidationSplit(View(), 4, seed: 8)[1];
        CollectionAssert.AreEqual(Read(fold.TestSet).Select(row => row.Id).ToList(), fold.TestSet.GetColumn<int>(nameof(Row.Id)).ToList());
        Assert.IsNotEmpty(Read(fold.TestSet));
    }

    [TestMethod]
    public void Pairs_of_classes_are_counted_by_prediction_and_truth()
    {
        IDataView scored = _ml.Data.LoadFromEnumerable(new[] { new Scored(0, 0.1f, 0.9f), new Scored(0, 0.2f, 0.8f), new Scored(1, 0.7f, 0.3f) });
        ConfusionMatrix matrix = _ml.MulticlassClassification.Evaluate(scored).ConfusionMatrix;
        Assert.AreEqual(2, matrix.GetCountForClassPair(predictedClassIndicatorIndex: 1, actualClassIndicatorIndex: 0));
        Assert.AreEqual(1, matrix.GetCountForClassPair(predictedClassIndicatorIndex: 0, actualClassIndicatorIndex: 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => matrix.GetCountForClassPair(2, 0));
    }

    private static IEnumerable<Row> Endless()
    {
        for (int id = 0; ; id++)
            yield return new Row(id);
    }

    private IDataView View() => _ml.Data.LoadFromEnumerable(Endless().Take(Count).ToArray());

    private List<Row> Read(IDataView view) => [.. _ml.Data.CreateEnumerable<Row>(view, reuseRowObject: false)];

    private DataViewRowCursor Shuffled(out DataViewSchema.Column column)
    {
        IDataView view = _ml.Data.ShuffleRows(View(), seed: 2, shufflePoolSize: 3);
        column = view.Schema[nameof(Row.Id)];
        return view.GetRowCursor([column]);
    }

    private sealed class Row(int id)
    {
        public Row()
            : this(0)
        {
        }

        public int Id { get; set; } = id;

        public string Name { get; set; } = id % 3 == 0 ? "" : $"n{id % 5}";

        [VectorType(2)]
        public float[] Pair { get; set; } = [id, -id];
    }

    private sealed class Scored(float label, params float[] score)
    {
        public float Label { get; set; } = label;

        [VectorType(2)]
        public float[] Score { get; set; } = score;

        public float PredictedLabel { get; set; }
    }
}
