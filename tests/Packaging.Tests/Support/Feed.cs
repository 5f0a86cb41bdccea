using System.IO.Compression;
using System.Xml.Linq;

namespace Packaging.Tests.Support;

/// <summary>Our packages, packed once, in a folder that serves as a feed; and a folder for what the tests make.</summary>
[TestClass]
public static class Feed
{
    private static readonly Lazy<string> _folder = new(Pack);

    /// <summary>A folder outside of the repository, deleted after the last test.</summary>
    internal static string Scratch { get; } = Directory.CreateTempSubdirectory("flipreg-packaging-").FullName;

    internal static string Folder => _folder.Value;

    internal static string Package(string name, string extension = "nupkg") => Path.Combine(Folder, $"{name}.0.1.0.{extension}");

    /// <summary>A new empty folder.</summary>
    internal static string NewFolder(string name) => Directory.CreateDirectory(Path.Combine(Scratch, $"{name}-{Guid.NewGuid():N}")).FullName;

    /// <summary>
    /// Writes a nuget.config: our packages from their folder, all else from the repository's sources. Ours are unpacked into a cache of the
    /// tests, so that a user's never holds an older 0.1.0; the others are taken from the user's.
    /// </summary>
    /// <param name="folder">Where to write.</param>
    /// <param name="cache">A package cache that shall hold all packages, or null for the tests' own beside the user's.</param>
    /// <param name="fromUserCache">Whether packages come from the user's cache where it has them.</param>
    internal static void WriteConfig(string folder, string? cache = null, bool fromUserCache = true)
    {
        var config = XDocument.Load(Repository.File("nuget.config"));
        var sources = config.Root!.Element("packageSources")!;
        sources.Add(Source("flipreg-tests", Folder));
        // A package cache is a feed as well: no network for what it holds.
        if (fromUserCache && cache is not null)
            sources.Add(Source("user-cache", Repository.PackageCache));
        else if (fromUserCache)
            config.Root.Add(new XElement("fallbackPackageFolders", Source("user", Repository.PackageCache)));
        config.Root.Add(new XElement("config", Source("globalPackagesFolder", cache ?? Path.Combine(Scratch, "packages"))));
        config.Save(Path.Combine(folder, "nuget.config"));
    }

    /// <summary>Writes a package that holds nothing.</summary>
    internal static void WriteEmptyPackage(string folder, string name, string version)
    {
        Directory.CreateDirectory(folder);
        using var package = ZipFile.Open(Path.Combine(folder, $"{name}.{version}.nupkg"), ZipArchiveMode.Create);
        using var nuspec = new StreamWriter(package.CreateEntry($"{name}.nuspec").Open());
        nuspec.Write($"<package><metadata><id>{name}</id><version>{version}</version><authors>tests</authors><description>Empty.</description></metadata></package>");
    }

    [AssemblyCleanup]
    public static void Clean() => Directory.Delete(Scratch, recursive: true);

    private static XElement Source(string key, string value) => new("add", new XAttribute("key", key), new XAttribute("value", value));

    /// <summary>Packs a project of the repository into a folder.</summary>
    internal static void Pack(string project, string folder, params string[] arguments) => Command.Run(Repository.Root, "dotnet",
        ["pack", Repository.File("src", project), "-c", "Release", "-o", folder, "--nologo", "-v", "quiet", .. arguments],
        new Dictionary<string, string> { ["NUGET_PACKAGES"] = Repository.PackageCache }).Succeeded();

    private static string Pack()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Scratch, "feed")).FullName;
        foreach (var project in new[] { "FlipReg", "MLNet.FlipReg", "MLNet.FlipReg.Sweeps" })
            Pack(project, folder);
        return folder;
    }
}
