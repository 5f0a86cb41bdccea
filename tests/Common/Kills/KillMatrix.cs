using System.Diagnostics;

namespace FlipReg.Tests.Kills;

/// <summary>What killing fits gave.</summary>
/// <param name="Kills">Processes killed (SIGKILL).</param>
/// <param name="WhileWriting">Of these, while a checkpoint was being written.</param>
/// <param name="Survived">Kills of fits that, started again, ended with the bits of a fit that nobody killed.</param>
/// <param name="Problems">What the others gave.</param>
internal sealed record KillReport(int Kills, int WhileWriting, int Survived, IReadOnlyList<string> Problems);

/// <summary>
/// Kills fits in processes of their own at random moments, starts them again, and compares what they end with to a fit that nobody killed.
/// </summary>
/// <param name="program">tests/FreshProcess, FreshProcess.dll.</param>
/// <param name="seed">Seed of the moments.</param>
internal sealed class KillMatrix(string program, int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>
    /// Runs a number of kills for a method's options, up to several of them in the life of each fit, each at a moment from the start of the fit to
    /// when a fit that nobody killed would have ended.
    /// </summary>
    public KillReport Run(string optionsType, int kills, int killsOfAFit)
    {
        var (expected, _) = Start(optionsType, "", TimeSpan.MaxValue);
        var (done, whileWriting, survived) = (0, 0, 0);
        var problems = new List<string>();
        TimeSpan? duration = null;
        while (done < kills)
        {
            var directory = Directory.CreateTempSubdirectory("kills").FullName;
            var ofThis = 0;
            try
            {
                if (duration is null)
                {
                    var clock = Stopwatch.StartNew();
                    var (whole, ready) = Start(optionsType, directory, TimeSpan.MaxValue);
                    duration = clock.Elapsed - ready;
                    if (whole != expected)
                        problems.Add($"A fit of {optionsType} with checkpoints differs from one without: {whole}");
                    continue;
                }

                string? output = null;
                while (output is null && ofThis < Math.Min(killsOfAFit, kills - done))
                {
                    (output, _) = Start(optionsType, directory, duration.Value * _random.NextDouble());
                    if (output is not null)
                        break;
                    ofThis++;
                    whileWriting += Directory.GetDirectories(directory, ".unfinished-*").Length > 0 ? 1 : 0;
                }

                (output, _) = output is null ? Start(optionsType, directory, TimeSpan.MaxValue) : (output, default);
                if (output == expected)
                    survived += ofThis;
                else
                    problems.Add($"After {ofThis} kills a fit of {optionsType} ended with {output}\ninstead of {expected}");
                done += ofThis;
            }
            finally
            {
                Directory.Delete(directory, recursive: true);
            }
        }

        return new(done, whileWriting, survived, problems);
    }

    /// <summary>Starts the program, and kills it some time after it is ready; returns what it printed, or null where it was killed.</summary>
    private (string? Output, TimeSpan UntilReady) Start(string optionsType, string directory, TimeSpan lifetime)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { program, "stoppable", optionsType, directory })
            start.ArgumentList.Add(argument);
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var ready = process.StandardOutput.ReadLine();
        var untilReady = clock.Elapsed;
        var output = process.StandardOutput.ReadToEndAsync();
        if (ready == "ready" && lifetime != TimeSpan.MaxValue && !process.WaitForExit(lifetime))
        {
            process.Kill();
            process.WaitForExit();
            return process.ExitCode == 0 ? (output.Result, untilReady) : (null, untilReady);
        }

        if (!process.WaitForExit(TimeSpan.FromMinutes(2)))
        {
            process.Kill();
            throw new TimeoutException($"A fit of {optionsType} did not end.");
        }

        process.WaitForExit();
        return process.ExitCode == 0
            ? (output.Result, untilReady)
            : throw new InvalidOperationException($"A fit of {optionsType} failed: {ready} {output.Result} {error.Result}");
    }
}
