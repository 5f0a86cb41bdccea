using System.Text.Json.Nodes;
using FlipReg;
using Microsoft.ML;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

[TestClass]
public sealed class StopAndGoOnTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fit").FullName;

    public static IEnumerable<object[]> Trainers => TrainerUnderTest.Rows;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Without_a_seed_the_fit_goes_on_with_that_of_its_checkpoint(TrainerUnderTest trainer)
    {
        using var source = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => Fit(trainer, options =>
        {
            (options.Seed, options.CheckpointDirectory, options.CancellationToken) = (null, _folder, source.Token);
            options.Progress = report =>
            {
                if (report.Epoch == 2)
                    source.Cancel();
            };
        }));
        var saved = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "epoch-000002", "checkpoint.json")))!;
        using var whole = Fit(trainer, options => options.Seed = (int)saved["seed"]!);
        var epochs = new List<int>();
        using var goneOn = Fit(trainer, options => (options.Seed, options.CheckpointDirectory, options.Progress) = (null, _folder, report => epochs.Add(report.Epoch)));
        Assert.AreEqual(Assertions.Fingerprint(whole.Model), Assertions.Fingerprint(goneOn.Model));
        CollectionAssert.AreEqual(new[] { 3, 4, 5 }, epochs);
        CollectionAssert.AreEqual(new[] { 1, 2, 3, 4, 5 }, goneOn.Model.History.Select(report => report.Epoch).ToArray());
        // A model tells nobody where its checkpoints were.
        Assert.DoesNotContain(Path.GetFileName(_folder), goneOn.Model.OptionsJson);
    }

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void A_fit_from_a_model_goes_on_and_another_model_is_another_fit(TrainerUnderTest trainer)
    {
        using var first = Fit(trainer, options => options.Seed = 1);
        using var other = Fit(trainer, options => options.Seed = 2);
        using var whole = Fit(trainer, options => options.InitialModel = first.Model);
        Assert.ThrowsExactly<TimeoutException>(() => Fit(trainer, options => (options.InitialModel, options.CheckpointDirectory, options.Progress) =
            (first.Model, _folder, report => _ = report.Epoch == 3 ? throw new TimeoutException() : 0)));
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Fit(trainer, options => (options.InitialModel, options.CheckpointDirectory) = (other.Model, _folder)));
        StringAssert.Contains(error.Message, "values of the initial model was ");
        error = Assert.ThrowsExactly<InvalidOperationException>(() => Fit(trainer, options => options.CheckpointDirectory = _folder));
        StringAssert.Contains(error.Message, " and is none");
        using var goneOn = Fit(trainer, options => (options.InitialModel, options.CheckpointDirectory) = (first.Model, _folder));
        Assert.AreEqual(Assertions.Fingerprint(whole.Model), Assertions.Fingerprint(goneOn.Model));
    }

    [TestMethod]
    public void A_part_set_aside_is_the_same_when_a_fit_goes_on()
    {
        var trainer = TrainerUnderTest.Named("Fer");
        void Change(TrainingOptions options) => (options.ValidationFraction, options.Keep, options.WeightAverage) = (0.3, KeptWeights.Best, 1);
        using var whole = Fit(trainer, Change);
        Assert.ThrowsExactly<TimeoutException>(() => Fit(trainer, options =>
        {
            Change(options);
            (options.CheckpointDirectory, options.Progress) = (_folder, report => _ = report.Epoch == 4 ? throw new TimeoutException() : 0);
        }));
        using var goneOn = Fit(trainer, options =>
        {
            Change(options);
            options.CheckpointDirectory = _folder;
        });
        Assert.AreEqual(Assertions.Fingerprint(whole.Model), Assertions.Fingerprint(goneOn.Model));
    }

    [TestMethod]
    public void A_token_ends_the_reading_of_the_data_too()
    {
        using var source = new CancellationTokenSource();
        var context = new MLContext();
        var read = 0;
        var trainer = TrainerUnderTest.Named("Fer").CreateFast(context, options => options.CancellationToken = source.Token);
        Assert.ThrowsExactly<OperationCanceledException>(() => trainer.Fit(Blobs.Keyed(context, Endless())));
        Assert.IsLessThan(1_000_000, read);

        IEnumerable<BlobRow> Endless()
        {
            foreach (var row in Enumerable.Repeat(new BlobRow { Label = "red", Features = new float[4] }, int.MaxValue))
            {
                if (++read == 1000)
                    source.Cancel();
                yield return row;
            }
        }
    }

    [TestMethod]
    public void A_folder_that_another_fit_left_is_refused_in_cross_validation()
    {
        var context = new MLContext(1);
        var trainer = TrainerUnderTest.Named("Ols").CreateFast(context, options => options.CheckpointDirectory = _folder);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => context.MulticlassClassification.CrossValidate(Blobs.Keyed(context), trainer, 3));
        StringAssert.StartsWith(error.Message, "CheckpointDirectory must hold checkpoints of the same data, options and network.");
    }

    [TestMethod]
    public void A_folder_that_cannot_be_written_is_refused_before_the_data_is_read()
    {
        var context = new MLContext(1);
        var file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        var trainer = TrainerUnderTest.Named("Ols").CreateFast(context, options => options.CheckpointDirectory = Path.Combine(file, "below"));
        var error = Assert.ThrowsExactly<IOException>(() => trainer.Fit(Blobs.Keyed(context)));
        StringAssert.StartsWith(error.Message, "CheckpointDirectory must be a folder that can be written. Got '");
    }

    private static FlipRegPredictionTransformer Fit(TrainerUnderTest trainer, Action<TrainingOptions> change)
    {
        var context = new MLContext();
        return trainer.CreateFast(context, change).Fit(Blobs.Keyed(context));
    }
}
