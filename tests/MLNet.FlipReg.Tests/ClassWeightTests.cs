using FlipReg;
using Microsoft.ML;
using MLNet.FlipReg.Persistence;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>Class weights as an option, and what heavy weights of a rare class do with default options.</summary>
[TestClass]
public sealed class ClassWeightTests
{
    public TestContext TestContext { get; set; } = null!;

    public static IEnumerable<object[]> Trainers => TrainerUnderTest.Rows;

    /// <summary>Every trainer with its defaults, and FER's second form.</summary>
    public static IEnumerable<object[]> Defaults =>
        [.. TrainerUnderTest.All.Select(t => new object[] { t, false }), [TrainerUnderTest.Named("Fer"), true]];

    [TestMethod]
    [DynamicData(nameof(Defaults))]
    public void A_rare_class_with_example_weights_is_learned(TrainerUnderTest trainer, bool noisyLabels) =>
        CheckMacroAccuracy(trainer, noisyLabels, 50, 0.85, 3, o => o.ExampleWeightColumnName = nameof(RareClassRow.Weight));

    [TestMethod]
    [DynamicData(nameof(Defaults))]
    public void A_rarer_class_with_balanced_weights_is_learned(TrainerUnderTest trainer, bool noisyLabels) =>
        CheckMacroAccuracy(trainer, noisyLabels, 100, 0.80, 3, o => o.ClassWeights = ClassWeights.Balanced);

    [TestMethod]
    [TestCategory("Slow")]
    public void A_rare_class_is_learned_on_ten_of_ten_seeds() => CheckTenSeeds(50, 0.85);

    [TestMethod]
    [TestCategory("Slow")]
    public void A_rarer_class_is_learned_on_ten_of_ten_seeds() => CheckTenSeeds(100, 0.80);

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Class_weights_are_example_weights_by_class(TrainerUnderTest trainer)
    {
        // 32, 16 and 8 rows: balanced weights are 1 : 2 : 4, without rounding.
        BlobRow[] rows = [.. Blobs.Rows(96).Where((row, i) => row.Label switch { "red" => true, "green" => i % 2 == 0, _ => i % 4 == 2 })];
        CollectionAssert.AreEqual(new[] { 32, 16, 8 }, new[] { "red", "green", "blue" }.Select(name => rows.Count(r => r.Label == name)).ToArray());
        foreach (var row in rows)
            row.Weight = row.Label switch { "red" => 1, "green" => 2, _ => 4 };
        var byRow = Fit(trainer, rows, o => o.ExampleWeightColumnName = "Weight");
        Assert.AreEqual(byRow, Fit(trainer, rows, o => o.ClassWeights = ClassWeights.Of(1, 2, 4)));
        Assert.AreEqual(byRow, Fit(trainer, rows, o => o.ClassWeights = ClassWeights.Of(2, 4, 8)), "Only ratios matter.");
        Assert.AreEqual(byRow, Fit(trainer, rows, o => o.ClassWeights = ClassWeights.Balanced));
        Assert.AreEqual(byRow, Fit(trainer, rows, o => (o.ClassWeights, o.ExampleWeightColumnName) = (ClassWeights.Balanced, "Weight")), "Weights that balance leave nothing to do.");
        var plain = Fit(trainer, rows, _ => { });
        Assert.AreNotEqual(byRow, plain);
        Assert.AreEqual(plain, Fit(trainer, rows, o => o.ClassWeights = ClassWeights.Of(3, 3, 3)));
    }

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void A_class_without_training_rows_has_no_part_in_balanced_weights(TrainerUnderTest trainer)
    {
        var rows = Blobs.Rows(60).Where(row => row.Label != "green" && (row.Label != "blue" || row.Id < 30)).ToList();
        foreach (var row in rows)
            row.Weight = row.Label == "red" ? 1 : 2;
        Assert.AreEqual(Fit(trainer, rows, o => o.ExampleWeightColumnName = "Weight"), Fit(trainer, rows, o => o.ClassWeights = ClassWeights.Balanced));
    }

    [TestMethod]
    public void Class_weights_of_another_number_or_for_absent_classes_are_refused()
    {
        var fer = TrainerUnderTest.Named("Fer");
        Assertions.Throws<ArgumentOutOfRangeException>(() => Fit(fer, Blobs.Rows(30), o => o.ClassWeights = ClassWeights.Of(1, 2.5)),
            "ClassWeights must hold one value for each of the 3 classes of column 'Label'. Got 2 (1, 2.5). Give them in the order 'red', 'green', 'blue', or use ClassWeights.Balanced.");
        Assertions.Throws<InvalidOperationException>(() => Fit(fer, Blobs.Rows(30).Where(r => r.Label != "blue"), o => o.ClassWeights = ClassWeights.Of(1, 0, 2)),
            "ClassWeights must leave a weight above 0 to at least two classes of the training rows. Got 1, 0, 2, which leave fewer.");
    }

    [TestMethod]
    public void Class_weights_are_written_into_the_model_as_given()
    {
        Assert.Contains("\"classWeights\":\"None\"", ModelDocument.WriteOptions(new FerOptions()));
        Assert.Contains("\"classWeights\":\"Balanced\"", ModelDocument.WriteOptions(new FerOptions { ClassWeights = ClassWeights.Balanced }));
        Assert.Contains("\"classWeights\":[1,2.5]", ModelDocument.WriteOptions(new FerOptions { ClassWeights = ClassWeights.Of(1, 2.5) }));
    }

    private void CheckTenSeeds(int ratio, double least)
    {
        var peer = Enumerable.Range(1, 10).Average(seed => RareClass.MacroAccuracy(ratio, seed,
            ml => ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(exampleWeightColumnName: nameof(RareClassRow.Weight))));
        TestContext.WriteLine($"LbfgsMaximumEntropy at 1:{ratio}: {peer:F3} in the mean");
        foreach (var (trainer, noisyLabels) in Defaults.Select(row => ((TrainerUnderTest)row[0], (bool)row[1])))
        {
            // L-BFGS has the advantage that the best border is nearly a line.
            Assert.IsGreaterThan(peer - 0.01, CheckMacroAccuracy(trainer, noisyLabels, ratio, least, 10, o => o.ExampleWeightColumnName = nameof(RareClassRow.Weight)));
        }
    }

    private double CheckMacroAccuracy(TrainerUnderTest trainer, bool noisyLabels, int ratio, double least, int seeds, Action<TrainingOptions> change)
    {
        double[] found = [.. Enumerable.Range(1, seeds).Select(seed => RareClass.MacroAccuracy(ratio, seed, ml =>
        {
            var options = (TrainingOptions)Activator.CreateInstance(trainer.OptionsType)!;
            if (noisyLabels)
                ((FerOptions)options).NoisyLabels = true;
            change(options);
            return trainer.Create(ml, options);
        }))];
        TestContext.WriteLine($"{trainer}{(noisyLabels ? " for noisy labels" : "")} at 1:{ratio}: {string.Join(" ", found.Select(f => f.ToString("F3")))}");
        Assert.IsGreaterThanOrEqualTo(least, found.Min());
        return found.Average();
    }

    private static string Fit(TrainerUnderTest trainer, IEnumerable<BlobRow> rows, Action<TrainingOptions> change)
    {
        var context = new MLContext();
        using var model = trainer.CreateFast(context, change).Fit(Blobs.Keyed(context, rows));
        return Assertions.Fingerprint(model.Model);
    }
}
