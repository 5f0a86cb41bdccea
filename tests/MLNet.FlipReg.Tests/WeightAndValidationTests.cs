using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

[TestClass]
public sealed class WeightAndValidationTests
{
    public static IEnumerable<object[]> Trainers => TrainerUnderTest.Rows;

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Rows_of_weight_0_might_as_well_be_absent(TrainerUnderTest trainer)
    {
        var kept = Blobs.Rows(45);
        foreach (var row in kept)
            row.Weight = 1 + (row.Id % 3);
        // Not even their values matter.
        var noise = new BlobRow { Label = "none of them", Weight = 0, Features = [float.NaN, 0, 0, 0] };
        var mixed = kept.SelectMany(row => row.Id % 4 == 0 ? [noise, row] : new[] { row });
        Assert.AreEqual(Fit(trainer, kept), Fit(trainer, mixed));
    }

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Scaling_all_weights_changes_nothing(TrainerUnderTest trainer)
    {
        string Scaled(float factor) => Fit(trainer, Blobs.Rows(45).Select(row =>
        {
            row.Weight = (1 + (row.Id % 3)) * factor;
            return row;
        }));
        // A power of two scales without rounding, so that not a bit may differ.
        Assert.AreEqual(Scaled(1), Scaled(64));
    }

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Equal_weights_are_no_weights(TrainerUnderTest trainer)
    {
        var context = new MLContext();
        using var weighted = trainer.Fit(context, o => o.ExampleWeightColumnName = "Weight");
        using var plain = trainer.Fit(context);
        Assert.AreEqual(Assertions.Fingerprint(plain.Model), Assertions.Fingerprint(weighted.Model));
    }

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Weights_shift_the_decision(TrainerUnderTest trainer)
    {
        // Contradictory labels on equal features: the heavier label wins.
        static IEnumerable<BlobRow> Rows(float redWeight) => Enumerable.Range(0, 60).Select(i =>
            new BlobRow { Label = i % 2 == 0 ? "red" : "blue", Weight = i % 2 == 0 ? redWeight : 1, Features = [1, 1, 1, 1] });
        Assert.AreEqual(1u, Predicted(Rows(4)));
        Assert.AreEqual(3u, Predicted(Rows(0.25f)));

        uint Predicted(IEnumerable<BlobRow> rows)
        {
            var context = new MLContext();
            var data = Blobs.Keyed(context, rows);
            using var model = trainer.CreateFast(context, o => (o.ExampleWeightColumnName, o.Epochs, o.LearningRate) = ("Weight", 30, 0.1)).Fit(data);
            return model.Transform(data).GetColumn<uint>("PredictedLabel").First();
        }
    }

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Validation_data_are_reported_and_change_nothing(TrainerUnderTest trainer)
    {
        var context = new MLContext();
        var data = Blobs.Keyed(context);
        var validation = Blobs.Keyed(context, 33, seed: 2);
        using var plain = trainer.CreateFast(context).Fit(data);
        using var validated = trainer.Create(context, trainer.FastOptions(), validation).Fit(data);
        Assert.AreEqual(Assertions.Fingerprint(plain.Model), Assertions.Fingerprint(validated.Model));
        Assert.IsTrue(plain.Model.History.All(r => r.Validation is null));
        foreach (var report in validated.Model.History)
        {
            var found = report.Validation!;
            Assert.AreEqual(33, found.Rows);
            Assert.AreEqual(1 - (found.Wrong / 33.0), found.Accuracy, 1e-12);
            Assert.IsLessThanOrEqualTo(found.Wrong, found.Flips);
        }

        var scored = validated.Transform(validation);
        var right = scored.GetColumn<uint>("Label").Zip(scored.GetColumn<uint>("PredictedLabel"), (a, b) => a == b).Count(r => r);
        Assert.AreEqual(33 - right, validated.Model.History[^1].Validation!.Wrong, "The last report is about the model that comes back.");
    }

    [TestMethod]
    public void Validation_data_may_be_given_to_fit()
    {
        var context = new MLContext();
        var trainer = context.MulticlassClassification.Trainers.Fer(new FerOptions { Epochs = 2, Network = NetworkSpec.Mlp([4]) });
        using var model = trainer.Fit(Blobs.Keyed(context), Blobs.Keyed(context, 12, seed: 3));
        Assert.AreEqual(12, model.Model.History[^1].Validation!.Rows);
    }

    private static string Fit(TrainerUnderTest trainer, IEnumerable<BlobRow> rows)
    {
        var context = new MLContext();
        using var model = trainer.CreateFast(context, o => o.ExampleWeightColumnName = "Weight").Fit(Blobs.Keyed(context, rows));
        return Assertions.Fingerprint(model.Model);
    }
}
