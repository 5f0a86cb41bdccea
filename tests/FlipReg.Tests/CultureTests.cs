using Cultures;
using FlipReg.Tests.Networks;
using FlipReg.Tests.Training;

namespace FlipReg.Tests;

/// <summary>Texts are the same in every culture.</summary>
[TestClass]
[DoNotParallelize]
public sealed class CultureTests
{
    [TestMethod]
    [DynamicData(nameof(CultureRuns.Names), typeof(CultureRuns))]
    public void Messages_do_not_follow_the_culture(string culture) =>
        CultureRuns.AssertSameMessages(culture, CultureRuns.TestsOf(typeof(OptionRulesTests)), CultureRuns.TestsOf(typeof(NetworkSpecTests)), CultureRuns.TestsOf(typeof(SafetensorsTests)));

    [TestMethod]
    [DynamicData(nameof(CultureRuns.Names), typeof(CultureRuns))]
    public void Reports_and_summaries_do_not_follow_the_culture(string culture)
    {
        CollectionAssert.AreEqual(Texts(), CultureRuns.In(CultureRuns.Named(culture), Texts));

        static string[] Texts() =>
        [
            new EpochReport
            {
                Epoch = 3,
                Epochs = 1234,
                LearningRate = 0.05,
                TrainingLoss = 1234.5678,
                TrainingAccuracy = 0.9876,
                RowsPerSecond = 1234567.8,
                TimeLeft = TimeSpan.FromMinutes(1234.5),
                Validation = new ValidationReport(double.NaN, 0.5, 10, 20, 1000),
            }.ToString(),
            NetworkSpec.Mlp([1000], batchNorm: true, dropout: 0.25).Bind(2000, 3).Summary(),
            NetworkSpec.Mlp([1000], batchNorm: true, dropout: 0.25).Bind(2000, 3).ToJson(),
        ];
    }
}
