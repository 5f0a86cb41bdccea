using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.FlipReg.Tests.Support;
using NoisyDigits;

namespace MLNet.FlipReg.Tests;

/// <summary>A fit whose scores do not tell rows apart says so.</summary>
[TestClass]
public sealed class DeadNetworkTests
{
    public static IEnumerable<object[]> Trainers => TrainerUnderTest.Rows;

    /// <summary>Those that die at that rate: the gradient of generalised cross-entropy vanishes where a row is far off, and pairwise confusion's loss stops being finite.</summary>
    public static IEnumerable<object[]> Mortal => TrainerUnderTest.All.Where(t => t.Name is not ("GeneralizedCrossEntropy" or "PairwiseConfusion")).Select(t => new object[] { t });

    [TestMethod]
    [DynamicData(nameof(Mortal))]
    public void A_network_that_dies_is_warned_about_once(TrainerUnderTest trainer)
    {
        // The rate that the defaults do not take here.
        var warnings = Warnings(trainer, o => (o.ClassWeights, o.LearningRate, o.InputEncoding) = (ClassWeights.Balanced, 1, InputEncoding.None), out var recall);
        Assert.AreEqual(0.5, recall, "One class for all rows.");
        Assert.HasCount(1, warnings);
        StringAssert.Matches(warnings[0], new("^In epoch [1-6] all rows got the same scores: .* lower LearningRate \\(now [01]"));
        Assert.IsEmpty(Warnings(trainer, o => o.ClassWeights = ClassWeights.Balanced, out recall));
        Assert.IsGreaterThan(0.8, recall);
    }

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Healthy_fits_are_not_warned_about(TrainerUnderTest trainer)
    {
        var ml = new MLContext(1);
        var warnings = new List<string>();
        Collect(ml, warnings);
        var digits = ml.Data.LoadFromTextFile<Digit>(Path.Combine(AppContext.BaseDirectory, "digits.csv"), separatorChar: ',', hasHeader: true);
        using var model = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Digit.Class))
            .Append(ml.Transforms.NormalizeMinMax("Features", nameof(Digit.Pixels))).Append(trainer.CreateShort(ml)).Fit(digits);
        using var iris = ml.Transforms.Conversion.MapValueToKey("Label").Append(ml.Transforms.NormalizeMeanVariance("Features")).Append(trainer.CreateShort(ml))
            .Fit(ml.Data.LoadFromTextFile(Path.Combine(AppContext.BaseDirectory, "iris.csv"),
                [new TextLoader.Column("Features", DataKind.Single, 0, 3), new TextLoader.Column("Label", DataKind.String, 4)], separatorChar: ',', hasHeader: true));
        Assert.IsEmpty(warnings);
    }

    /// <summary>The warnings of a short fit at 1:100, and the macro accuracy.</summary>
    private static List<string> Warnings(TrainerUnderTest trainer, Action<TrainingOptions> change, out double recall)
    {
        var warnings = new List<string>();
        recall = RareClass.MacroAccuracy(100, 1, ml =>
        {
            Collect(ml, warnings);
            var options = (TrainingOptions)Activator.CreateInstance(trainer.OptionsType)!;
            options.Epochs = 6;
            change(options);
            return trainer.Create(ml, options);
        });
        return warnings;
    }

    private static void Collect(MLContext context, List<string> warnings) => context.Log += (_, e) =>
    {
        if (e.Kind == ChannelMessageKind.Warning && e.Source.Contains("FlipReg", StringComparison.Ordinal))
            warnings.Add(e.RawMessage);
    };
}
