using System.Globalization;

namespace Soak;

/// <summary>Resident memory, as the kernel counts it.</summary>
internal static class Memory
{
    /// <summary>Resident kilobytes of a process; 0 where it is gone.</summary>
    public static long Kilobytes(int process) => Read($"/proc/{process}/status", "VmRSS:");

    /// <summary>Lets the peak start anew; returns what is resident now.</summary>
    public static long ResetPeak()
    {
        File.WriteAllText("/proc/self/clear_refs", "5");
        return Read("/proc/self/status", "VmRSS:");
    }

    /// <summary>The most that was resident since.</summary>
    public static long PeakKilobytes() => Read("/proc/self/status", "VmHWM:");

    private static long Read(string path, string field)
    {
        try
        {
            var line = File.ReadLines(path).FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^2], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
