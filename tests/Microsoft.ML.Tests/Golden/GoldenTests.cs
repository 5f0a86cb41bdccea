namespace Microsoft.ML.Tests.Golden;

/// <summary>Replays what the real ML.NET 5.0.0 did, case by case.</summary>
[TestClass]
public sealed class GoldenTests
{
    /// <summary>The whole recording has 832 cases; this many must agree.</summary>
    private const int MustAgree = 700;

    public static IEnumerable<object[]> Cases => GoldenCase.All.Keys.Select(id => new object[] { id });

    public static string DisplayName(System.Reflection.MethodInfo method, object[] data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return (string)data[0];
    }

    [TestMethod]
    [DynamicData(nameof(Cases), DynamicDataDisplayName = nameof(DisplayName))]
    public void Case_gives_what_MLNet_gave(string id)
    {
        GoldenCase golden = GoldenCase.All[id];
        IReadOnlyList<string> differences = GoldenRunner.Differences(golden);
        string? reason = KnownDifferences.ForCase(id);
        IReadOnlySet<string> listedFacts = KnownDifferences.FactsOf(id);

        if (reason is not null)
        {
            Assert.AreNotEqual(0, differences.Count, $"'{id}' agrees now. Remove it from {KnownDifferences.FileName}.");
            return;
        }

        var unlisted = differences.Where(difference => !listedFacts.Contains(FactOf(difference))).ToList();
        Assert.AreEqual(0, unlisted.Count, $"'{id}' differs:\n{string.Join("\n", unlisted)}");
        var agreeing = listedFacts.Except(differences.Select(FactOf)).ToList();
        Assert.AreEqual(0, agreeing.Count,
            $"These facts of '{id}' agree now: {string.Join(", ", agreeing)}. Remove them from {KnownDifferences.FileName}.");
    }

    [TestMethod]
    public void Every_listed_difference_names_a_case()
    {
        var unknown = KnownDifferences.Reasons.Keys
            .Where(key => !GoldenCase.All.ContainsKey(key.Split('#')[0]))
            .ToList();
        Assert.AreEqual(0, unknown.Count, $"No such case: {string.Join(", ", unknown)}.");
    }

    [TestMethod]
    public void Enough_cases_agree()
    {
        Assert.AreEqual(832, GoldenCase.All.Count);
        int agreeing = GoldenCase.All.Values.Count(golden => GoldenRunner.Differences(golden).Count == 0);
        Assert.IsTrue(agreeing >= MustAgree, $"At least {MustAgree} of {GoldenCase.All.Count} cases must agree. Only {agreeing} do.");
    }

    [TestMethod]
    [DataRow("metrics")]
    [DataRow("prediction-engine")]
    [DataRow("context")]
    public void Whole_file_agrees_but_for_what_needs_a_stock_trainer(string file)
    {
        var excused = KnownDifferences.Reasons
            .Where(entry => entry.Key.StartsWith(file + "/", StringComparison.Ordinal))
            .Where(entry => !entry.Value.StartsWith(KnownDifferences.RunnerPrefix, StringComparison.Ordinal))
            .Select(entry => entry.Key)
            .ToList();
        Assert.AreEqual(0, excused.Count, $"Listed as different: {string.Join(", ", excused)}.");
    }

    private static string FactOf(string difference) => difference.Split('.', '[', ':')[0];
}
