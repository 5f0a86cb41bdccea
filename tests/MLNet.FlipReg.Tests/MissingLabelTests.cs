using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>Rows without a label are skipped and counted, as ML.NET's own trainers do. Where no row is left, the error says why.</summary>
[TestClass]
public sealed class MissingLabelTests
{
    public static IEnumerable<object[]> Trainers => TrainerUnderTest.Rows;

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void They_might_as_well_be_absent(TrainerUnderTest trainer)
    {
        var context = new MLContext();
        var warnings = Log.Warnings(context);
        using var model = trainer.CreateFast(context, o => o.CountForgetting = true).Fit(Blobs.Keyed(context, Mixed(45, 12)));
        using var expected = trainer.Fit(context, Blobs.Rows(45), o => o.CountForgetting = true);
        Assert.AreEqual(Assertions.Fingerprint(expected.Model), Assertions.Fingerprint(model.Model));
        CollectionAssert.AreEqual(expected.Model.ForgettingEvents!.ToArray(), model.Model.ForgettingEvents!.ToArray());
        CollectionAssert.AreEqual(new[] { "Skipped 12 of 57 rows of the training data, whose label in column 'Label' is missing (no value, or a class that MapValueToKey was not fitted on)." }, warnings);
    }

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void A_class_that_only_validation_has_is_one_of_them(TrainerUnderTest trainer)
    {
        var context = new MLContext();
        var warnings = Log.Warnings(context);
        using var model = trainer.Create(context, trainer.FastOptions(), Blobs.Keyed(context, Mixed(20, 5))).Fit(Blobs.Keyed(context, Mixed(45, 12)));
        Assert.HasCount(2, warnings);
        StringAssert.StartsWith(warnings[0], "Skipped 12 of 57 rows of the training data, whose label");
        StringAssert.StartsWith(warnings[1], "Skipped 5 of 25 rows of the validation data, whose label");
        Assert.AreEqual(20, model.Model.History[^1].Validation!.Rows);
        Assertions.Throws<InvalidOperationException>(() => trainer.Create(context, trainer.FastOptions(), Blobs.Keyed(context, Mixed(0, 5))).Fit(Blobs.Keyed(context)),
            "Column 'Label' must hold a class in at least one row. Got a missing label in all 5 rows of the validation data.");
    }

    [TestMethod]
    public void The_stock_trainers_count_the_same_rows()
    {
        var context = new MLContext(1);
        var data = Blobs.Keyed(context, Mixed(45, 12));
        var warnings = Log.Warnings(context);
        context.MulticlassClassification.Trainers.LbfgsMaximumEntropy().Fit(data);
        CollectionAssert.AreEqual(new[] { "Skipped 12 instances with missing features/label/weight during training" }, warnings.Where(w => w.StartsWith("Skipped", StringComparison.Ordinal)).ToArray());
    }

    [TestMethod]
    public void None_missing_no_warning()
    {
        var context = new MLContext();
        var warnings = Log.Warnings(context);
        using var model = TrainerUnderTest.Named("Fer").CreateFast(context).Fit(Blobs.Keyed(context));
        Assert.IsEmpty(warnings);
    }

    [TestMethod]
    public void Rows_of_weight_0_are_not_counted()
    {
        var context = new MLContext();
        var rows = Mixed(45, 12);
        rows.First(r => r.Label == "mauve").Weight = 0;
        var warnings = Log.Warnings(context);
        using var model = TrainerUnderTest.Named("Fer").CreateFast(context, o => o.ExampleWeightColumnName = "Weight").Fit(Blobs.Keyed(context, rows));
        StringAssert.StartsWith(warnings.Single(), "Skipped 11 of 57 rows of the training data");
    }

    [TestMethod]
    public void Messages_count_the_rows_that_were_given()
    {
        var rows = Mixed(45, 12);
        var bad = Array.FindLastIndex(rows, r => r.Label != "mauve");
        rows[bad].Features[1] = float.NaN;
        Fails(c => Blobs.Keyed(c, rows), o => o.Missing = MissingValues.Error, $"Got NaN in row {bad}, slot 1 (both counted from 0) of the training data as given to the trainer, after any filter or shuffle.");
        Fails(c => c.Data.SkipRows(Blobs.Keyed(c, rows), 10), o => o.Missing = MissingValues.Error, $"Got NaN in row {bad - 10}, slot 1 ");
    }

    [TestMethod]
    public void All_missing()
    {
        Fails(c => Blobs.Keyed(c, Mixed(0, 30)), "Column 'Label' must hold a class in at least one row. Got a missing label in all 30 rows of the training data. Check the label's source, and fit MapValueToKey on data that holds the classes.");
        // MapValueToKey finds no value: a key of count 1 without names, as for no rows at all.
        Fails(c => OwnKeys(c, Labelled("", "", "")), "Column 'Label' must hold a class in at least one row. Got a missing label in all 3 rows of the training data.");
        var rows = Mixed(6, 4);
        foreach (var row in rows.Where(r => r.Label != "mauve"))
            row.Weight = 0;
        Fails(c => Blobs.Keyed(c, rows), o => o.ExampleWeightColumnName = "Weight", "Got a missing label in all 4 rows with a weight above 0 of the training data.");
    }

    [TestMethod]
    public void No_rows_through_a_key_made_of_them()
    {
        Fails(c => OwnKeys(c, []), "The training data must hold at least one row. Got none. Check the file and the filters before the trainer.");
        var context = new MLContext();
        var trainer = TrainerUnderTest.Named("Fer");
        Assertions.Throws<InvalidOperationException>(() => trainer.Create(context, trainer.FastOptions(), Blobs.Keyed(context)).Fit(OwnKeys(context, [])), "The training data must hold at least one row. Got none.");
        Assertions.Throws<ArgumentOutOfRangeException>(() => trainer.Create(context, trainer.FastOptions(), OwnKeys(context, [])).Fit(Blobs.Keyed(context)),
            "must have the classes of training ('red', 'green', 'blue'). Got 1 without names, as MapValueToKey gives for data without rows or labels.");
        Assertions.Throws<InvalidOperationException>(() => context.Transforms.Conversion.MapValueToKey("Label").Append(trainer.CreateFast(context)).Fit(context.Data.LoadFromEnumerable(Array.Empty<BlobRow>())),
            "The training data must hold at least one row. Got none.");
    }

    [TestMethod]
    public void One_class_left()
    {
        Fails(c => OwnKeys(c, Labelled("one", "one")), "Column 'Label' must hold at least two classes. Got only 'one' in all 2 rows of the training data. Check the label and how the data was split.");
        Fails(c => OwnKeys(c, Labelled("one", "", "one")), "Column 'Label' must hold at least two classes. Got only 'one' in all 2 rows of the training data that have a label.");
        Fails(c => c.Data.LoadFromEnumerable(new[] { new KeyRow(), new KeyRow() }), "Got only 'key 1' in all 2 rows of the training data.");
    }

    /// <summary>Rows of the three classes with others among them, whose class the key map does not know and whose features are no numbers.</summary>
    private static BlobRow[] Mixed(int labelled, int others)
    {
        var rows = Blobs.Rows(labelled).ToList();
        for (var i = 0; i < others; i++)
            rows.Insert(rows.Count * i / Math.Max(others, 1), new BlobRow { Label = "mauve", Features = [float.NaN, 0, 0, 0] });
        return [.. rows];
    }

    private static BlobRow[] Labelled(params string[] labels) => [.. labels.Select(label => new BlobRow { Label = label, Features = new float[4] })];

    private static IDataView OwnKeys(MLContext context, BlobRow[] rows)
    {
        var view = context.Data.LoadFromEnumerable(rows);
        return context.Transforms.Conversion.MapValueToKey("Label").Fit(view).Transform(view);
    }

    private static void Fails(Func<MLContext, IDataView> data, string part) => Fails(data, null, part);

    private static void Fails(Func<MLContext, IDataView> data, Action<TrainingOptions>? change, string part)
    {
        foreach (var trainer in TrainerUnderTest.All)
        {
            var context = new MLContext();
            Assertions.Throws<InvalidOperationException>(() => trainer.CreateFast(context, change).Fit(data(context)), part);
        }
    }

    private sealed class KeyRow
    {
        // The first key: ML.NET counts from 0 here.
        [KeyType(1)]
        public uint Label { get; set; }

        [VectorType(4)]
        public float[] Features { get; set; } = new float[4];
    }
}
