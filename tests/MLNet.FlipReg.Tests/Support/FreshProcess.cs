using System.Diagnostics;

namespace MLNet.FlipReg.Tests.Support;

/// <summary>Runs tests/FreshProcess, a program that has seen none of this process.</summary>
internal static class FreshProcess
{
    public static string Run(params string[] arguments)
    {
        using var process = Start(arguments);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        Assert.IsTrue(process.WaitForExit(TimeSpan.FromMinutes(2)), "The process did not end.");
        Assert.AreEqual(0, process.ExitCode, error.Result);
        return output.Trim();
    }

    /// <summary>Starts it, for a test that does not wait for its end.</summary>
    public static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "FreshProcess.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
