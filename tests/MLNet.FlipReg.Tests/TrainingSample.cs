// begin
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
// end

namespace MLNet.FlipReg.Tests;

/// <summary>A fit that stops and goes on, and a model trained further: the sample of docs/training.md, between the marks word by word.</summary>
internal static class TrainingSample
{
    public static (FlipRegPredictionTransformer First, FlipRegPredictionTransformer Further) Run()
    {
        // begin
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromTextFile<Plant>("iris.csv", separatorChar: ',', hasHeader: true);
        var split = ml.Data.TrainTestSplit(data, testFraction: 0.5, seed: 1);
        var prepare = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Plant.Species))
            .Fit(split.TrainSet);

        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, key) =>
        {
            key.Cancel = true; // Ctrl-C ends the fit, not the program
            stop.Cancel();
        };

        var trainer = ml.MulticlassClassification.Trainers.Ols(new OlsOptions
        {
            Epochs = 200,
            ValidationFraction = 0.2,                // of each class: only scored, after every epoch
            EarlyStopping = new() { Patience = 20 }, // epochs without a lower validation loss
            Keep = KeptWeights.Best,                 // the model of the best epoch
            CheckpointDirectory = "checkpoints",     // killed and started again, the fit goes on
            CancellationToken = stop.Token,
            WhenCanceled = CancelAction.KeepModel,
            Progress = new ConsoleProgress().Report,
        });
        var first = trainer.Fit(prepare.Transform(split.TrainSet));
        ml.Model.Save(prepare.Append(first), data.Schema, "first.zip");

        // Later, with new rows: from where the saved model is, in small steps.
        var saved = ml.Model.Load("first.zip", out _);
        var gentle = ml.MulticlassClassification.Trainers.Ols(new OlsOptions { LearningRate = 0.01, Epochs = 10, ValidationFraction = 0.2 });
        var further = gentle.Fit(prepare.Transform(split.TestSet), validationData: null, initialModel: saved);
        // end
        return (first, further);
    }

    // begin

    public sealed class Plant
    {
        [LoadColumn(0, 3), VectorType(4), ColumnName("Features")] public float[] Measurements { get; set; } = [];
        [LoadColumn(4)] public string Species { get; set; } = "";
    }
    // end
}
