using System.Runtime.CompilerServices;
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>What messages advise is done here, word by word, and helps.</summary>
[TestClass]
public sealed class RemedyTests
{
    [TestMethod]
    public void Of_a_feature_that_is_not_a_number()
    {
        Helps(float.NaN, c => c.Transforms.ReplaceMissingValues("Features"));
        var context = new MLContext();
        var data = Broken(context, float.NaN);
        var message = Message(context, data);
        StringAssert.Contains(message, "Data.FilterRowsByMissingValues(data, \"Features\")", StringComparison.Ordinal);
        Trains(context, context.Data.FilterRowsByMissingValues(data, "Features"));
        StringAssert.Contains(message, "Missing = MissingValues.Encode", StringComparison.Ordinal);
        Trains(context, data, o => o.Missing = MissingValues.Encode);
    }

    [TestMethod]
    [DataRow(float.PositiveInfinity)]
    [DataRow(float.NegativeInfinity)]
    public void Of_an_infinite_feature(float value) => Helps(value,
        c => c.Transforms.Expression("Features", "x : isna(x - x) ? na(x) : x", "Features"),
        c => c.Transforms.ReplaceMissingValues("Features"));

    [TestMethod]
    public void What_helps_against_a_missing_value_keeps_infinities()
    {
        var context = new MLContext();
        var data = Broken(context, float.PositiveInfinity);
        StringAssert.Contains(Message(context, context.Transforms.ReplaceMissingValues("Features").Fit(data).Transform(data)), "Got Infinity in row 17, slot 2", StringComparison.Ordinal);
    }

    [TestMethod]
    public void It_stands_before_the_normalizer()
    {
        var context = new MLContext();
        var data = Broken(context, float.PositiveInfinity);
        var after = context.Transforms.NormalizeMinMax("Features").Fit(data).Transform(data);
        Assert.IsTrue(after.GetColumn<float[]>("Features").All(f => f[2] is 0 or float.NaN), "One infinite value, and the slot is worth nothing: what the message warns of.");
        Trains(context, context.Transforms.Expression("Features", "x : isna(x - x) ? na(x) : x", "Features").Append(context.Transforms.ReplaceMissingValues("Features"))
            .Append(context.Transforms.NormalizeMinMax("Features")).Fit(data).Transform(data));
    }

    private static void Helps(float value, Func<MLContext, IEstimator<ITransformer>> first, Func<MLContext, IEstimator<ITransformer>>? second = null,
        [CallerArgumentExpression(nameof(first))] string firstCode = "", [CallerArgumentExpression(nameof(second))] string secondCode = "")
    {
        var context = new MLContext();
        var data = Broken(context, value);
        var message = Message(context, data);
        StringAssert.Contains(message, firstCode.Replace("c => c.", "", StringComparison.Ordinal), StringComparison.Ordinal);
        StringAssert.Contains(message, secondCode.Replace("c => c.", "", StringComparison.Ordinal), StringComparison.Ordinal);
        StringAssert.Contains(message, "before any normalizer", StringComparison.Ordinal);
        data = first(context).Fit(data).Transform(data);
        Trains(context, second is null ? data : second(context).Fit(data).Transform(data));
    }

    private static IDataView Broken(MLContext context, float value)
    {
        var rows = Blobs.Rows(60);
        rows[17].Features[2] = value;
        return Blobs.Keyed(context, rows);
    }

    private static string Message(MLContext context, IDataView data) =>
        Assertions.Throws<InvalidOperationException>(() => TrainerUnderTest.Named("Fer").CreateFast(context, o => o.Missing = MissingValues.Error).Fit(data), "Column 'Features' must hold finite numbers. Got ").Message;

    private static void Trains(MLContext context, IDataView data, Action<TrainingOptions>? change = null)
    {
        using var model = TrainerUnderTest.Named("Fer").CreateFast(context, o =>
        {
            (o.Epochs, o.LearningRate, o.Missing) = (30, 0.1, MissingValues.Error);
            change?.Invoke(o);
        }).Fit(data);
        Assert.IsGreaterThan(0.9, context.MulticlassClassification.Evaluate(model.Transform(data)).MicroAccuracy);
    }
}
