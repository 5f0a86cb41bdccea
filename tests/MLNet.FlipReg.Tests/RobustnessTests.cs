using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

[TestClass]
public class RobustnessTests
{
    [TestMethod]
    public void Attacks_raise_the_error_with_epsilon_and_with_steps()
    {
        var context = new MLContext(seed: 1);
        var data = context.Data.LoadFromTextFile(Path.Combine(AppContext.BaseDirectory, "digits.csv"), [new TextLoader.Column("Features", DataKind.Single, 0, 63), new TextLoader.Column("Label", DataKind.String, 64)], separatorChar: ',', hasHeader: true);
        var split = context.Data.TrainTestSplit(context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data), 0.2, seed: 1);
        foreach (var encoding in new[] { InputEncoding.Auto, InputEncoding.Standard })
        {
            using var model = context.MulticlassClassification.Trainers.CrossEntropy(new CrossEntropyOptions { Epochs = 10, InputEncoding = encoding }).Fit(split.TrainSet);
            var catalog = context.MulticlassClassification;
            var small = catalog.EvaluateRobustness(split.TestSet, model, new AttackOptions { Epsilon = 0.5, Minimum = 0, Maximum = 16 });
            var large = catalog.EvaluateRobustness(split.TestSet, model, new AttackOptions { Epsilon = 2, Minimum = 0, Maximum = 16 });
            Assert.AreEqual(1 - catalog.Evaluate(model.Transform(split.TestSet)).MicroAccuracy, small.Error, 1e-9);
            Assert.AreEqual(small.Error, large.Error);
            Assert.IsGreaterThan(small.Error, small.FgsmError, $"{encoding}: {small}");
            Assert.IsGreaterThan(small.FgsmError, large.FgsmError, $"{encoding}: {small} {large}");
            Assert.IsGreaterThan(0.5, large.PgdError, $"{encoding}: {large}");
            var one = catalog.EvaluateRobustness(split.TestSet, model, new AttackOptions { Epsilon = 0.5, Minimum = 0, Maximum = 16, Steps = 1, StepSize = 0.5, RandomStart = false });
            // One step of ε from the row itself is FGSM; twenty smaller ones find more.
            Assert.AreEqual(one.FgsmError, one.PgdError);
            Assert.IsGreaterThanOrEqualTo(small.FgsmError, small.PgdError, $"{encoding}: {small}");
        }
    }

    [TestMethod]
    public void Too_small_an_epsilon_changes_nothing_and_the_seed_decides()
    {
        var context = new MLContext(seed: 1);
        var data = Blobs.Keyed(context);
        using var model = context.MulticlassClassification.Trainers.CrossEntropy(epochs: 5).Fit(data);
        var none = context.MulticlassClassification.EvaluateRobustness(data, model, new AttackOptions { Epsilon = 1e-6 });
        Assert.AreEqual(none.Error, none.PgdError);
        Assert.AreEqual(60, none.Rows);
        RobustnessMetrics Run(int seed) => context.MulticlassClassification.EvaluateRobustness(data, model, new AttackOptions { Epsilon = 0.6, Seed = seed });
        Assert.AreEqual(Run(1), Run(1));
        Assert.IsGreaterThan(0.2, Run(1).PgdError);
    }

    [TestMethod]
    public void Bad_input_is_refused_by_name()
    {
        var context = new MLContext(seed: 1);
        var data = Blobs.Keyed(context);
        using var model = context.MulticlassClassification.Trainers.CrossEntropy(epochs: 1).Fit(data);
        var catalog = context.MulticlassClassification;
        Assertions.Throws<ArgumentOutOfRangeException>(() => catalog.EvaluateRobustness(data, model, new AttackOptions()), "Epsilon must be above 0", "Got 0");
        Assertions.Throws<ArgumentOutOfRangeException>(() => catalog.EvaluateRobustness(data, model, new AttackOptions { Epsilon = 1, Steps = 0 }), "Steps");
        Assertions.Throws<ArgumentOutOfRangeException>(() => catalog.EvaluateRobustness(data, model, new AttackOptions { Epsilon = 1, Minimum = 2, Maximum = 1 }), "Minimum must be below Maximum");
        Assertions.Throws<ArgumentOutOfRangeException>(() => catalog.EvaluateRobustness(data, model, new AttackOptions { Epsilon = 1, LabelColumnName = "Class" }), "'Class'");
        Assertions.Throws<InvalidOperationException>(() => catalog.EvaluateRobustness(Blobs.Keyed(context, Blobs.Rows(3).Select(r => new BlobRow { Label = "none", Features = r.Features })), model, new AttackOptions { Epsilon = 1 }), "rows with a label");
    }
}
