using System.Runtime.Versioning;
using Packaging.Tests.Support;

namespace Packaging.Tests;

/// <summary>Machines that are not a developer's own: read-only caches, several file systems, no rights, no network.</summary>
[TestClass]
[SupportedOSPlatform("linux")]
public class EnvironmentTests
{
    private const long Room = 1L << 30;

    /// <summary>A proxy that nobody answers for: every request fails at once, whatever the machine's network.</summary>
    private static readonly Dictionary<string, string> _noNetwork = new(Checkout.Cache)
    {
        ["http_proxy"] = "http://127.0.0.1:9",
        ["https_proxy"] = "http://127.0.0.1:9",
        ["all_proxy"] = "http://127.0.0.1:9",
        ["no_proxy"] = "",
        ["NUGET_HTTP_CACHE_PATH"] = Path.Combine(Feed.Scratch, "empty"),
    };

    [TestMethod]
    public void Set_up_needs_no_rights()
    {
        var folder = Feed.NewFolder("set-up");
        foreach (var file in new[] { "eng/setup.sh", "Directory.Packages.props", "nuget.config", "global.json" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, file))!);
            File.Copy(Repository.File(file), Path.Combine(folder, file));
        }

        OrdinaryUser.Own(folder);
        for (var time = 0; time < 2; time++)
        {
            var run = OrdinaryUser.Run(folder, Path.Combine(folder, "eng/setup.sh")).Succeeded();
            Assert.HasCount(1, run.Output.TrimEnd().Split('\n'), run.Output);
            Assert.StartsWith("setup: libtorch for ", run.Output);
            Assert.AreEqual("", run.Error);
        }

        Assert.Contains("<FlipRegTorch>c", File.ReadAllText(Path.Combine(folder, "eng/torch.props")));
    }

    [TestMethod]
    [TestCategory("Slow")]
    public void A_package_cache_that_is_read_only()
    {
        var cache = Feed.NewFolder("read-only-cache");
        var app = new Consumer(Readme.FirstExample(), cache);
        app.Dotnet("restore").Succeeded();
        // From here on the read-only cache alone: another user's is closed to this one.
        Feed.WriteConfig(app.Folder, cache, fromUserCache: false);
        Command.Run(cache, "chmod", ["-R", "a-w,a+rX", cache]).Succeeded();
        try
        {
            OrdinaryUser.Own(app.Folder);
            Assert.AreNotEqual(0, OrdinaryUser.Run(app.Folder, "touch", Path.Combine(cache, "torchsharp", "x")).ExitCode, "The cache is not read-only.");
            foreach (var links in new[] { "false", "true" })
            {
                // The second build replaces files that may be links to read-only ones.
                OrdinaryUser.Run(app.Folder, "dotnet", "build", "--nologo", "-v", "quiet", $"-p:CreateHardLinksForCopyLocalIfPossible={links}").Succeeded();
                Readme.AssertLearned(OrdinaryUser.Run(app.Folder, "dotnet", app["bin", "Debug", "net10.0", "app.dll"]));
            }

            OrdinaryUser.Run(app.Folder, "dotnet", "build", "--nologo", "-v", "quiet", "-p:FlipRegMendTorchSharp=false").Succeeded();
            OrdinaryUser.Run(app.Folder, "dotnet", "build", "--nologo", "-v", "quiet").Succeeded();
            Readme.AssertLearned(OrdinaryUser.Run(app.Folder, "dotnet", app["bin", "Debug", "net10.0", "app.dll"]));
            PackageCache.AssertUntouched(cache);
        }
        finally
        {
            Command.Run(cache, "chmod", ["-R", "u+w", cache]).Succeeded();
            Directory.Delete(cache, recursive: true);
        }
    }

    [TestMethod]
    [TestCategory("Slow")]
    public void An_output_folder_on_another_file_system()
    {
        const string memory = "/dev/shm";
        if (!Directory.Exists(memory) || new DriveInfo(memory) is not { DriveFormat: "tmpfs", AvailableFreeSpace: > Room })
            Assert.Inconclusive($"This machine has no {memory} with a gigabyte of room.");
        var app = new Consumer(Readme.FirstExample());
        var output = Path.Combine(memory, Path.GetFileName(app.Folder));
        try
        {
            string[] links = ["-p:CreateHardLinksForCopyLocalIfPossible=true", "-p:CreateHardLinksForCopyFilesToOutputDirectoryIfPossible=true"];
            app.Build(["-r", "linux-x64", "--self-contained", "false", "-o", output, .. links]);
            Readme.AssertLearned(Command.Run(app.Folder, "dotnet", [Path.Combine(output, "app.dll")]));
            PackageCache.AssertUntouched();
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }

    [TestMethod]
    [TestCategory("Slow")]
    public void No_network_after_the_first_restore()
    {
        var folder = Checkout.Copy("no network");
        const string project = "tests/FlipReg.Tests";
        Command.Run(folder, "dotnet", ["restore", project], Checkout.Cache).Succeeded();
        // The network is really gone.
        Assert.Contains("Unable to load the service index", Command.Run(folder, "dotnet", ["package", "search", "TorchSharp", "--exact-match"], _noNetwork).Output);
        Command.Run(folder, "dotnet", ["build", project, "-c", "Release", "--nologo", "-v", "quiet"], _noNetwork).Succeeded();
        var run = Command.Run(folder, "dotnet", ["test", project, "-c", "Release", "--nologo", "--filter", "FullyQualifiedName~NetworkSpec"], _noNetwork).Succeeded();
        Assert.Contains("Passed!", run.Output);
        // A fresh clone beside a full cache.
        Command.Run(folder, "git", ["clean", "-Xdfq", "."]).Succeeded();
        Command.Run(folder, "dotnet", ["build", project, "-c", "Release", "--nologo", "-v", "quiet"], _noNetwork).Succeeded();
    }
}
