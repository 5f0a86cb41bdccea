using System.Diagnostics;
using static System.FormattableString;

namespace FlipReg.Sweeps;

/// <summary>One child process for each GPU: the program starts itself anew, with the one GPU to be seen.</summary>
public static class SweepSlots
{
    /// <summary>The environment variable that a child finds its slot in.</summary>
    internal const string Variable = "FLIPREG_SWEEP_SLOT";

    /// <summary>This process' slot; null in a process that is not a child of <see cref="Run"/>.</summary>
    public static string? Current => Environment.GetEnvironmentVariable(Variable);

    /// <summary>
    /// Starts the program once for each slot, with CUDA_VISIBLE_DEVICES set to it, and waits for all. A child that is killed by a signal is started again, up to three times: its
    /// trial is taken up by whoever asks first.
    /// </summary>
    /// <param name="slots">What each child sees of the GPUs, as CUDA_VISIBLE_DEVICES takes it, such as "0" and "1"; at least one.</param>
    /// <param name="arguments">The children's arguments.</param>
    /// <param name="cancellationToken">Ends the children.</param>
    /// <param name="program">The program and its first arguments; null: this one.</param>
    /// <returns>The children's exit codes.</returns>
    /// <exception cref="ArgumentException">There is no slot.</exception>
    /// <exception cref="InvalidOperationException">This process is such a child itself.</exception>
    public static IReadOnlyList<int> Run(IReadOnlyList<string> slots, IReadOnlyList<string> arguments, CancellationToken cancellationToken = default, IReadOnlyList<string>? program = null)
    {
        ArgumentNullException.ThrowIfNull(slots);
        ArgumentNullException.ThrowIfNull(arguments);
        if (slots.Count == 0 || slots.Any(string.IsNullOrEmpty))
            throw new ArgumentException(Invariant($"slots must hold at least 1 GPU, none of them empty. Got {slots.Count}."), nameof(slots));
        if (Current is { } current)
            throw new InvalidOperationException(Invariant($"This process is the child of slot '{current}' itself. Ask SweepSlots.Current before."));
        return Task.WhenAll(slots.Select(slot => Task.Factory.StartNew(() => RunSlot(slot, [.. program ?? ThisProgram(), .. arguments], cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))).GetAwaiter().GetResult();
    }

    private static int RunSlot(string slot, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        for (var starts = 1; ; starts++)
        {
            var start = new ProcessStartInfo(command[0], command.Skip(1));
            (start.Environment["CUDA_VISIBLE_DEVICES"], start.Environment[Variable]) = (slot, slot);
            using var child = Process.Start(start) ?? throw new InvalidOperationException(Invariant($"The child of slot '{slot}' must start. '{command[0]}' did not."));
            using (cancellationToken.Register(() => Kill(child)))
                child.WaitForExit();
            // 128 and more: ended by a signal.
            if (child.ExitCode < 128 || cancellationToken.IsCancellationRequested || starts > 3)
                return child.ExitCode;
        }
    }

    private static void Kill(Process child)
    {
        try
        {
            child.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }

    private static string[] ThisProgram()
    {
        var process = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this program is not known. Give it as 'program'.");
        // Run by the dotnet command: the program is its argument.
        return string.Equals(Path.GetFileNameWithoutExtension(process), "dotnet", StringComparison.OrdinalIgnoreCase) ? [process, Environment.GetCommandLineArgs()[0]] : [process];
    }
}
