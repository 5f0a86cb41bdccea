using System.Diagnostics;
using System.Globalization;

namespace Soak;

/// <summary>A part of the run in a process of its own, so that its memory is its own.</summary>
internal static class Child
{
    /// <summary>Runs this program and returns the "name=value" pairs of its last line.</summary>
    /// <exception cref="InvalidOperationException">It ended with another exit code than 0, or not in time.</exception>
    public static Dictionary<string, long> Run(TimeSpan limit, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Child).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"'{string.Join(' ', start.ArgumentList)}' must end within {limit}.");
        }

        if (process.ExitCode != 0)
            throw new InvalidOperationException($"'{string.Join(' ', start.ArgumentList)}' must end with exit code 0. Got {process.ExitCode}: {error.Result} {output.Result}");
        return output.Result.Trim().Split('\n')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('='))
            .Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => long.Parse(pair[1], CultureInfo.InvariantCulture));
    }
}
