using System.Text.Json;
using Packaging.Tests.Support;

namespace Packaging.Tests;

/// <summary>The example that trains, exports and has a program without ML.NET and TorchSharp score.</summary>
[TestClass]
public sealed class OnnxScoringTests
{
    private static string Folder => Repository.File("examples", "OnnxScoring");

    [TestMethod]
    public void The_example_runs_and_its_readme_shows_what_it_prints()
    {
        var result = Command.Dotnet(Path.GetTempPath(), Program("Train")).Succeeded();
        var readme = File.ReadAllText(Path.Combine(Folder, "README.md")).ReplaceLineEndings("\n");
        // The size of the file follows from the version's text.
        foreach (var line in result.Output.ReplaceLineEndings("\n").Trim().Split('\n').Where(line => !line.StartsWith("Exported", StringComparison.Ordinal)))
            StringAssert.Contains(readme, line, StringComparison.Ordinal);
        StringAssert.Contains(result.Output, "scores within 1e-5, labels equal", StringComparison.Ordinal);
        StringAssert.Contains(result.Output, "nothing, nor of TorchSharp", StringComparison.Ordinal);
    }

    [TestMethod]
    public void The_scoring_program_has_neither_library()
    {
        using var dependencies = JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(Program("Score"), ".deps.json")));
        var names = dependencies.RootElement.GetProperty("libraries").EnumerateObject().Select(l => l.Name.Split('/')[0]).Order(StringComparer.Ordinal).ToList();
        Assert.Contains("Microsoft.ML.OnnxRuntime", names);
        Assert.AreEqual("", string.Join(", ", names.Where(n => n is "Microsoft.ML" or "FlipReg" or "MLNet.FlipReg" || n.StartsWith("TorchSharp", StringComparison.Ordinal) || n.StartsWith("libtorch", StringComparison.Ordinal))));
    }

    /// <summary>A program of the example in the configuration of these tests.</summary>
    private static string Program(string name)
    {
        var configuration = AppContext.BaseDirectory.Contains("/Debug/", StringComparison.Ordinal) ? "Debug" : "Release";
        return Path.Combine(Folder, name, "bin", configuration, "net10.0", "linux-x64", $"OnnxScoring.{name}.dll");
    }
}
