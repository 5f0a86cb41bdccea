using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using FlipReg.Training;

namespace FlipReg.Tests.Training;

[TestClass]
public class OptionRulesTests
{
    public static IEnumerable<object[]> Broken() =>
    [
        [new FerOptions { Epochs = 0 }, "Epochs must be at least 1 and at most 100000. Got 0."],
        [new FerOptions { BatchSize = 0 }, "BatchSize must be at least 1 and at most 1048576. Got 0."],
        [new FerOptions { LearningRate = 0 }, "LearningRate must be above 0 and at most 1000000. Got 0."],
        [new FerOptions { LearningRate = double.NaN }, "LearningRate must be above 0 and at most 1000000. Got NaN."],
        [new FerOptions { LearningRate = double.PositiveInfinity }, "LearningRate must be above 0 and at most 1000000. Got Infinity."],
        [new FerOptions { Momentum = 1 }, "Momentum must be at least 0 and below 1. Got 1."],
        [new FerOptions { WeightDecay = -0.5 }, "WeightDecay must be at least 0 and at most 1000000. Got -0.5."],
        [new FerOptions { Threads = 0 }, "Threads must be at least 1 and at most 1024. Got 0."],
        [new FerOptions { Temperature = 0 }, "Temperature must be above 0 and at most 1000. Got 0."],
        [new FerOptions { Gamma = 1.5 }, "Gamma must be at least 0 and at most 1. Got 1.5."],
        [new FerOptions { LabelColumnName = "" }, "LabelColumnName must be given. Got an empty text."],
        [new FerOptions { Network = null! }, "Network must be given. Got null."],
        [new FerOptions { Network = NetworkSpec.Mlp().Bind(3, 2) }, "Network must hold the hidden layers, all in range, and no input size. Got a network bound to 3 inputs."],
        [new FerOptions { Network = new NetworkSpec { Layers = [new DropoutSpec(2)] } }, "Network must hold the hidden layers, all in range, and no input size. Got DropoutSpec.Rate must be at least 0 and below 1. Got 2."],
        [new FerOptions { ClassWeights = null! }, "ClassWeights must be given. Got null."],
        [new FerOptions { ExampleWeightColumnName = "" }, "ExampleWeightColumnName must name a column or be null. Got an empty text. Use null for equal weights."],
        [new OlsOptions { HardWeight = 0, SoftWeight = 0 }, "HardWeight and SoftWeight must not both be 0. Got 0. Use 0.5 and 0.5."],
        [new OlsOptions { Single = true, FreezeAt = 0.9 }, "Single has no class table, so FreezeAt and UnseenClass do not apply. Got 0.9. Leave them at their defaults."],
        [new PDiffOptions { NoiseRate = 1 }, "NoiseRate must be at least 0 and below 1. Got 1."],
        [new PDiffOptions { NoiseRate = -0.5 }, "NoiseRate must be at least 0 and below 1. Got -0.5."],
        [new PDiffOptions { Window = 0 }, "Window must be at least 1 and at most 1048576. Got 0."],
        [new SymmetricCrossEntropyOptions { HardWeight = 0, ReverseWeight = 0 }, "HardWeight and ReverseWeight must not both be 0. Got 0. Leave them null."],
        [new SnapshotDistillationOptions { Schedule = ScheduleKind.Cosine }, "Schedule must be CyclicCosine, as snapshots are taken at the ends of its cycles. Got Cosine. Leave it as it is, or use another method."],
        [new SnapshotDistillationOptions { Epochs = 6, WarmupEpochs = 3, Cycles = 4 }, "Cycles must be at most the epochs after the warm-up (3). Got 4. Lower it, leave it null, or train for more epochs."],
        [new FerOptions { Bank = null! }, "Bank must be given. Got null."],
        [new FerOptions { Bank = new() { BudgetMiB = -1 } }, "Bank.BudgetMiB must be at least 0 and at most 1000000000. Got -1."],
        [new ElrOptions { Bank = new() { Storage = (BankStorage)9 } }, "Bank.Storage must be one of Auto, Device, Host, MemoryMapped. Got 9."],
        [new FerOptions { Optimizer = (OptimizerKind)7 }, "Optimizer must be one of Sgd, AdamW. Got 7."],
        [new FerOptions { Epochs = 3, WarmupEpochs = 3 }, "WarmupEpochs must be below Epochs (3). Got 3. Lower it, or train for more epochs."],
        [new FerOptions { Milestones = [0.5, 0.5] }, "Milestones must be fractions of Epochs between 0 and 1, ascending. Got 0.5, 0.5. Write epoch 150 of 240 as 0.625."],
        [new FerOptions { Milestones = [0.5, -0.25] }, "Milestones must be fractions of Epochs between 0 and 1, ascending. Got 0.5, -0.25. Write epoch 150 of 240 as 0.625."],
        [new FerOptions { Nesterov = true, Momentum = 0.25, Optimizer = OptimizerKind.AdamW }, "Nesterov needs the optimizer Sgd and a momentum above 0. Got AdamW, momentum 0.25. Set Optimizer and Momentum, or turn Nesterov off."],
        [new FerOptions { Nesterov = true, Momentum = 0 }, "Nesterov needs the optimizer Sgd and a momentum above 0. Got Sgd, momentum 0. Set Optimizer and Momentum, or turn Nesterov off."],
    ];

    [TestMethod]
    [DynamicData(nameof(Broken))]
    public void A_broken_rule_names_option_rule_value_and_remedy(TrainingOptions options, string message)
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => OptionRules.Check(options));
        StringAssert.StartsWith(error.Message, message);
    }

    [TestMethod]
    public void Every_declared_range_is_checked_at_both_ends()
    {
        var checkedRanges = 0;
        foreach (var type in typeof(TrainingOptions).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(TrainingOptions))))
        {
            foreach (var property in type.GetProperties())
            {
                if (property.GetCustomAttribute<RangeAttribute>() is not { } range)
                    continue;
                var number = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
                foreach (var end in new[] { Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture) - 1, Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture) + 1 })
                {
                    if (number == typeof(int) && end is > int.MaxValue or < int.MinValue)
                        continue;
                    var options = (TrainingOptions)Activator.CreateInstance(type)!;
                    property.SetValue(options, Convert.ChangeType(end, number, CultureInfo.InvariantCulture));
                    var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => OptionRules.Check(options), $"{type.Name}.{property.Name} = {end}");
                    StringAssert.StartsWith(error.Message, property.Name);
                    checkedRanges++;
                }
            }
        }

        Assert.IsGreaterThan(50, checkedRanges);
    }

    [TestMethod]
    public void A_copy_shares_no_list()
    {
        var milestones = new[] { 0.5 };
        var layers = new List<LayerSpec> { new LinearSpec(4) };
        var options = new FerOptions { Milestones = milestones, Network = new NetworkSpec { Layers = layers } };
        var copy = options.Copy();
        milestones[0] = -5;
        layers.Add(new DropoutSpec(2));
        OptionRules.Check(copy);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => OptionRules.Check(options));
    }

    [TestMethod]
    public void Defaults_are_in_range()
    {
        foreach (var type in typeof(TrainingOptions).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(TrainingOptions))))
            OptionRules.Check((TrainingOptions)Activator.CreateInstance(type)!);
    }
}
