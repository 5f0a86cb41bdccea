using System.Diagnostics;
using Dapper;
using FlipReg.Tests.Postgres;

namespace FlipReg.Sweeps.Tests.Processes;

/// <summary>Two hosts, each a network namespace of its own, and a server that both reach by a link of their own; one link is cut and mended.</summary>
[TestClass]
public sealed class NetworkTests
{
    private const string A = "fr-a", B = "fr-b";

    [TestMethod]
    [TestCategory("Slow")]
    public void A_worker_that_is_cut_off_loses_its_trial_to_the_other_and_its_late_tell_is_refused()
    {
        if (Environment.UserName != "root")
            Assert.Inconclusive("Network namespaces need root.");
        var folder = Directory.CreateTempSubdirectory("sweep-files").FullName;
        try
        {
            Clean();
            foreach (var (name, network) in new[] { (A, "10.213.1"), (B, "10.213.2") })
            {
                Ip("netns", "add", name);
                Ip("link", "add", $"{name}0", "type", "veth", "peer", "name", $"{name}1");
                Ip("link", "set", $"{name}1", "netns", name);
                Ip("addr", "add", $"{network}.1/24", "dev", $"{name}0");
                Ip("link", "set", $"{name}0", "up");
                Ip("netns", "exec", name, "ip", "addr", "add", $"{network}.2/24", "dev", $"{name}1");
                Ip("netns", "exec", name, "ip", "link", "set", $"{name}1", "up");
            }

            using var server = PostgresServer.Start("*");
            var address = server.NewDatabase("10.213.1.1");
            // No folder in common: two hosts.
            using var cut = WorkerProcess.Start(address, true, Path.Combine(folder, "a"), (4, 6, 500), 3000, "ip", "netns", "exec", A);
            using var store = SweepStore.PostgreSql(address);
            var clock = Stopwatch.StartNew();
            while (store.ReadStudies().Count == 0 || !store.ReadTrials("study").Any(t => t.Reports.Count > 1))
            {
                Assert.IsTrue(clock.Elapsed < TimeSpan.FromSeconds(60) && !cut.HasExited, string.Join("\n", cut.Lines));
                Thread.Sleep(50);
            }

            Ip("link", "set", $"{A}0", "down");
            using var other = WorkerProcess.Start(address.Replace("10.213.1.1", "10.213.2.1"), true, Path.Combine(folder, "b"), (4, 6, 100), 3000, "ip", "netns", "exec", B);
            Assert.IsTrue(other.Wait(TimeSpan.FromMinutes(1)) && other.ExitCode == 0, string.Join("\n", other.Lines));
            var before = State(store);
            StringAssert.Contains(before, "Lost");
            // What the cut worker finished in vain.
            Assert.IsTrue(cut.WaitForLine("finished ", TimeSpan.FromSeconds(60)));
            Ip("link", "set", $"{A}0", "up");
            Assert.IsTrue(cut.Wait(TimeSpan.FromMinutes(2)) && cut.ExitCode == 0, string.Join("\n", cut.Lines));
            Assert.AreEqual(before, State(store));
            Assert.IsTrue(store.ReadTrials("study") is { Count: 4 } trials && trials.All(t => t.State == TrialState.Finished));
        }
        finally
        {
            Clean();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string State(SweepStore store)
    {
        using var connection = store.Dialect.Open();
        return string.Join("; ", connection.Query<string>("SELECT trial_number || '.' || number || ' ' || state || ' ' || coalesce(ended_at, 0) FROM attempt ORDER BY trial_number, number")
            .Concat(connection.Query<string>("SELECT number || ' ' || state || ' ' || value || ' ' || attempt FROM trial ORDER BY number")));
    }

    private static void Clean()
    {
        foreach (var name in new[] { A, B })
        {
            Try("ip", "link", "del", $"{name}0");
            Try("ip", "netns", "del", name);
        }
    }

    private static void Ip(params string[] arguments)
    {
        if (Try("ip", arguments) is { } error)
            Assert.Inconclusive($"Network namespaces are not permitted here: ip {string.Join(' ', arguments)}: {error}");
    }

    /// <summary>What went wrong, or null.</summary>
    private static string? Try(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : error;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return e.Message;
        }
    }
}
