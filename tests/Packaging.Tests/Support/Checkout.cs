namespace Packaging.Tests.Support;

/// <summary>Clones of the repository with what is not committed yet, and nothing that a build wrote.</summary>
internal static class Checkout
{
    /// <summary>The package cache of the repository, for commands in a copy.</summary>
    public static Dictionary<string, string> Cache { get; } = new() { ["NUGET_PACKAGES"] = Repository.PackageCache };

    public static string Copy(string name)
    {
        var folder = Feed.NewFolder(name);
        Git("clone", "--quiet", "--shared", "--no-checkout", Repository.Root, folder);
        // Where sources come from is part of the symbols.
        var origin = Command.Run(Repository.Root, "git", ["remote", "get-url", "origin"]);
        if (origin.ExitCode == 0)
            Git("-C", folder, "remote", "set-url", "origin", origin.Output.Trim());
        else
            Git("-C", folder, "remote", "remove", "origin");
        foreach (var file in Git("ls-files", "-z", "--cached", "--others", "--exclude-standard").Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!File.Exists(Repository.File(file)))
                continue;
            var target = Path.Combine(folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(Repository.File(file), target);
        }

        return folder;
    }

    private static string Git(params string[] arguments) => Command.Run(Repository.Root, "git", arguments).Succeeded().Output;
}
