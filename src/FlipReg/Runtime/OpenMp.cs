using System.Runtime.InteropServices;

namespace FlipReg.Runtime;

/// <summary>
/// Threads of libgomp that wait for one another spin, by default for milliseconds: beside a busy process that costs two threads most of
/// their speed. A limit on the spinning has to be in the C environment before libgomp is loaded. See docs/decisions/0004-threads.md for the figures.
/// </summary>
internal static partial class OpenMp
{
    /// <summary>Rounds that a waiting thread spins before it sleeps.</summary>
    internal const string SpinCount = "2000";

    /// <summary>Sets the limit, where the user has set neither it nor a waiting policy.</summary>
    public static void LimitSpinning()
    {
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
            _ = SetVariable("GOMP_SPINCOUNT", SpinCount, overwrite: 0);
    }

    // Environment.SetEnvironmentVariable changes .NET's own copy only.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
