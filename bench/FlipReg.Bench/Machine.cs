using System.Runtime.InteropServices;
using TorchSharp;

namespace FlipReg.Bench;

/// <summary>What the figures were measured on.</summary>
internal static class Machine
{
    public static void Print()
    {
        torch.zeros(1).Dispose();
        Console.WriteLine($"{DateTime.UtcNow:yyyy-MM-dd}, {Processor()}, {Environment.ProcessorCount} processors");
        Console.WriteLine($"{RuntimeInformation.FrameworkDescription}, {Libraries()}");
    }

    /// <summary>The libtorch and BLAS files this process has loaded.</summary>
    private static string Libraries() => string.Join(", ", File.ReadLines("/proc/self/maps")
        .Select(line => line[(line.LastIndexOf(' ') + 1)..])
        .Where(path => path.Contains("libtorch_cpu", StringComparison.Ordinal) || Path.GetFileName(path).Contains("blas", StringComparison.Ordinal))
        .Distinct().Order(StringComparer.Ordinal));

    private static string Processor() => File.ReadLines("/proc/cpuinfo")
        .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown processor";
}
