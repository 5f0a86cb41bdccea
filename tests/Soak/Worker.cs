using System.Globalization;
using System.Reflection;
using Soak.Targets;
using static System.FormattableString;

namespace Soak;

/// <summary>
/// The process that reads damaged files, one after another. It tells on its output when a case begins and what came of it, so that the one
/// that watches knows which case it was that took the process along.
/// </summary>
internal static class Worker
{
    /// <summary>Errors that a reader of files must not end with: they are what an unchecked value leads to.</summary>
    private static readonly Type[] _unclean =
    [
        typeof(NullReferenceException), typeof(IndexOutOfRangeException), typeof(InvalidCastException), typeof(KeyNotFoundException), typeof(OutOfMemoryException), typeof(OverflowException),
        typeof(DivideByZeroException), typeof(ArrayTypeMismatchException), typeof(NotImplementedException), typeof(System.Runtime.InteropServices.ExternalException), typeof(ObjectDisposedException),
    ];

    private const long AggressiveKilobytes = 400 << 10;

    public static void Run(string folder, string targetName, int seed, int first, int end)
    {
        var files = BaseFiles.Open(Path.Combine(folder, "base"));
        var target = Target.Named(targetName);
        // Below several folders of ours, so that what leaves its folder is found.
        var work = Path.Combine(folder, "work", "a", "b", "c", "d");
        var expected = Use(target, target.Original(files), work);
        if (!expected.StartsWith('='))
            throw new InvalidOperationException($"The undamaged file of '{target.Name}' must be read. Got: {expected}");
        for (var number = first; number < end; number++)
        {
            Tell(Invariant($"> {number}"));
            var mutant = target.Mutate(Seeds.Of(seed, target, number), files);
            // Memory that an earlier case has left would hide what this one takes.
            GC.Collect(GC.MaxGeneration, Memory.Kilobytes(Environment.ProcessId) > AggressiveKilobytes ? GCCollectionMode.Aggressive : GCCollectionMode.Forced);
            var before = Memory.ResetPeak();
            var result = Use(target, mutant.Content, work);
            var peak = Memory.PeakKilobytes() - before;
            var outcome = Escaped(folder) is { } path ? Invariant($"{Outcome.Escaped} wrote {path}")
                : result[0] == '=' ? (result == expected ? nameof(Outcome.Same) : nameof(Outcome.Changed))
                : result;
            Tell(Invariant($"< {number} {peak} {outcome}"));
        }
    }

    private static string Use(Target target, byte[] content, string work)
    {
        Directory.CreateDirectory(work);
        try
        {
            return "=" + target.Use(content, work);
        }
        catch (Exception e)
        {
            var inner = e;
            while (inner.InnerException is { } cause && (inner is TargetInvocationException || !_unclean.Any(type => type.IsInstanceOfType(inner))))
                inner = cause;
            var unclean = _unclean.Any(type => type.IsInstanceOfType(inner)) || e.Message.Length is 0 or > 4096;
            var outcome = !unclean ? Outcome.Error : IsOurs(inner) ? Outcome.UncleanError : Outcome.ForeignUncleanError;
            var trace = inner.StackTrace?.Split('\n').FirstOrDefault()?.Trim();
            return $"{outcome} {inner.GetType().Name}: {Line(inner.Message)} {(unclean ? trace : "")}";
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>Whether the frame of this library or ML.NET's that is nearest to where it was thrown is this library's.</summary>
    private static bool IsOurs(Exception e) => (e.StackTrace ?? "").Split('\n')
        .FirstOrDefault(frame => frame.Contains("FlipReg.", StringComparison.Ordinal) || frame.Contains("Microsoft.ML.", StringComparison.Ordinal))
        ?.Contains("FlipReg.", StringComparison.Ordinal) ?? true;

    /// <summary>A file where none may be.</summary>
    private static string? Escaped(string folder) => Directory.EnumerateFiles(folder)
        .Concat(Directory.EnumerateFiles(Path.Combine(folder, "work"), "*", SearchOption.AllDirectories))
        .Concat(Directory.EnumerateFiles("/tmp", "escaped-*")).FirstOrDefault();

    private static string Line(string text) => string.Concat(text.Take(300).Select(c => char.IsControl(c) ? ' ' : c));

    private static void Tell(string line) => Console.Out.WriteLine(line);
}

/// <summary>What came of a case.</summary>
internal enum Outcome
{
    /// <summary>An error of a kind that a reader of files may end with.</summary>
    Error,

    /// <summary>It was read, and gives what the undamaged file gives.</summary>
    Same,

    /// <summary>It was read without an error, and gives something else.</summary>
    Changed,

    /// <summary>An error that an unchecked value leads to, out of this library.</summary>
    UncleanError,

    /// <summary>Such an error out of another library.</summary>
    ForeignUncleanError,

    /// <summary>The process ended.</summary>
    Crash,

    /// <summary>No result in time.</summary>
    Hang,

    /// <summary>More memory than allowed.</summary>
    Runaway,

    /// <summary>A crash, a hang or a runaway over a file in which every part that this library reads is undamaged.</summary>
    ForeignFate,

    /// <summary>A file outside of the folder.</summary>
    Escaped,
}

/// <summary>The generator of a case, by seed, target and number.</summary>
internal static class Seeds
{
    public static Random Of(int seed, Target target, int number)
    {
        var hash = 2166136261u;
        foreach (var c in string.Create(CultureInfo.InvariantCulture, $"{seed}/{target.Name}/{number}"))
            hash = (hash ^ c) * 16777619;
        return new Random((int)hash);
    }
}
