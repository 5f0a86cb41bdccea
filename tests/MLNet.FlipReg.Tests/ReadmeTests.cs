using System.Globalization;
using System.Text;
using Microsoft.ML;

namespace MLNet.FlipReg.Tests;

[TestClass]
[DoNotParallelize]
public class ReadmeTests
{
    /// <summary>Each sample is a program: usings, statements, then the classes of its rows.</summary>
    [TestMethod]
    [DataRow("README.md", "ReadmeExample.cs", "ReadmeSample.cs")]
    [DataRow("training.md", "TrainingSample.cs")]
    [DataRow("explaining.md", "ExplainingSample.cs")]
    [DataRow("instruments.md", "InstrumentsSample.cs")]
    public void A_page_shows_the_code_that_the_tests_compile(string page, params string[] files)
    {
        var shown = Blocks(Read(page), "```csharp", "```", indent: 0);
        var compiled = files.Select(file => string.Join("\n\n", Blocks(Read(file), "// begin", "// end", indent: null)));
        Assert.AreEqual(string.Join("\n---\n", compiled), string.Join("\n---\n", shown));
    }

    [TestMethod]
    public void The_readme_example_runs_and_its_model_loads() => InFolderWith("iris.csv", File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "iris.csv")), () =>
    {
        var metrics = ReadmeExample.Run();
        Assert.IsGreaterThan(0.9, metrics.MicroAccuracy);
        var loaded = new MLContext().Model.Load("iris.zip", out var schema);
        Assert.IsNotNull(schema.GetColumnOrNull("Features"));
        (loaded as IDisposable)?.Dispose();
    });

    [TestMethod]
    public void The_second_sample_runs_on_quoted_text_and_missing_values() => InFolderWith("orders.csv", Orders(), () =>
    {
        var (classifier, pairs) = ReadmeSample.Run();
        // Two numbers and the values of two text columns, of which one has a comma in it.
        Assert.AreEqual(2 + 2 + 3, classifier.Model.FeatureCount);
        CollectionAssert.AreEquivalent(new[] { "kept", "returned", "lost" }, pairs.Select(p => p.Class).ToArray());
        Assert.AreEqual("kept", pairs[0].Class);
        Assert.IsGreaterThan(0.5f, pairs[0].Score);
        Assert.AreEqual(1, pairs.Sum(p => p.Score), 1e-5);
        var last = classifier.Model.History[^1];
        Assert.IsGreaterThan(0.85, last.Validation!.Accuracy, last.ToString());
    });

    [TestMethod]
    public void The_sample_on_training_goes_on_from_the_saved_model() => InFolderWith("iris.csv", File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "iris.csv")), () =>
    {
        var (first, further) = TrainingSample.Run();
        using (first)
        using (further)
        {
            Assert.IsTrue(first.Model.History.Count is > 20 and < 200, $"{first.Model.History.Count} epochs");
            Assert.IsTrue(Directory.Exists(Path.Combine("checkpoints", $"epoch-{first.Model.History.Count:D6}")));
            Assert.IsTrue(first.Model.History[^1].Validation!.Rows is > 10 and < 20);
            var (start, end) = (further.Model.History[0], further.Model.History[^1]);
            Assert.IsGreaterThan(0.85, start.TrainingAccuracy, start.ToString());
            Assert.IsGreaterThan(0.85, end.Validation!.Accuracy, end.ToString());
        }
    });

    [TestMethod]
    public void The_sample_on_explaining_writes_a_report() => InFolderWith("iris.csv", File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "iris.csv")), () =>
    {
        ExplainingSample.Run();
        var lines = File.ReadAllLines("explained.csv");
        Assert.AreEqual("Species,ExplainedClass,ScoreDifference,SepalLength,SepalWidth,PetalLength,PetalWidth,ContributionError", lines[0].TrimStart('\uFEFF'));
        Assert.HasCount(151, lines);
        foreach (var line in lines[1..])
        {
            var cells = line.Split(',');
            var numbers = cells[2..].Select(cell => double.Parse(cell, CultureInfo.InvariantCulture)).ToArray();
            Assert.AreEqual(numbers[0], numbers[1..5].Sum(), 0.011 * Math.Abs(numbers[0]), line);
            Assert.IsLessThanOrEqualTo(0.01, numbers[5], line);
        }

        Assert.IsGreaterThan(120, lines.Count(line => line.Split(',') is var cells && cells[0] == cells[1]));
    });

    [TestMethod]
    public void The_sample_on_instruments_finds_wrong_labels_and_calibrates() => InFolderWith("iris.csv", File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "iris.csv")), () =>
    {
        var (report, before, after, attacked, snapshots) = InstrumentsSample.Run();
        Assert.AreEqual(0.2, report.NoiseRate, 0.05);
        Assert.HasCount(report.Rows.Count + 1, File.ReadAllLines("issues.csv"));
        Assert.IsLessThanOrEqualTo(before.LogLoss, after.LogLoss);
        Assert.IsGreaterThan(0.9, after.Accuracy);
        Assert.IsGreaterThan(attacked.Error, attacked.PgdError);
        Assert.AreEqual(4, snapshots);
        (new MLContext().Model.Load("snapshots.zip", out _) as IDisposable)!.Dispose();
    });

    /// <summary>Made up: cheap orders are kept and dear ones returned, but those to Oslo on invoice are lost.</summary>
    private static string Orders()
    {
        var random = new Random(1);
        var text = new StringBuilder("Price,Items,Shop,Payment,Outcome\n");
        for (var i = 0; i < 600; i++)
        {
            var price = Math.Round((random.NextDouble() * 100) + 1, 2);
            var (shop, payment) = (random.Next(2) == 0 ? "\"Lyon, centre\"" : "Oslo", (string[])["card", "invoice", "\"gift \"\"card\"\"\""]);
            var paid = payment[random.Next(3)];
            var outcome = shop == "Oslo" && paid == "invoice" ? "lost" : price < 50 ? "kept" : "returned";
            text.Append(CultureInfo.InvariantCulture, $"{(i % 25 == 7 ? "" : price)},{random.Next(1, 6)},{shop},{paid},{outcome}\n");
        }

        return text.ToString();
    }

    private static void InFolderWith(string file, string content, Action body)
    {
        var before = Environment.CurrentDirectory;
        var directory = Directory.CreateTempSubdirectory("flipreg");
        try
        {
            File.WriteAllText(Path.Combine(directory.FullName, file), content);
            Environment.CurrentDirectory = directory.FullName;
            body();
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
