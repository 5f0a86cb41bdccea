using FlipReg.Training;

namespace FlipReg.Tests.Training;

[TestClass]
public class OptionRulesTests
{
    public static IEnumerable<object[]> Broken() =>
    [
        [new FerOptions { Epochs = 0 }, "Epochs must be at least 1 and at most 1000000. Got 0."],
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
        [new FerOptions { Optimizer = (OptimizerKind)7 }, "Optimizer must be one of Sgd, AdamW. Got 7."],
        [new FerOptions { Epochs = 3, WarmupEpochs = 3 }, "WarmupEpochs must be below Epochs (3). Got 3. Lower it, or train for more epochs."],
        [new FerOptions { Milestones = [0.5, 0.5] }, "Milestones must be fractions of Epochs between 0 and 1, ascending. Got 0.5, 0.5. Write epoch 150 of 240 as 0.625."],
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
    public void Defaults_are_in_range()
    {
        foreach (var type in typeof(TrainingOptions).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(TrainingOptions))))
            OptionRules.Check((TrainingOptions)Activator.CreateInstance(type)!);
    }
}
