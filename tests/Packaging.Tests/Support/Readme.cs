namespace Packaging.Tests.Support;

/// <summary>The code that README.md shows.</summary>
internal static class Readme
{
    /// <summary>The first example, word by word: the C# blocks up to the next heading. What an example shows without its usings gets ML.NET's two.</summary>
    public static string FirstExample()
    {
        var lines = new List<string>();
        var inBlock = false;
        foreach (var line in File.ReadLines(Repository.File("README.md")))
        {
            if (!inBlock && lines.Count > 0 && line.StartsWith('#'))
                break;
            if (line.StartsWith("```", StringComparison.Ordinal))
                inBlock = line == "```csharp";
            else if (inBlock)
                lines.Add(line);
        }

        Assert.IsNotEmpty(lines, "README.md shows no C# code.");
        var usings = lines.Contains("using Microsoft.ML;") ? "" : "using Microsoft.ML;\nusing Microsoft.ML.Data;\n";
        return usings + string.Join('\n', lines) + "\n";
    }

    /// <summary>Asserts that the example's output tells of a model that has learned.</summary>
    public static void AssertLearned(CommandResult run)
    {
        run.Succeeded();
        var words = run.Output.Split((char[])[' ', ',', '\n'], StringSplitOptions.RemoveEmptyEntries);
        var at = Array.IndexOf(words, "accuracy");
        Assert.IsGreaterThanOrEqualTo(0, at, run.Output);
        Assert.IsGreaterThan(0.9, double.Parse(words[at + 1], System.Globalization.CultureInfo.InvariantCulture), run.Output);
    }
}
