using System.Text.Json;
using Packaging.Tests.Support;

namespace Packaging.Tests;

/// <summary>A user's project with the packages: README's first example, unchanged, in an empty folder.</summary>
[TestClass]
public class ConsumerTests
{
    private const string Bridge = "libLibTorchSharp.so";

    private static readonly Lazy<Consumer> _built = new(() =>
    {
        var app = new Consumer(Readme.FirstExample());
        app.Build();
        return app;
    });

    private static string Output => _built.Value["bin", "Debug", "net10.0"];

    [TestMethod]
    [DataRow("0")]
    [DataRow("1")]
    public void The_readme_example_runs(string bindNow)
    {
        var app = _built.Value;
        // LD_BIND_NOW: every symbol is looked up when the library loads, none is forgotten.
        var environment = bindNow == "1" ? new Dictionary<string, string> { ["LD_BIND_NOW"] = "1" } : [];
        Readme.AssertLearned(Command.Run(app.Folder, "dotnet", [Path.Combine(Output, "app.dll")], environment));
        Assert.IsTrue(File.Exists(app["iris.zip"]));
        PackageCache.AssertUntouched();
    }

    [TestMethod]
    public void The_packages_bring_no_tool_of_the_build()
    {
        using var assets = JsonDocument.Parse(File.ReadAllText(_built.Value["obj", "project.assets.json"]));
        var packages = assets.RootElement.GetProperty("libraries").EnumerateObject().Select(l => l.Name).ToList();
        Assert.Contains("MLNet.FlipReg/0.1.0", packages);
        Assert.Contains("Microsoft.ML/5.0.1", packages);
        Assert.DoesNotContain(p => p.Contains("FriendCompile") || p.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal), packages);
        Assert.IsEmpty(Directory.EnumerateFiles(Output, "FriendCompile*", SearchOption.AllDirectories));
        Assert.IsEmpty(Directory.EnumerateFiles(Output, "*.targets", SearchOption.AllDirectories));
    }

    [TestMethod]
    public void The_second_build_does_not_write_the_library_again()
    {
        var files = Directory.GetFiles(_built.Value.Folder, Bridge + "*", SearchOption.AllDirectories);
        Assert.IsGreaterThanOrEqualTo(2, files.Length, "The copy under obj, and the output.");
        var before = files.Select(File.GetLastWriteTimeUtc).ToList();
        _built.Value.Build();
        CollectionAssert.AreEqual(before, files.Select(File.GetLastWriteTimeUtc).ToList());
    }

    [TestMethod]
    [TestCategory("Slow")]
    [DataRow("portable", "dotnet", "app.dll")]
    [DataRow("for a runtime", "./app", "", "-r", "linux-x64", "--self-contained", "false")]
    [DataRow("single file", "./app", "", "-r", "linux-x64", "--self-contained", "false", "-p:PublishSingleFile=true")]
    [DataRow("self-extracting", "./app", "", "-r", "linux-x64", "--self-contained", "false", "-p:PublishSingleFile=true", "-p:IncludeNativeLibrariesForSelfExtract=true")]
    [DataRow("artifacts folder", "dotnet", "app.dll", "--artifacts-path", "artifacts")]
    [DataRow("hard links", "./app", "", "-r", "linux-x64", "--self-contained", "false", "-p:CreateHardLinksForPublishFilesIfPossible=true", "-p:CreateHardLinksForCopyLocalIfPossible=true")]
    public void A_published_program_runs(string kind, string program, string argument, params string[] options)
    {
        var app = new Consumer(Readme.FirstExample());
        // Elsewhere than the project: nothing of its folders can help.
        var output = Feed.NewFolder(kind);
        app.Publish(["-o", output, .. options]);
        File.Copy(app["iris.csv"], Path.Combine(output, "iris.csv"));
        var isSelfExtracting = kind == "self-extracting";
        Assert.AreEqual(!isSelfExtracting, Directory.EnumerateFiles(output, Bridge, SearchOption.AllDirectories).Any());
        var extracted = Feed.NewFolder("extracted");
        var run = Command.Run(output, program == "dotnet" ? program : Path.Combine(output, program), argument.Length > 0 ? [argument] : [],
            new Dictionary<string, string> { ["DOTNET_BUNDLE_EXTRACT_BASE_DIR"] = extracted });
        Readme.AssertLearned(run);
        Assert.AreEqual(isSelfExtracting, Directory.EnumerateFiles(extracted, Bridge, SearchOption.AllDirectories).Any());
        PackageCache.AssertUntouched();
        Directory.Delete(output, recursive: true);
        Directory.Delete(extracted, recursive: true);
    }

    [TestMethod]
    [TestCategory("Slow")]
    public void The_sdks_own_template_and_one_package_more_are_enough()
    {
        var folder = Feed.NewFolder("template");
        Feed.WriteConfig(folder);
        Command.Dotnet(folder, "new", "console", "--name", "app", "--output", ".", "--no-restore").Succeeded();
        Command.Dotnet(folder, "add", "package", "MLNet.FlipReg", "--version", "0.1.0").Succeeded();
        Command.Dotnet(folder, "add", "package", "libtorch-cpu-linux-x64", "--version", Repository.Version("libtorch-cpu-linux-x64")).Succeeded();
        File.WriteAllText(Path.Combine(folder, "Program.cs"), Readme.FirstExample());
        File.Copy(Repository.File("examples", "data", "iris.csv"), Path.Combine(folder, "iris.csv"));
        Readme.AssertLearned(Command.Dotnet(folder, "run"));
    }

    [TestMethod]
    [TestCategory("Slow")]
    [DataRow("Microsoft.ML", "5.0.0", "NU1605")]
    [DataRow("Microsoft.ML", "5.0.2", "NU1608")]
    [DataRow("TorchSharp", "0.108.0", "NU1608")]
    [DataRow("SkiaSharp", "3.0.0", "NU1608")]
    public void Another_version_of_what_we_are_bound_to_is_refused(string package, string version, string code)
    {
        var app = new Consumer(Readme.FirstExample());
        // What such a version holds does not matter to restore: an empty package of that name, in a feed of its own.
        Feed.WriteEmptyPackage(app["feed"], package, version);
        var config = File.ReadAllText(app["nuget.config"]);
        app.Write("nuget.config", config.Replace("</packageSources>", "<add key=\"others\" value=\"feed\" /></packageSources>"));
        var project = File.ReadAllText(app["app.csproj"]);
        app.Write("app.csproj", project.Replace("</ItemGroup>", $"<PackageReference Include=\"{package}\" Version=\"{version}\" /></ItemGroup>"));
        // NU1605: lower than allowed, always an error. NU1608: outside of the range; a warning, here as an error.
        var output = app.Dotnet("restore").Failed().Output;
        Assert.Contains(l => l.Contains($"error {code}") && l.Contains(package), output.Split('\n'), output);
    }

    [TestMethod]
    [TestCategory("Slow")]
    public void Both_libtorch_packages_are_a_build_error()
    {
        // The CUDA package is gigabytes. All that it does here is to set this property; TorchSharp's own check must reach our users.
        var run = _built.Value.Dotnet("build", "-p:TorchSharpCudaPackage=true").Failed();
        Assert.Contains("Two TorchSharp runtime packages have been referenced", run.Output);
    }
}
