using System.Collections;
using System.Diagnostics;

namespace Packaging.Tests.Support;

/// <summary>What a command left: exit code, and both streams.</summary>
internal sealed record CommandResult(string Line, int ExitCode, string Output, string Error)
{
    /// <summary>Asserts that the command succeeded.</summary>
    public CommandResult Succeeded()
    {
        Assert.AreEqual(0, ExitCode, $"{Line}\n{Output}\n{Error}");
        return this;
    }

    /// <summary>Asserts that the command failed.</summary>
    public CommandResult Failed()
    {
        Assert.AreNotEqual(0, ExitCode, $"{Line} should have failed.\n{Output}\n{Error}");
        return this;
    }
}

/// <summary>Runs a command as a user's shell would: with nothing of the test host's environment that steers the SDK.</summary>
internal static class Command
{
    private static readonly string[] _hostPrefixes = ["MSBUILD", "DOTNET_", "VSTEST", "TESTINGPLATFORM", "CORECLR", "COR_", "FLIPREG", "NUGET_PACKAGES", "CONFIGURATION", "PLATFORM"];

    /// <summary>What is given to every command: quiet tools, and no process that stays.</summary>
    private static readonly Dictionary<string, string> _ours = new()
    {
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["DOTNET_NOLOGO"] = "1",
        ["DOTNET_SKIP_FIRST_TIME_EXPERIENCE"] = "1",
        ["DOTNET_GENERATE_ASPNET_CERTIFICATE"] = "false",
        ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
        ["DOTNET_CLI_UI_LANGUAGE"] = "en",
        ["MSBUILDDISABLENODEREUSE"] = "1",
        ["UseSharedCompilation"] = "false",
    };

    public static CommandResult Run(string folder, string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(e => (string)e.Key).Where(IsHosts))
            start.Environment.Remove(name);
        foreach (var (name, value) in _ours.Concat(environment ?? new Dictionary<string, string>()))
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        var line = $"{file} {string.Join(' ', start.ArgumentList)}";
        if (!process.WaitForExit(TimeSpan.FromMinutes(5)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{line} did not end within 5 minutes.");
        }

        return new CommandResult(line, process.ExitCode, output.Result, error.Result);
    }

    public static CommandResult Dotnet(string folder, params string[] arguments) => Run(folder, "dotnet", arguments);

    /// <summary>Where the machine's .NET is, DOTNET_ROOT, is no setting of the host's.</summary>
    private static bool IsHosts(string name) => name != "DOTNET_ROOT" && _hostPrefixes.Any(p => name.StartsWith(p, StringComparison.OrdinalIgnoreCase));
}
