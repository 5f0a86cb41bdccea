using Soak.Targets;

namespace Soak.Tests;

/// <summary>A sample of what eng/soak.sh does with 10,000 files.</summary>
[TestClass]
public sealed class DamagedFileTests
{
    private static string _folder = "";

    public static IEnumerable<object[]> Names => Target.All.Select(target => new object[] { target.Name });

    [ClassInitialize]
    public static void MakeFolder(TestContext _) => _folder = Directory.CreateTempSubdirectory("flipreg-soak-").FullName;

    [ClassCleanup]
    public static void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Damaged_files_end_in_clean_errors(string target) => Run(target, seed: 7, cases: 60);

    [TestMethod]
    [TestCategory("Slow")]
    [DynamicData(nameof(Names))]
    public void Many_damaged_files_end_in_clean_errors(string target) => Run(target, seed: 8, cases: 1_000);

    [TestMethod]
    [DataRow("crash", Outcome.Crash)]
    [DataRow("hang", Outcome.Hang)]
    [DataRow("runaway", Outcome.Runaway)]
    [DataRow("unclean", Outcome.UncleanError)]
    [DataRow("changed", Outcome.Changed)]
    [DataRow("escape", Outcome.Escaped)]
    public void What_goes_wrong_is_seen_and_the_file_is_kept(string target, object outcome)
    {
        var folder = Path.Combine(_folder, target);
        var result = new MutationRun(folder, seed: 1, _ => { }) { Limit = TimeSpan.FromSeconds(target == "hang" ? 0.3 : 10) }.Run(Target.Named(target), 2);
        Assert.AreEqual(2, result.Counts[(Outcome)outcome], string.Join('\n', result.Failures));
        Assert.HasCount(2, result.Failures);
        Assert.HasCount(2, Directory.GetFiles(Path.Combine(folder, "kept")));
    }

    [TestMethod]
    public void A_case_is_the_same_again()
    {
        var files = BaseFiles.Make(Path.Combine(_folder, "again"));
        foreach (var target in Target.All)
        {
            var (a, b) = (target.Mutate(Seeds.Of(3, target, 5), files), target.Mutate(Seeds.Of(3, target, 5), files));
            Assert.AreEqual(a.Fault, b.Fault);
            CollectionAssert.AreEqual(a.Content, b.Content);
            Assert.AreNotEqual(a.Fault, target.Mutate(Seeds.Of(3, target, 6), files).Fault);
        }
    }

    private static void Run(string target, int seed, int cases)
    {
        var result = new MutationRun(_folder, seed, _ => { }).Run(Target.Named(target), cases);
        Assert.HasCount(0, result.Failures, string.Join('\n', result.Failures.Select(f => f[..Math.Min(f.Length, 500)])));
        Assert.AreEqual(cases, result.Cases);
        Assert.IsGreaterThan(0, result.Counts.GetValueOrDefault(Outcome.Error));
    }
}
