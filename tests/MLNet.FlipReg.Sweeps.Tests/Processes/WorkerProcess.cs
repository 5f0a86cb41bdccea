using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace FlipReg.Sweeps.Tests.Processes;

/// <summary>A worker of tests/SweepProcess in a process of its own.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private static readonly string _program = Path.Combine(AppContext.BaseDirectory, "SweepProcess.dll");

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    private WorkerProcess(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, e) => _lines.Enqueue(e.Data ?? "");
        _process.ErrorDataReceived += (_, e) => _lines.Enqueue(e.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public IReadOnlyCollection<string> Lines => [.. _lines.Where(line => line.Length > 0)];

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public int Id => _process.Id;

    /// <param name="database">Path or connection string.</param>
    /// <param name="isPostgres">Which.</param>
    /// <param name="folder">For files of trials.</param>
    /// <param name="work">How many trials, of how many steps, of how many milliseconds.</param>
    /// <param name="lease">In milliseconds.</param>
    /// <param name="before">What the command begins with, such as a change of the network namespace.</param>
    public static WorkerProcess Start(string database, bool isPostgres, string folder, (int Trials, int Steps, int Pause) work, int lease = 1500, params string[] before)
    {
        string[] command = [.. before, "dotnet", _program, "worker", isPostgres ? $"postgres:{database}" : database, "study", $"{work.Trials}", $"{work.Steps}", $"{work.Pause}", folder, $"{lease}", $"{lease / 4}"];
        return new(new ProcessStartInfo(command[0], command.Skip(1)));
    }

    public static WorkerProcess Slots(params string[] slots) => new(new ProcessStartInfo("dotnet", [_program, "slots", .. slots]));

    public void Kill() => _process.Kill(entireProcessTree: true);

    /// <summary>Freezes the process (SIGSTOP).</summary>
    public void Freeze() => Assert.AreEqual(0, kill(Id, 19));

    /// <summary>Lets it go on (SIGCONT).</summary>
    public void Thaw() => Assert.AreEqual(0, kill(Id, 18));

    public bool Wait(TimeSpan time)
    {
        var ended = _process.WaitForExit(time);
        if (ended)
            _process.WaitForExit();
        return ended;
    }

    public bool WaitForLine(string start, TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < time)
        {
            if (_lines.Any(line => line.StartsWith(start, StringComparison.Ordinal)))
                return true;
            Thread.Sleep(20);
        }

        return false;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            kill(Id, 18);
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

#pragma warning disable SYSLIB1054, IDE1006 // One function of the C library.
    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int process, int signal);
#pragma warning restore SYSLIB1054, IDE1006
}
