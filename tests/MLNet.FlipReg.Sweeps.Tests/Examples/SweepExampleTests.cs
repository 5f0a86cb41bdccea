using System.Diagnostics;
using System.Text.RegularExpressions;

namespace FlipReg.Sweeps.Tests.Examples;

/// <summary>examples/Sweep, killed half-way and finished by a second start.</summary>
[TestClass]
public sealed class SweepExampleTests
{
    [TestMethod]
    public void A_killed_sweep_is_finished_by_a_second_start() => Run(trials: 8, killAfter: 3);

    [TestMethod]
    [TestCategory("Slow")]
    public void The_whole_example_killed_half_way()
    {
        var text = Run(trials: 40, killAfter: 20);
        Assert.IsGreaterThan(5, int.Parse(Regex.Match(text, @"(\d+) trials were stopped early").Groups[1].Value));
    }

    private static string Run(int trials, int killAfter)
    {
        var folder = Directory.CreateTempSubdirectory("sweep-example").FullName;
        try
        {
            using (var first = Start(folder, trials))
            {
                for (var ended = 0; ended < killAfter;)
                    ended += (first.StandardOutput.ReadLine() ?? throw new InvalidOperationException(first.StandardError.ReadToEnd())).StartsWith("trial ", StringComparison.Ordinal) ? 1 : 0;
                first.Kill();
                first.WaitForExit();
            }

            using (var store = SweepStore.Sqlite(Path.Combine(folder, "study.db")))
            {
                var left = store.ReadTrials("digits, 30 % wrong");
                Assert.IsTrue(left.Count(t => t.State is TrialState.Finished or TrialState.Pruned) is var done && done >= killAfter && done < trials);
            }

            using var second = Start(folder, trials);
            var errors = second.StandardError.ReadToEndAsync();
            var text = second.StandardOutput.ReadToEnd();
            second.WaitForExit();
            Assert.AreEqual(0, second.ExitCode, text + errors.Result);
            Console.WriteLine(text);
            using (var store = SweepStore.Sqlite(Path.Combine(folder, "study.db")))
            {
                var all = store.ReadTrials("digits, 30 % wrong");
                CollectionAssert.AreEqual(Enumerable.Range(1, trials).ToList(), all.Select(t => t.Number).ToList());
                foreach (var trial in all)
                {
                    Assert.IsTrue(trial.State is TrialState.Finished or TrialState.Pruned, $"Trial {trial.Number}: {trial.State} {trial.Error}");
                    CollectionAssert.AreEqual(Enumerable.Range(1, trial.Reports.Count).ToList(), trial.Reports.Keys.ToList(), $"Trial {trial.Number}");
                }

                Assert.AreEqual(trials - killAfter, Regex.Count(text, "^trial ", RegexOptions.Multiline), 3, "Trials were run anew.");
            }

            foreach (var name in new[] { "Fer, defaults", "FerElr, defaults", "best of the sweep" })
                Assert.IsGreaterThan(0.7, double.Parse(Regex.Match(text, Regex.Escape(name) + @"\s+(0\.\d+)").Groups[1].Value));
            return text;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Process Start(string folder, int trials) => Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Sweep.dll"), folder, $"{trials}"])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
}
