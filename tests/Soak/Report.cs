using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using FlipReg;
using FlipReg.Tests.Kills;
using Microsoft.ML;
using Soak.Targets;
using static System.FormattableString;

namespace Soak;

/// <summary>The page with the figures.</summary>
internal sealed class Report
{
    public required SoakOptions Options { get; init; }

    public required IReadOnlyList<MutationResult> Mutations { get; init; }

    public required KillReport Kills { get; init; }

    public required Dictionary<string, long> Fits { get; init; }

    public required Dictionary<string, long> Threads { get; init; }

    /// <summary>What went wrong; empty where nothing did.</summary>
    public IReadOnlyList<string> Failures() =>
    [
        .. Mutations.SelectMany(m => m.Failures),
        .. Kills.Problems.Select(problem => $"kills: {problem}"),
        .. Fits["end"] - Fits["start"] > FitRun.MaximumGrowthKilobytes ? [Invariant($"fits: resident memory grew from {Fits["start"]} to {Fits["end"]} kB")] : Array.Empty<string>(),
        .. Threads["errors"] > 0 ? [Invariant($"threads: {Threads["errors"]} errors")] : Array.Empty<string>(),
        .. Threads["end"] - Threads["start"] > ThreadRun.MaximumGrowthKilobytes ? [Invariant($"threads: resident memory grew from {Threads["start"]} to {Threads["end"]} kB")] : Array.Empty<string>(),
    ];

    public string Text()
    {
        var text = new StringBuilder();
        text.Append(Invariant($"""
            # Reliability

            Printed and written by one command, `./eng/soak.sh`, which takes about a quarter of an hour on two processors. **{DateTime.UtcNow:yyyy-MM-dd}**, {Machine()}; {Libraries()}. Seed {Options.Seed}: the
            same seed damages the same files in the same way.

            ## Damaged files

            Each file is damaged in one way and then read and used, in a process that another one watches: scoring rows for a model, going on with the fit for a
            checkpoint. A process that ends, needs over 10 seconds of processor time or 512 MiB more than before, an error that an unchecked value leads to (null reference, index, cast, overflow, out of
            memory) or a message of over 4,096 characters, and a file outside of the folder, count as failures.


            """));
        text.Append("| file | damaged | clean errors | no effect | other results, silently | crashes, hangs, runaways / all of them in others' parts | unclean errors, ours / others' | most memory for one, MiB |\n|---|---|---|---|---|---|---|---|\n");
        foreach (var m in Mutations)
            text.Append(Invariant($"| {m.Target.Name} | {m.Cases:N0} | {N(m, Outcome.Error):N0} | {N(m, Outcome.Same):N0} | {Changed(m)} | {N(m, Outcome.Crash)}, {N(m, Outcome.Hang)}, {N(m, Outcome.Runaway)} / {N(m, Outcome.ForeignFate)} | {N(m, Outcome.UncleanError)} / {N(m, Outcome.ForeignUncleanError)} | {m.LargestGrowthKilobytes >> 10} |\n"));
        text.Append(Invariant($"| **together** | **{Mutations.Sum(m => m.Cases):N0}** | {Sum(Outcome.Error):N0} | {Sum(Outcome.Same):N0} | **{Mutations.Where(m => m.Target.Promise == Promise.Digest).Sum(m => N(m, Outcome.Changed))}** where digests cover the file | **{Sum(Outcome.Crash)}, {Sum(Outcome.Hang)}, {Sum(Outcome.Runaway)}** / {Sum(Outcome.ForeignFate)} | {Sum(Outcome.UncleanError)} / {Sum(Outcome.ForeignUncleanError)} | |\n"));
        text.Append("""

            What was tried: bits flipped; cut off; longer (zeros, noise, itself); blocks overwritten, removed, doubled, exchanged; numbers of 1 to 8 bytes replaced by extremes; zip
            entries exchanged, missing, doubled, emptied, taken from another model, under very long names and under names that leave the folder, expanding to 256 MiB, with lies in the
            central directory, and 2,000 more of them; in JSON every field replaced by extremes, other types, long texts, deep nesting and long lists, missing, doubled, unknown, and sizes that
            the file does not hold; in safetensors lying lengths, shapes, types and offsets, strange and doubled names, values that are not finite, headers of 64 MiB. "With a right hash"
            means that the digest was made to fit, as a forger would: another model may come of it, but nothing worse. ML.NET's `Load` checks no CRC of the parts that are ML.NET's own (a normalizer):
            there a change can pass, and a number that was changed can keep ML.NET busy or out of memory ("others' parts": every part that this library reads was undamaged). `LoadFile` reads
            the digest first.


            """);
        text.Append("## Kills, fits, threads\n\n");
        text.Append(Invariant($"- Kills: fits with checkpoints killed (SIGKILL) {Kills.Kills} times at random moments, {Kills.WhileWriting} of them while a checkpoint was being written; {Kills.Survived} went on when started again and ended with the same bits as a fit that nobody killed.\n"));
        text.Append(Invariant($"- Fits: {Fits["fits"]} in a row in one process, the methods in turn, after {FitRun.WarmUp} to warm up: resident memory {Fits["start"] >> 10} MiB at the start, {Fits["end"] >> 10} MiB at the end.\n"));
        text.Append(Invariant($"- Threads: {Threads["threads"]} threads × {Options.Seconds} s on shared transformers: {Threads["operations"]:N0} operations, {Threads["errors"]} errors or other scores; resident memory {Threads["start"] >> 10} MiB after half of the time, {Threads["end"] >> 10} MiB at the end.\n"));
        var failures = Failures();
        text.Append(failures.Count == 0 ? "\nNo failure.\n" : Invariant($"\n**{failures.Count} failures:**\n\n") + string.Concat(failures.Select(f => $"- {f[..Math.Min(f.Length, 600)]}\n")));
        return text.ToString();
    }

    private static int N(MutationResult m, Outcome outcome) => m.Counts.GetValueOrDefault(outcome);

    private static string Changed(MutationResult m) => m.Target.Promise == Promise.Forged ? Invariant($"({N(m, Outcome.Changed)}: another model)") : Invariant($"{N(m, Outcome.Changed)}");

    private static string Machine() => Invariant($"{RuntimeInformation.OSArchitecture}, {Environment.ProcessorCount} processors, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB of memory");

    private static string Libraries() => $"{RuntimeInformation.FrameworkDescription}, MLNet.FlipReg {Version(typeof(FlipRegPredictionTransformer))}, ML.NET {Version(typeof(MLContext))}, TorchSharp {Version(typeof(TorchSharp.torch))}";

    private static string Version(Type type) => (type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown").Split('+')[0];

    private int Sum(Outcome outcome) => Mutations.Sum(m => N(m, outcome));
}
