using System.Runtime.Versioning;

namespace Packaging.Tests.Support;

/// <summary>Runs commands without root's rights, to which no file is read-only.</summary>
[SupportedOSPlatform("linux")]
internal static class OrdinaryUser
{
    private const string Nobody = "65534";

    /// <summary>Runs a command as a user without rights; as the user of the tests, where that is not root.</summary>
    public static CommandResult Run(string folder, string file, params string[] arguments)
    {
        var environment = new Dictionary<string, string> { ["HOME"] = folder, ["TMPDIR"] = folder };
        if (!Environment.IsPrivilegedProcess)
            return Command.Run(folder, file, arguments, environment);
        return Command.Run(folder, "setpriv", [$"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", file, .. arguments], environment);
    }

    /// <summary>Gives a folder to the user. The test is skipped where that cannot be.</summary>
    public static void Own(string folder)
    {
        if (!Environment.IsPrivilegedProcess)
            return;
        Command.Run(folder, "chown", ["-R", $"{Nobody}:{Nobody}", folder]).Succeeded();
        // The way there: temporary folders belong to who made them.
        File.SetUnixFileMode(Feed.Scratch, File.GetUnixFileMode(Feed.Scratch) | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        CommandResult? tried = null;
        try
        {
            tried = Run(folder, "dotnet", "--version");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            Assert.Inconclusive($"The tests run as root, and there is no setpriv: {e.Message}");
        }

        if (tried!.ExitCode != 0)
            Assert.Inconclusive($"The tests run as root, and no other user can run dotnet here: {tried.Error}");
    }
}
