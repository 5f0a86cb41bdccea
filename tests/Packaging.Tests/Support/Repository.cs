using System.Xml.Linq;

namespace Packaging.Tests.Support;

/// <summary>The repository that these tests stand in, and the user's package cache.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The package cache that the repository was restored into.</summary>
    public static string PackageCache { get; } = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } path
        ? path
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    public static string File(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>The version of a package: the lower end of its range in Directory.Packages.props.</summary>
    public static string Version(string package) => XDocument.Load(File("Directory.Packages.props")).Descendants("PackageVersion")
        .Single(e => (string?)e.Attribute("Include") == package).Attribute("Version")!.Value.TrimStart('[').Split(',')[0];

    /// <summary>TorchSharp's native library in the package cache.</summary>
    public static string CachedBridge => Path.Combine(PackageCache, "torchsharp", Version("TorchSharp"), "runtimes", "linux-x64", "native", "libLibTorchSharp.so");

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!System.IO.File.Exists(Path.Combine(folder, "MLNet.FlipReg.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests must run inside the repository. Got no MLNet.FlipReg.sln in a folder above.");
        return folder;
    }
}
