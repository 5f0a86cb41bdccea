using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Soak.Targets;
using static System.FormattableString;

namespace Soak;

/// <summary>
/// Damages files and watches processes read them. A process that ends, hangs or takes too much memory counts against the case it was at; its
/// file is kept, and another process goes on with the next.
/// </summary>
internal sealed class MutationRun(string folder, int seed, Action<string> log)
{
    /// <summary>A process needs longer to begin: libraries are loaded, and the undamaged file is used.</summary>
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(30);

    /// <summary>A case may need this much more memory than there was before.</summary>
    private const long MaximumGrowthKilobytes = 512 << 10;

    /// <summary>A process is ended at this much.</summary>
    private const long MaximumKilobytes = 3 << 20;

    private readonly ConcurrentQueue<string> _errors = new();

    /// <summary>Processor time that a case may take, or a sixth of the time on the wall: other work may keep a process waiting. Default 10 seconds.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Removes what an earlier run left.</summary>
    public void Clear()
    {
        foreach (var name in new[] { "base", "work", "tmp", "kept" }.Where(name => Directory.Exists(Path.Combine(folder, name))))
            Directory.Delete(Path.Combine(folder, name), recursive: true);
    }

    /// <summary>Runs cases 0 to <paramref name="cases"/> of a target.</summary>
    public MutationResult Run(Target target, int cases)
    {
        Directory.CreateDirectory(folder);
        if (!Directory.Exists(Path.Combine(folder, "base")))
            BaseFiles.Make(Path.Combine(folder, "base"));
        var result = new MutationResult(target);
        for (var next = 0; next < cases;)
            next = RunWorker(target, next, cases, result);
        return result;
    }

    /// <summary>Runs one case again, and returns what came of it.</summary>
    public MutationResult RunCase(Target target, int number)
    {
        BaseFiles.Make(Path.Combine(folder, "base"));
        var result = new MutationResult(target);
        RunWorker(target, number, number + 1, result);
        return result;
    }

    /// <summary>Returns the first case that is still to be run.</summary>
    private int RunWorker(Target target, int first, int end, MutationResult result)
    {
        using var process = Start(target, first, end);
        using var lines = new BlockingCollection<string>();
        process.OutputDataReceived += (_, e) => AddOrEnd(lines, e.Data);
        process.ErrorDataReceived += (_, e) => _errors.Enqueue(e.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var (current, clock, limit, processor) = (first, Stopwatch.StartNew(), _startLimit, TimeSpan.Zero);
        while (true)
        {
            if (lines.TryTake(out var line, 25))
            {
                if (line.Split(' ', 4) is ["<", var number, var growth, var text])
                {
                    current = int.Parse(number, CultureInfo.InvariantCulture) + 1;
                    var outcome = Enum.Parse<Outcome>(text.Split(' ')[0]);
                    var kilobytes = long.Parse(growth, CultureInfo.InvariantCulture);
                    Count(target, current - 1, kilobytes > MaximumGrowthKilobytes ? Outcome.Runaway : outcome, Invariant($"{text} ({kilobytes >> 10} MiB)"), result);
                    result.LargestGrowthKilobytes = Math.Max(result.LargestGrowthKilobytes, kilobytes);
                }

                limit = Limit;

                clock.Restart();
                processor = ProcessorTime(process);
                continue;
            }

            Outcome? fate = lines.IsCompleted ? Outcome.Crash
                : clock.Elapsed > 6 * limit || ProcessorTime(process) - processor > limit ? Outcome.Hang
                : Memory.Kilobytes(process.Id) > MaximumKilobytes ? Outcome.Runaway
                : null;
            if (fate is null)
                continue;
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            if (fate == Outcome.Crash && current == end && process.ExitCode == 0)
                return end;
            Count(target, current, fate.Value, Invariant($"exit code {process.ExitCode}. {string.Join(' ', _errors.TakeLast(8))}"), result);
            _errors.Clear();
            return current + 1;
        }
    }

    private Process Start(Target target, int first, int end)
    {
        var temporary = Path.Combine(folder, "tmp");
        if (Directory.Exists(temporary))
            Directory.Delete(temporary, recursive: true);
        Directory.CreateDirectory(temporary);
        var start = new ProcessStartInfo("dotnet", [typeof(MutationRun).Assembly.Location, "worker", folder, target.Name, Invariant($"{seed}"), Invariant($"{first}"), Invariant($"{end}")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TMPDIR"] = temporary;
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        return Process.Start(start)!;
    }

    private void Count(Target target, int number, Outcome outcome, string text, MutationResult result)
    {
        var files = BaseFiles.Open(Path.Combine(folder, "base"));
        var mutant = outcome is Outcome.Error or Outcome.Same ? null : target.Mutate(Seeds.Of(seed, target, number), files);
        if (outcome is Outcome.Crash or Outcome.Hang or Outcome.Runaway && target.IsForeign(mutant!.Content, files))
            (outcome, text) = (Outcome.ForeignFate, Invariant($"{outcome} {outcome}: {mutant.Fault}"));
        result.Counts[outcome] = result.Counts.GetValueOrDefault(outcome) + 1;
        if (!result.IsFailure(outcome))
        {
            if (outcome is Outcome.ForeignUncleanError or Outcome.ForeignFate)
                result.Foreign.Add(text);
            return;
        }

        Directory.CreateDirectory(Path.Combine(folder, "kept"));
        var path = Path.Combine(folder, "kept", Invariant($"{target.Name.Replace(' ', '-')}-{seed}-{number}"));
        File.WriteAllBytes(path, mutant!.Content);
        var failure = Invariant($"{target.Name}, seed {seed}, case {number}: {mutant.Fault}: {text}. Kept: {path}");
        result.Failures.Add(failure);
        log(failure);
    }

    private static TimeSpan ProcessorTime(Process process)
    {
        try
        {
            return process.TotalProcessorTime;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It has just ended.
            return TimeSpan.Zero;
        }
    }

    private static void AddOrEnd(BlockingCollection<string> lines, string? line)
    {
        if (line is null)
            lines.CompleteAdding();
        else
            lines.Add(line);
    }
}

/// <summary>What came of a target's cases.</summary>
internal sealed class MutationResult(Target target)
{
    public Target Target => target;

    public Dictionary<Outcome, int> Counts { get; } = [];

    public List<string> Failures { get; } = [];

    /// <summary>What other libraries did over damaged parts of their own: errors that an unchecked value led to, crashes, hangs, runaways.</summary>
    public List<string> Foreign { get; } = [];

    public long LargestGrowthKilobytes { get; set; }

    public int Cases => Counts.Values.Sum();

    public bool IsFailure(Outcome outcome) => outcome switch
    {
        Outcome.Error or Outcome.Same or Outcome.ForeignUncleanError or Outcome.ForeignFate => false,
        Outcome.Changed => target.Promise == Promise.Digest,
        _ => true,
    };
}
