using System.Globalization;
using System.Text.Json;
using FlipReg;
using FlipReg.Metrics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

[TestClass]
public class LabelIssueTests
{
    private static readonly JsonElement _golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "labelissues", "labelissues.json"))).RootElement;

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("iris")]
    [DataRow("waveform")]
    [DataRow("spirals")]
    [DataRow("clusters")]
    public void Confident_learning_is_that_of_the_paper(string name)
    {
        var table = _golden.GetProperty(name);
        var labels = Ints(table, "labels");
        var rows = Matrix(table, "probabilities");
        var classes = rows[0].Length;
        float[] probabilities = [.. rows.SelectMany(row => row).Select(p => (float)p)];
        var thresholds = ConfidentLearning.Thresholds(probabilities, labels, classes);
        AreClose(table.GetProperty("thresholds").EnumerateArray().Select(v => v.GetDouble()), thresholds);
        var counts = ConfidentLearning.ConfidentJoint(probabilities, labels, thresholds);
        AreClose(Matrix(table, "confident_joint").SelectMany(row => row), counts.Cast<double>());
        var joint = ConfidentLearning.Joint(counts, labels);
        AreClose(Matrix(table, "joint").SelectMany(row => row), joint.Cast<double>());
        var pruned = ConfidentLearning.Pruned(probabilities, labels, joint);
        CollectionAssert.AreEqual(Ints(table, "pruned"), Enumerable.Range(0, labels.Length).Where(row => pruned[row]).ToArray());
        var noise = ConfidentLearning.NoiseMatrix(joint);
        for (var j = 0; j < classes; j++)
            Assert.AreEqual(1, Enumerable.Range(0, classes).Sum(i => noise[i, j]), 1e-9);
    }

    /// <summary>
    /// Confident learning with the script's models is the bar: with logistic regression on all five tables, and with its perceptron, which stops early on rows set aside, on all but waveform: there 500
    /// rows of 21 noisy features are memorised with our default options (0.73 to 0.77; 10 epochs at a learning rate of 0.03 give 0.80).
    /// </summary>
    [TestMethod]
    [DataRow("iris")]
    [DataRow("digits")]
    [DataRow("waveform")]
    [DataRow("spirals")]
    [DataRow("clusters")]
    public void One_training_finds_wrong_labels_at_least_as_well_as_confident_learning(string name)
    {
        var context = new MLContext(seed: 1);
        var data = Golden(context, name);
        using var model = context.MulticlassClassification.Trainers.FerElr(new FerElrOptions { TrackRows = true }).Fit(data);
        var ours = Ap(context.MulticlassClassification.FindLabelIssues(data, model), name);
        var theirs = _golden.GetProperty(name).GetProperty("average_precision");
        TestContext.WriteLine($"{name}: average precision {ours:F4}, theirs {theirs}");
        Assert.IsGreaterThanOrEqualTo(theirs.GetProperty("logistic").GetDouble(), ours);
        if (name != "waveform")
            Assert.IsGreaterThanOrEqualTo(theirs.GetProperty("perceptron").GetDouble(), ours);
    }

    /// <summary>The same method on the same kind of model, in ML.NET: what differs is the folds and the regularization.</summary>
    [TestMethod]
    [DataRow("iris")]
    [DataRow("digits")]
    [DataRow("waveform")]
    [DataRow("spirals")]
    [DataRow("clusters")]
    public void Cross_validation_of_a_stock_trainer_finds_what_the_script_finds(string name)
    {
        var context = new MLContext(seed: 1);
        var data = Golden(context, name);
        var trainer = context.Transforms.NormalizeMeanVariance("Features", fixZero: false).Append(context.MulticlassClassification.Trainers.LbfgsMaximumEntropy());
        var ours = Ap(context.MulticlassClassification.FindLabelIssues(data, trainer), name);
        var theirs = _golden.GetProperty(name).GetProperty("average_precision").GetProperty("logistic").GetDouble();
        TestContext.WriteLine($"{name}: average precision {ours:F4}, theirs {theirs}");
        Assert.IsGreaterThan(theirs - 0.06, ours);
    }

    [TestMethod]
    public void Symmetric_noise_and_pair_flips_are_found()
    {
        var context = new MLContext(seed: 1);
        var file = context.Data.LoadFromTextFile(Path.Combine(AppContext.BaseDirectory, "digits.csv"), [new TextLoader.Column("Features", DataKind.Single, 0, 63), new TextLoader.Column("Label", DataKind.String, 64)], separatorChar: ',', hasHeader: true);
        foreach (var (noise, aim) in new[] { (LabelNoise.Symmetric(0.2), 0.97), (LabelNoise.PairFlip(0.2), 0.94) })
        {
            var data = context.Data.CorruptLabels(context.Transforms.Conversion.MapValueToKey("Label").Fit(file).Transform(file), noise);
            using var model = context.MulticlassClassification.Trainers.FerElr(new FerElrOptions { TrackRows = true }).Fit(data);
            var (given, truth) = (data.GetColumn<uint>("Label").ToArray(), data.GetColumn<uint>("OriginalLabel").ToArray());
            var report = context.MulticlassClassification.FindLabelIssues(data, model);
            Assert.IsGreaterThan(aim, AveragePrecision(report, row => given[row] != truth[row]));
            Assert.AreEqual(0.2, report.NoiseRate, 0.03);
            var names = Enumerable.Range(0, report.ClassNames.Count).ToDictionary(k => report.ClassNames[k], k => (uint)k + 1);
            Assert.IsGreaterThan(0.9, report.Issues.Average(issue => names[issue.SuggestedLabel] == truth[issue.Row] ? 1.0 : 0));
            Assert.IsTrue(report.Rows.Zip(report.Rows.Skip(1)).All(pair => pair.First.Score >= pair.Second.Score));
            Assert.IsTrue(report.Rows.All(row => row.Score is >= 0 and <= 1));
            for (var j = 0; j < 10; j++)
                Assert.AreEqual(1, report.NoiseMatrix.Sum(row => row[j]), 1e-9);
        }
    }

    [TestMethod]
    public void Rows_have_ids_and_go_to_a_view_and_to_CSV()
    {
        var context = new MLContext(seed: 1);
        var data = context.Data.CorruptLabels(Golden(context, "iris"), LabelNoise.Symmetric(0.1));
        var report = context.MulticlassClassification.FindLabelIssues(data, context.MulticlassClassification.Trainers.LightGbm(), new LabelIssueOptions { IdColumnName = "Name", Folds = 3 });
        Assert.HasCount(150, report.Rows);
        Assert.IsTrue(report.Rows.All(row => row.Id == $"row {row.Row}, \"quoted\""));
        var view = report.ToDataView();
        CollectionAssert.AreEqual(new[] { "Row", "Id", "GivenLabel", "SuggestedLabel", "Score", "IsIssue", "Evidence" }, view.Schema.Select(c => c.Name).ToArray());
        CollectionAssert.AreEqual(report.Rows.Select(r => r.Row).ToArray(), view.GetColumn<long>("Row").ToArray());
        using var text = new StringWriter();
        report.WriteCsv(text);
        var lines = text.ToString().Split("\r\n");
        Assert.HasCount(152, lines);
        Assert.AreEqual("Row,Id,GivenLabel,SuggestedLabel,Score,IsIssue,Evidence", lines[0]);
        StringAssert.StartsWith(lines[1], $"{report.Rows[0].Row},\"row {report.Rows[0].Row}, \"\"quoted\"\"\",{report.Rows[0].GivenLabel},", StringComparison.Ordinal);
        Assert.AreEqual(report.Issues.Count(), report.Classes.Sum(c => c.Issues));
        // Without an id column rows have their number alone; a key serves as an id, too.
        Assert.IsNull(context.MulticlassClassification.FindLabelIssues(data, context.MulticlassClassification.Trainers.LightGbm(), new LabelIssueOptions { Folds = 2 }).Rows[0].Id);
    }

    [TestMethod]
    public void Missing_labels_single_rows_and_rows_set_aside_are_not_judged()
    {
        var context = new MLContext(seed: 1);
        var warnings = Log.Warnings(context);
        // Thirty rows each of red and blue, one green row, six rows without a label.
        var rows = Blobs.Rows(90).Where(r => r.Label != "green" || r.Id == 1).ToArray();
        foreach (var row in rows.Where(r => r.Id is > 0 and < 20 && r.Id % 3 == 0))
            row.Label = "unheard of";
        var data = Blobs.Keyed(context, rows);
        var single = Array.FindIndex(rows, r => r.Label == "green");
        var byFolds = context.MulticlassClassification.FindLabelIssues(data, context.MulticlassClassification.Trainers.CrossEntropy(epochs: 5));
        Assert.AreEqual((6L, 1L, 54), (byFolds.RowsWithoutLabel, byFolds.RowsNotJudged, byFolds.Rows.Count));
        Assert.IsFalse(byFolds.Rows.Any(row => row.Row == single || rows[row.Row].Label == "unheard of"));
        Assert.IsTrue(byFolds.Rows.All(row => row.GivenLabel == rows[row.Row].Label));
        Assert.AreEqual(1, warnings.Count(w => w.StartsWith("1 of 55 labelled rows are not judged", StringComparison.Ordinal)), string.Join("\n", warnings));
        Assert.IsTrue(double.IsNaN(byFolds.Classes[1].LabelQuality));
        using var model = context.MulticlassClassification.Trainers.CrossEntropy(new CrossEntropyOptions { Epochs = 5, TrackRows = true, ValidationFraction = 0.2 }).Fit(data);
        var byTraining = context.MulticlassClassification.FindLabelIssues(data, model);
        Assert.AreEqual(55, byTraining.RowsNotJudged + byTraining.Rows.Count);
        Assert.AreEqual(11, byTraining.RowsNotJudged, 1);
        Assert.IsTrue(byTraining.Rows.All(row => row.GivenLabel == rows[row.Row].Label));
    }

    [TestMethod]
    public void Bad_input_is_refused_by_name()
    {
        var context = new MLContext(seed: 1);
        var catalog = context.MulticlassClassification;
        var data = Blobs.Keyed(context);
        var trainer = catalog.Trainers.CrossEntropy(epochs: 1);
        Assertions.Throws<ArgumentOutOfRangeException>(() => catalog.FindLabelIssues(data, trainer, new LabelIssueOptions { IdColumnName = "File" }), "id column 'File'", "'Id'", "IdColumnName");
        Assertions.Throws<ArgumentOutOfRangeException>(() => catalog.FindLabelIssues(data, trainer, new LabelIssueOptions { IdColumnName = "Features" }), "'Features' must hold single values");
        Assertions.Throws<ArgumentOutOfRangeException>(() => catalog.FindLabelIssues(data, trainer, new LabelIssueOptions { Folds = 1 }), "Folds must be at least 2", "Got 1");
        Assertions.Throws<ArgumentOutOfRangeException>(() => catalog.FindLabelIssues(data, trainer, new LabelIssueOptions { LabelColumnName = "Id" }), "'Id' must be a key");
        Assertions.Throws<InvalidOperationException>(() => catalog.FindLabelIssues(data, catalog.Trainers.SdcaNonCalibrated()), "'Score'", "TemperatureCalibrator");
        Assertions.Throws<InvalidOperationException>(() => catalog.FindLabelIssues(data, context.Transforms.CopyColumns("Copy", "Id")), "'Score'", "no such column");
        using var plain = trainer.Fit(data);
        Assertions.Throws<ArgumentException>(() => catalog.FindLabelIssues(data, plain), "TrackRows = true");
        using var tracked = catalog.Trainers.CrossEntropy(new CrossEntropyOptions { Epochs = 1, TrackRows = true }).Fit(data);
        Assertions.Throws<ArgumentException>(() => catalog.FindLabelIssues(Blobs.Keyed(context, 57), tracked), "60 rows with a label. Got 57");
        Assertions.Throws<ArgumentException>(() => catalog.FindLabelIssues(Blobs.Keyed(context, Blobs.Rows(61).Skip(1)), tracked), "same rows in the same order");
    }

    internal static double Ap(LabelIssueReport report, string name)
    {
        var (labels, truth) = (Ints(_golden.GetProperty(name), "labels"), Ints(_golden.GetProperty(name), "true"));
        return AveragePrecision(report, row => labels[row] != truth[row]);
    }

    internal static IDataView Golden(MLContext context, string name)
    {
        var table = _golden.GetProperty(name);
        var labels = Ints(table, "labels");
        var features = name is "iris" or "digits"
            ? File.ReadLines(Path.Combine(AppContext.BaseDirectory, $"{name}.csv")).Skip(1).Select(line => line.Split(',')[..^1].Select(v => float.Parse(v, CultureInfo.InvariantCulture)).ToArray()).ToArray()
            : [.. Matrix(table, "features").Select(row => Array.ConvertAll(row, v => (float)v))];
        var schema = SchemaDefinition.Create(typeof(Row));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, features[0].Length);
        var view = context.Data.LoadFromEnumerable(features.Select((row, i) => new Row { Features = row, Label = labels[i], Name = $"row {i}, \"quoted\"" }), schema);
        return context.Transforms.Conversion.MapValueToKey("Label", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue).Fit(view).Transform(view);
    }

    /// <summary>The mean, over the wrong rows, of the share of wrong ones among those ranked down to it.</summary>
    private static double AveragePrecision(LabelIssueReport report, Func<long, bool> isWrong)
    {
        var (sum, hits) = (0.0, 0);
        for (var rank = 0; rank < report.Rows.Count; rank++)
        {
            if (isWrong(report.Rows[rank].Row))
                sum += ++hits / (rank + 1.0);
        }

        return sum / hits;
    }

    private static int[] Ints(JsonElement table, string name) => [.. table.GetProperty(name).EnumerateArray().Select(v => v.GetInt32())];

    private static double[][] Matrix(JsonElement table, string name) => [.. table.GetProperty(name).EnumerateArray().Select(row => row.EnumerateArray().Select(v => v.GetDouble()).ToArray())];

    private static void AreClose(IEnumerable<double> expected, IEnumerable<double> actual)
    {
        foreach (var (wanted, got) in expected.Zip(actual))
            Assert.AreEqual(wanted, got, 1e-6);
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];

        public int Label { get; set; }

        public string Name { get; set; } = "";
    }
}
