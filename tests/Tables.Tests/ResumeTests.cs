using System.Diagnostics;
using System.Globalization;
using FlipReg.Tables;

namespace Tables.Tests;

/// <summary>The program as a process: killed and started again.</summary>
[TestClass]
public sealed class ResumeTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tables").FullName;

    private string Cells => Path.Combine(_folder, "cells");

    [TestCleanup]
    public void Cleanup() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void A_killed_run_goes_on_and_a_truncated_cell_is_done_again()
    {
        WriteTable();
        using (var first = Start())
        {
            // Two cells are there: the third is under way, or being written.
            Assert.IsNotNull(first.StandardOutput.ReadLine());
            Assert.IsNotNull(first.StandardOutput.ReadLine());
            first.Kill();
            first.WaitForExit();
        }

        var kept = Contents();
        Assert.IsGreaterThanOrEqualTo(2, kept.Count);
        Assert.IsLessThan(12, kept.Count);

        var lines = RunToEnd();
        Assert.AreEqual(12 - kept.Count, lines.Count(IsCell));
        Assert.IsTrue(lines.Contains("# Tables"));
        var all = Contents();
        Assert.HasCount(12, all);
        foreach (var (path, content) in kept)
            CollectionAssert.AreEqual(content, all[path]);

        var cut = all.Keys.Order().First();
        File.WriteAllBytes(cut, all[cut][..(all[cut].Length / 2)]);
        Assert.AreEqual(1, RunToEnd().Count(IsCell));
        Assert.AreEqual(0, RunToEnd().Count(IsCell));
    }

    private static bool IsCell(string line) => line.Contains(": accuracy ", StringComparison.Ordinal);

    /// <summary>Three clouds of points, some values missing.</summary>
    private void WriteTable()
    {
        var random = new Random(1);
        var rows = Enumerable.Range(0, 90).Select(i => string.Create(CultureInfo.InvariantCulture,
            $"{"abc"[i % 3]},{(i % 3) + random.NextDouble():0.000},{(i % 10 == 0 ? "" : random.NextDouble().ToString("0.000", CultureInfo.InvariantCulture))}"));
        File.WriteAllLines(Path.Combine(_folder, "clouds.csv"), rows.Prepend("\"class\",\"x\",\"y\""));
    }

    private Dictionary<string, byte[]> Contents() => Directory.GetFiles(Cells, "*.json", SearchOption.AllDirectories).ToDictionary(path => path, File.ReadAllBytes);

    private string[] RunToEnd()
    {
        using var process = Start();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, output);
        return output.Split('\n');
    }

    private Process Start()
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in new[] { typeof(Table).Assembly.Location, "--data", _folder, "--cells", Cells, "--methods", "Lbfgs,LightGbm", "--seeds", "1,2", "--noise", "0,0.2,0.4" })
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
