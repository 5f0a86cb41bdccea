namespace Packaging.Tests.Support;

/// <summary>Copies of the repository, as a clone would be: what git knows or would add, and nothing that a build wrote.</summary>
internal static class Checkout
{
    /// <summary>The package cache of the repository, for commands in a copy.</summary>
    public static Dictionary<string, string> Cache { get; } = new() { ["NUGET_PACKAGES"] = Repository.PackageCache };

    public static string Copy(string name)
    {
        var folder = Feed.NewFolder(name);
        var files = Command.Run(Repository.Root, "git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).Succeeded().Output;
        foreach (var file in files.Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(f => File.Exists(Repository.File(f))))
        {
            var target = Path.Combine(folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(Repository.File(file), target);
        }

        return folder;
    }
}
