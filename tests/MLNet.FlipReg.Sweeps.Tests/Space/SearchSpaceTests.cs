using System.Reflection;
using System.Text.Json;
using Microsoft.ML.SearchSpace;

namespace FlipReg.Sweeps.Tests.Space;

/// <summary>What is swept, and that the first trial is the defaults.</summary>
[TestClass]
public sealed class SearchSpaceTests
{
    [TestMethod]
    [DataRow(typeof(CrossEntropyOptions), "BatchSize Epochs LearningRate WeightDecay")]
    [DataRow(typeof(FerOptions), "BatchSize Epochs LearningRate NoisyLabels Temperature WeightDecay")]
    [DataRow(typeof(FerElrOptions), "BatchSize Epochs LearningRate Strength Temperature WeightDecay")]
    [DataRow(typeof(OlsOptions), "BatchSize Epochs LearningRate WeightDecay")]
    public void Options_carry_the_attributes_that_AutoML_looks_for(Type options, string expected)
    {
        // As Microsoft.ML.AutoML's SearchSpace<T> does: public properties, their attributes, the types of the arguments.
        var found = options.GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Where(p => p.GetCustomAttributes().Any(a => a is Microsoft.ML.SearchSpace.RangeAttribute or ChoiceAttribute or BooleanChoiceAttribute)).ToList();
        Assert.AreEqual(expected, string.Join(' ', found.Select(p => p.Name).Order(StringComparer.Ordinal)));
        foreach (var property in found)
        {
            if (property.GetCustomAttribute<Microsoft.ML.SearchSpace.RangeAttribute>() is not { } range)
                continue;
            var own = property.GetCustomAttribute<System.ComponentModel.DataAnnotations.RangeAttribute>()!;
            Assert.IsTrue(Convert.ToDouble(range.Min) >= Convert.ToDouble(own.Minimum) && Convert.ToDouble(range.Max) <= Convert.ToDouble(own.Maximum), property.Name);
            Assert.IsNotNull(range.Init, property.Name);
            if (property.GetValue(Activator.CreateInstance(options)) is { } value)
                Assert.AreEqual(Convert.ToDouble(value), Convert.ToDouble(range.Init), property.Name);
            Assert.AreEqual((Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) == typeof(int), range.Min is int, property.Name);
        }
    }

    [TestMethod]
    public void A_space_of_options_reads_the_attributes()
    {
        var space = SweepSpace.Of<FerOptions>();
        Assert.AreEqual("numbers from 0.01 to 0.5, logarithmic, first 0.1", space["LearningRate"].ToString());
        Assert.AreEqual("whole numbers from 15 to 100, logarithmic, first 40", space["Epochs"].ToString());
        Assert.AreEqual("one of false, true, first false", space["NoisyLabels"].ToString());
        var options = space.Fix("Epochs", 20).Fix("NoisyLabels", true).Initial.To<FerOptions>();
        Assert.AreEqual((20, true, 0.1, 5.0), (options.Epochs, options.NoisyLabels, options.LearningRate!.Value, options.Temperature));
    }

    [TestMethod]
    public void The_first_trial_is_exactly_the_default_options()
    {
        Same(new CrossEntropyOptions(), SweepSpace.Of<CrossEntropySweep>().Initial.To<CrossEntropySweep>().ToOptions());
        Same(new FerOptions(), SweepSpace.Of<FerSweep>().Initial.To<FerSweep>().ToOptions());
        Same(new FerElrOptions(), SweepSpace.Of<FerElrSweep>().Initial.To<FerElrSweep>().ToOptions());
        Same(new OlsOptions(), SweepSpace.Of<OlsSweep>().Initial.To<OlsSweep>().ToOptions());
        Same(new FerOptions(), SweepSpace.Of<MethodSweep>().Initial.To<MethodSweep>().ToOptions());
        foreach (var method in Enum.GetValues<SweptMethod>())
            Assert.AreEqual(method.ToString(), SweepSpace.Of<MethodSweep>().Fix("Method", method).Initial.To<MethodSweep>().ToOptions().MethodName.Replace("-ELR", "Elr").Replace("FER", "Fer").Replace("OLS", "Ols"));

        static void Same(TrainingOptions expected, TrainingOptions actual)
        {
            // As given, and with what follows from the rows filled in.
            foreach (var rows in new[] { 100, 1_437, 50_000 })
            {
                foreach (var share in new[] { 1.0, 0.1 })
                    Assert.AreEqual(Json(expected.Resolve(rows, 10, 1, share)), Json(actual.Resolve(rows, 10, 1, share)));
            }

            Assert.AreEqual(Json(expected), Json(actual));
        }
    }

    [TestMethod]
    public void Values_reach_the_options()
    {
        var point = SweepSpace.Of<MethodSweep>().Fix("Method", SweptMethod.FerElr).Fix("LearningRate", 0.2).Fix("WeightDecayScale", 0.5).Fix("BatchSize", 64)
            .Fix("Width", 96).Fix("Depth", 3).Fix("Dropout", 0.25).Fix("BatchNorm", true).Fix("Strength", 2).Fix("Temperature", 4).Initial;
        Assert.IsFalse(point.ContainsKey("NoisyLabels"));
        Assert.IsFalse(point.ContainsKey("HardShare"));
        var options = (FerElrOptions)point.To<MethodSweep>().ToOptions();
        Assert.AreEqual(NetworkSpec.Mlp([96, 96, 96], batchNorm: true, dropout: 0.25), options.Network);
        var resolved = options.Resolve(1_500, 10, 1);
        Assert.AreEqual((0.2, 0.0005, 64), (resolved.LearningRate!.Value, resolved.WeightDecay!.Value, resolved.BatchSize!.Value));
        Assert.AreEqual((2.0, 4.0), (options.Strength, options.Temperature));
        // Weights lower the automatic rate, and this one in proportion.
        Assert.AreEqual(0.02, options.Resolve(1_500, 10, 1, 0.05).LearningRate!.Value, 1e-12);
    }

    [TestMethod]
    public void Bad_spaces_are_errors_that_name_the_parameter()
    {
        var space = SweepSpace.Of<MethodSweep>();
        Error(() => space.Override(SweepParameter.Integer("Epoch", 1, 5)), "'Epoch'", "Epochs");
        Error(() => space.Fix("Epoch", 1), "'Epoch'");
        Error(() => space.Override(SweepParameter.Integer("Epochs", 0, 5)), "Epochs", "at least 1", "from 0 to 5");
        Error(() => space.Override(SweepParameter.Double("Epochs", 1, 5)), "Epochs", "whole number");
        Error(() => space.Override(SweepParameter.Double("Dropout", 0, 1)), "Dropout", "below 1");
        Error(() => space.Fix("Dropout", 1), "Dropout", "below 1");
        Error(() => space.Fix("BatchNorm", "yes"), "BatchNorm", "true or false");
        Error(() => space.Fix("Method", "Boost"), "Method", "Boost");
        Error(() => space.Add(SweepParameter.Integer("Depth", 1, 5)), "'Depth'", "already");
        Error(() => space.When("Width", "Dropout", 0.5), "'Dropout'");
        Error(() => space.When("Width", "Depth", 9), "'Depth'", "9");
        Error(() => space.When("Width", "Depth"), "at least 1");
        Error(() => space.When("Method", "NoisyLabels", true), "circle");
        Error(() => space.Override(SweepParameter.Choice("Method", "CrossEntropy", "Ols")), "'Temperature'", "'Fer'");
        Error(() => SweepSpace.Of<Nothing>(), "Nothing", "[Range]");
        Error(() => SweepParameter.Double("x", 1, 1), "'x'", "Fixed");
        Error(() => SweepParameter.Double("x", 0, double.NaN), "'x'", "NaN");
        Error(() => SweepParameter.Double("x", double.NegativeInfinity, 1), "'x'", "finite");
        Error(() => SweepParameter.Double("x", 0, 1, log: true), "'x'", "logarithmic");
        Error(() => SweepParameter.Integer("x", 1, 5, initial: 6), "'x'", "6");
        Error(() => SweepParameter.Integer("x", 1, 5, levels: 1), "'x'", "at least 2");
        Error(() => SweepParameter.Choice("x"), "'x'", "at least 1");
        Error(() => SweepParameter.Choice("x", 1, 1), "'x'", "differ");
        Error(() => SweepParameter.Choice("x", 1, "a"), "'x'", "one kind");
        Error(() => SweepParameter.Choice("x", new object()), "'x'", "Object");
        Error(() => SweepParameter.Fixed("x", double.NaN), "'x'", "finite");
        StringAssert.Contains(Assert.ThrowsExactly<KeyNotFoundException>(() => space.Initial.GetDouble("Rate")).Message, "'Rate'");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new FerSweep { Width = 0 }.ToOptions()).Message, "FerSweep.Width must be at least 1");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new MethodSweep { Method = (SweptMethod)9 }.ToOptions()).Message, "Method must be one of");
    }

    [TestMethod]
    public void Spaces_are_compared_whatever_the_order_and_differences_are_named()
    {
        var one = SweepSpace.Empty.Add(SweepParameter.Double("a", 0, 1)).Add(SweepParameter.Integer("b", 1, 3));
        var same = SweepSpace.Empty.Add(SweepParameter.Integer("b", 1, 3)).Add(SweepParameter.Double("a", 0, 1));
        Assert.IsNull(SpaceDocument.Difference(SpaceDocument.Write(one), SpaceDocument.Write(same)));
        Assert.AreEqual(SpaceDocument.Write(one).ToJsonString(), SpaceDocument.Write(same).ToJsonString());
        var other = one.Override(SweepParameter.Double("a", 0, 2)).Add(SweepParameter.Boolean("c"));
        Assert.AreEqual("'a' was numbers from 0 to 1, first 0.5 and is numbers from 0 to 2, first 1; 'c' is new", SpaceDocument.Difference(SpaceDocument.Write(one), SpaceDocument.Write(other)));
        Assert.AreEqual("'c' is gone", SpaceDocument.Difference(SpaceDocument.Write(other), SpaceDocument.Write(other).AsObject() is var copy && copy.Remove("c") ? copy : throw new InvalidOperationException()));
    }

    private static string Json(TrainingOptions options) => JsonSerializer.Serialize(options, options.GetType(), new JsonSerializerOptions { IgnoreReadOnlyProperties = true });

    private static void Error(Action action, params string[] parts)
    {
        var message = Assert.Throws<ArgumentException>(action).Message;
        foreach (var part in parts)
            StringAssert.Contains(message, part);
    }

    private sealed class Nothing
    {
        public int Number { get; set; }
    }
}
