using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>Rows set aside from the training data: they are only scored, and the others train as if alone.</summary>
[TestClass]
public sealed class ValidationFractionTests
{
    public static IEnumerable<object[]> Trainers => TrainerUnderTest.Rows;

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Rows_set_aside_might_as_well_be_validation_data(TrainerUnderTest trainer)
    {
        var context = new MLContext();
        var rows = Weighted(60);
        using var model = Fit(trainer, context, rows);
        var events = model.Model.ForgettingEvents!;
        Assert.HasCount(60, events);
        var (kept, apart) = (rows.Where((_, i) => events[i] != -2).ToList(), rows.Where((_, i) => events[i] == -2).ToList());
        CollectionAssert.AreEqual(new[] { 5, 5, 5 }, apart.CountBy(r => r.Label).Select(c => c.Value).ToArray());

        using var expected = trainer.Create(context, trainer.FastOptions(Options(0)), Blobs.Keyed(context, apart)).Fit(Blobs.Keyed(context, kept));
        Assert.AreEqual(Assertions.Fingerprint(expected.Model), Assertions.Fingerprint(model.Model));
        CollectionAssert.AreEqual(expected.Model.ForgettingEvents!.ToArray(), events.Where(count => count != -2).ToArray());
        CollectionAssert.AreEqual(expected.Model.History.Select(r => r.Validation).ToArray(), model.Model.History.Select(r => r.Validation).ToArray());

        var scored = model.Transform(Blobs.Keyed(context, apart));
        var right = scored.GetColumn<uint>("Label").Zip(scored.GetColumn<uint>("PredictedLabel"), (a, b) => a == b).Count(r => r);
        Assert.AreEqual(right / 15.0, model.Model.History[^1].Validation!.Accuracy, 1e-12);
    }

    [TestMethod]
    public void Same_seed_same_rows_other_seed_other_rows()
    {
        Assert.AreEqual(SetAside(7), SetAside(7));
        Assert.AreNotEqual(SetAside(7), SetAside(8));

        static string SetAside(int seed)
        {
            var trainer = TrainerUnderTest.Named("CrossEntropy");
            using var model = Fit(trainer, new MLContext(), Weighted(60), o => (o.Seed, o.Epochs) = (seed, 1));
            return string.Join(",", model.Model.ForgettingEvents!.Select((count, row) => (count, row)).Where(p => p.count == -2).Select(p => p.row));
        }
    }

    [TestMethod]
    public void The_defaults_follow_from_the_rows_that_train()
    {
        using var model = TrainerUnderTest.Named("CrossEntropy").Fit(new MLContext(), Weighted(1000), o => (o.ValidationFraction, o.Epochs, o.WeightDecay) = (0.4, 1, null));
        StringAssert.Contains(model.Model.OptionsJson, "\"weightDecay\":0.002,", "1.5 / 600 rows, at most 0.002; 0.0015 for 1,000.");
        StringAssert.Contains(model.Model.OptionsJson, "\"validationFraction\":0.4");
        Assert.AreEqual(400, model.Model.History[0].Validation!.Rows);
    }

    [TestMethod]
    public void One_warning_for_classes_of_one_row()
    {
        var context = new MLContext();
        var warnings = Log.Warnings(context);
        var rows = Blobs.Rows(30).Where(r => r.Label != "blue" || r.Id == 2);
        using var model = TrainerUnderTest.Named("CrossEntropy").Fit(context, rows, o => o.ValidationFraction = 0.3);
        CollectionAssert.AreEqual(new[] { "ValidationFraction sets no row of 1 classes aside, which have one row each: 'blue'. Validation does not tell how these do." }, warnings);
        Assert.AreEqual(6, model.Model.History[0].Validation!.Rows);
    }

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Bad_fractions(TrainerUnderTest trainer)
    {
        Fails(c => trainer.Fit(c, Blobs.Rows(9), o => o.ValidationFraction = 0.9),
            "ValidationFraction must leave a training row to every class. Got 0.9, which leaves none of the 3 rows of class 'red'.");
        Fails(c => trainer.Fit(c, Blobs.Rows(9), o => o.ValidationFraction = 0.01), "ValidationFraction must set at least one row aside. Got 0.01 of 9 rows");

        static void Fails(Action<MLContext> act, string part) => Assertions.Throws<InvalidOperationException>(() => act(new MLContext()), part);
    }

    [TestMethod]
    public void Bad_options()
    {
        var context = new MLContext();
        const string Both = "ValidationFraction must be 0 where validation data are given. Got 0.5. Leave one of the two out.";
        Assertions.Throws<ArgumentOutOfRangeException>(() => context.MulticlassClassification.Trainers.Ols(new OlsOptions { ValidationFraction = 1 }), "ValidationFraction must be at least 0 and below 1. Got 1.");
        Assertions.Throws<ArgumentOutOfRangeException>(() => context.MulticlassClassification.Trainers.Fer(new FerOptions { ValidationFraction = 0.5 }, Blobs.Keyed(context)), Both);
        var trainer = context.MulticlassClassification.Trainers.Fer(new FerOptions { ValidationFraction = 0.5 });
        Assertions.Throws<ArgumentOutOfRangeException>(() => trainer.Fit(Blobs.Keyed(context), Blobs.Keyed(context)), Both);
    }

    [TestMethod]
    public void Errors_count_the_rows_that_were_given()
    {
        var rows = Weighted(60);
        rows[41].Features[2] = float.PositiveInfinity;
        Assertions.Throws<InvalidOperationException>(() => Fit(TrainerUnderTest.Named("Fer"), new MLContext(), rows), "in row 41, slot 2");
    }

    private static FlipRegPredictionTransformer Fit(TrainerUnderTest trainer, MLContext context, IEnumerable<BlobRow> rows, Action<TrainingOptions>? change = null) =>
        trainer.Fit(context, rows, Options(0.25) + change);

    private static Action<TrainingOptions> Options(double fraction) =>
        o => (o.ValidationFraction, o.CountForgetting, o.ExampleWeightColumnName, o.ClassWeights) = (fraction, true, "Weight", ClassWeights.Balanced);

    private static BlobRow[] Weighted(int count)
    {
        var rows = Blobs.Rows(count);
        foreach (var row in rows)
            row.Weight = 1 + (row.Id % 4);
        return rows;
    }
}
