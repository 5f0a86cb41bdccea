using Microsoft.ML;

namespace MLNet.FlipReg.Tests;

[TestClass]
public class ReadmeTests
{
    [TestMethod]
    public void The_readme_shows_the_code_that_the_tests_compile()
    {
        var shown = Blocks(Read("README.md"), "```csharp", "```", indent: 0);
        var compiled = Blocks(Read("ReadmeExample.cs"), "// begin", "// end", indent: null);
        Assert.HasCount(2, compiled);
        CollectionAssert.AreEqual(compiled, shown);
    }

    [TestMethod]
    public void The_readme_example_runs_and_its_model_loads()
    {
        var before = Environment.CurrentDirectory;
        var directory = Directory.CreateTempSubdirectory("flipreg");
        try
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, "iris.csv"), Path.Combine(directory.FullName, "iris.csv"));
            Environment.CurrentDirectory = directory.FullName;
            var metrics = ReadmeExample.Run();
            Assert.IsGreaterThan(0.9, metrics.MicroAccuracy);
            var loaded = new MLContext().Model.Load("iris.zip", out var schema);
            Assert.IsNotNull(schema.GetColumnOrNull("Features"));
            (loaded as IDisposable)?.Dispose();
        }
        finally
        {
            Environment.CurrentDirectory = before;
            directory.Delete(recursive: true);
        }
    }

    private static string[] Read(string name) => File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, name));

    /// <summary>The texts between two marks, without the indentation of the first mark.</summary>
    private static List<string> Blocks(string[] lines, string begin, string end, int? indent)
    {
        var blocks = new List<string>();
        List<string>? block = null;
        var margin = 0;
        foreach (var line in lines)
        {
            if (block is null && line.Trim() == begin)
                (block, margin) = ([], indent ?? line.IndexOf(begin, StringComparison.Ordinal));
            else if (block is not null && line.Trim() == end)
            {
                blocks.Add(string.Join('\n', block).TrimEnd());
                block = null;
            }
            else
                block?.Add(line.Length > margin ? line[margin..] : line.Trim());
        }

        return blocks;
    }
}
