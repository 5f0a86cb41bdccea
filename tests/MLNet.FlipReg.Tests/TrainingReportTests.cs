using System.Globalization;
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Reporting;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

[TestClass]
public sealed class TrainingReportTests
{
    private static readonly MLContext _context = new(1);

    [TestMethod]
    public void Csv_has_a_line_for_each_epoch_in_the_invariant_culture()
    {
        using var model = Fit();
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("de-DE");
            var lines = model.TrainingReport().ToCsv().TrimEnd('\n').Split('\n');
            Assert.HasCount(1 + model.Model.History.Count, lines);
            var names = lines[0].Split(',').ToList();
            var last = lines[^1].Split(',');
            Assert.HasCount(names.Count, last);
            var report = model.Model.History[^1];
            Assert.AreEqual(report.TrainingLoss, Number("training_loss"));
            Assert.AreEqual(report.Validation!.RelativeFlippingError, Number("relative_flipping_error"));
            Assert.IsGreaterThan(0, Number("rows_per_second"));
            Assert.IsGreaterThan(1 << 20, Number("working_set_bytes"));

            double Number(string name) => double.Parse(last[names.IndexOf(name)], CultureInfo.InvariantCulture);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [TestMethod]
    public void Rows_agree_with_MLNets_metrics()
    {
        using var model = Fit();
        var test = Blobs.Keyed(_context, Rows(90, wrong: 20));
        var metrics = _context.MulticlassClassification.Evaluate(model.Transform(test));
        var rows = model.TrainingReport(test).Rows!;
        Assert.AreEqual(90, rows.Rows);
        Assert.AreEqual(metrics.MicroAccuracy, rows.Accuracy, 1e-12);
        Assert.AreEqual(metrics.LogLoss, rows.LogLoss, 1e-6);
        for (var label = 0; label < 3; label++)
        {
            for (var prediction = 0; prediction < 3; prediction++)
                Assert.AreEqual(metrics.ConfusionMatrix.GetCountForClassPair(prediction, label), rows.Confusion.SingleOrDefault(c => c.Label == label && c.Prediction == prediction)?.Rows ?? 0);
        }
    }

    [TestMethod]
    public void Wrong_labels_stand_first_among_the_worst_rows()
    {
        using var model = Fit();
        var worst = model.TrainingReport(Blobs.Keyed(_context, Rows(90, wrong: 20)), new TrainingReportOptions { Rows = 20, IdColumnName = "Id" }).Rows!.WorstRows;
        Assert.HasCount(20, worst);
        Assert.IsGreaterThanOrEqualTo(19, worst.Count(row => int.Parse(row.Id, CultureInfo.InvariantCulture) < 20));
        CollectionAssert.AreEqual(worst.OrderBy(row => row.LabelProbability).ToList(), worst.ToList());
        Assert.IsEmpty(model.TrainingReport(Blobs.Keyed(_context), new TrainingReportOptions { Rows = 0 }).Rows!.WorstRows);
    }

    [TestMethod]
    public void Rows_without_a_label_or_with_scores_that_are_not_numbers_are_left_out()
    {
        using var model = Fit();
        var rows = Rows(30);
        rows[0].Label = "";
        rows[1].Features[0] = float.PositiveInfinity;
        var report = model.TrainingReport(Blobs.Keyed(_context, rows)).Rows!;
        Assert.AreEqual((28, 2), (report.Rows, report.RowsLeftOut));
        Assert.IsTrue(double.IsFinite(report.LogLoss));
    }

    [TestMethod]
    public void Of_a_binary_classifier_and_of_a_loaded_model()
    {
        using var model = (FlipRegBinaryPredictionTransformer)TrainerUnderTest.Named("binary Fer").FitAny(_context);
        var data = Blobs.Booleans(_context, Rows(60));
        var rows = model.TrainingReport(data).Rows!;
        var metrics = _context.BinaryClassification.Evaluate(model.Transform(data));
        Assert.AreEqual(metrics.Accuracy, rows.Accuracy, 1e-12);
        CollectionAssert.AreEqual(new[] { "False", "True" }, rows.ClassNames.ToArray());
        using var stream = new MemoryStream();
        _context.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        using var loaded = (FlipRegBinaryPredictionTransformer)_context.Model.Load(stream, out _);
        var report = loaded.TrainingReport(data);
        Assert.AreEqual(rows.LogLoss, report.Rows!.LogLoss);
        StringAssert.Contains(report.ToHtml(), "Accuracy");
        Assert.DoesNotContain("Rows per second", report.ToHtml(), "Speed is not saved with a model.");
    }

    [TestMethod]
    public void Text_from_data_is_escaped()
    {
        const string Hostile = "<script>alert(1)</script>&\"'";
        var rows = Rows(60).Select(row => new { Label = row.Label == "red" ? Hostile : row.Label, row.Features, Name = Hostile }).ToArray();
        var schema = SchemaDefinition.Create(rows[0].GetType());
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 4);
        var data = Load(rows, schema);
        var keyed = _context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
        using var model = TrainerUnderTest.Named("CrossEntropy").CreateFast(_context).Fit(keyed);
        var page = model.TrainingReport(keyed, new TrainingReportOptions { IdColumnName = "Name", Title = Hostile }).ToHtml();
        Assert.DoesNotContain("<script", page);
        StringAssert.Contains(page, "&lt;script&gt;");
        Assert.AreEqual(0, System.Text.RegularExpressions.Regex.Count(page, "(src|href)=\"(?!data:)"), "Nothing is fetched.");
    }

    [TestMethod]
    [DataRow(true, DisplayName = "channels first")]
    [DataRow(false, DisplayName = "channels last")]
    public void Images_of_pixel_vectors(bool channelsFirst)
    {
        // Two rows of two pixels: red, blue.
        float[] values = channelsFirst ? [255, 0, 255, 0, 0, 0, 0, 0, 0, 255, 0, 255] : [255, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0, 255];
        var rows = Rows(30).Select(row => new { row.Label, row.Features, Pixels = values }).ToArray();
        var schema = SchemaDefinition.Create(rows[0].GetType());
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 4);
        schema["Pixels"].ColumnType = channelsFirst ? new VectorDataViewType(NumberDataViewType.Single, 3, 2, 2) : new VectorDataViewType(NumberDataViewType.Single, 2, 2, 3);
        var data = Load(rows, schema);
        using var model = Fit();
        var report = model.TrainingReport(_context.Transforms.Conversion.MapValueToKey("Label", keyData: Names()).Fit(data).Transform(data), new TrainingReportOptions { Rows = 3, ImageColumnName = "Pixels" });
        using var png = new MemoryStream(report.Rows!.WorstRows[0].Png!.Value.ToArray());
        using var image = MLImage.CreateFromStream(png);
        Assert.AreEqual((2, 2), (image.Width, image.Height));
        var pixels = image.Pixels.ToArray();
        var (red, blue) = image.PixelFormat == MLPixelFormat.Rgba32 ? (0, 2) : (2, 0);
        Assert.AreEqual((255, 0, 0, 255), (pixels[red], pixels[blue], pixels[4 + red], pixels[4 + blue]));
        StringAssert.Contains(report.ToHtml(), "data:image/png;base64,");
    }

    [TestMethod]
    public void Bad_columns_and_options_are_named()
    {
        using var model = Fit();
        var data = Blobs.Keyed(_context);
        Check("ImageColumnName must name a column of the data. Got 'None'", data, new TrainingReportOptions { ImageColumnName = "None" });
        Check("Column 'Id' must be of type Image, or a vector of Single or Byte", data, new TrainingReportOptions { ImageColumnName = "Id" });
        Check("Column 'Features' must be a scalar, to name rows.", data, new TrainingReportOptions { IdColumnName = "Features" });
        Check("Rows must be at least 0 and at most 1000. Got -1.", data, new TrainingReportOptions { Rows = -1 });
        var other = Blobs.Rows(30).Select(r => new BlobRow { Label = r.Label == "red" ? "pink" : r.Label, Features = r.Features });
        var view = _context.Data.LoadFromEnumerable(other);
        Check("Column 'Label' must have the model's 3 classes, in their order. Got 3: 'pink', 'green', 'blue'.", _context.Transforms.Conversion.MapValueToKey("Label").Fit(view).Transform(view), new TrainingReportOptions());

        void Check(string expected, IDataView view, TrainingReportOptions options) =>
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => model.TrainingReport(view, options)).Message, expected);
    }

    [TestMethod]
    public void Of_no_epochs_and_of_level_lines_there_are_charts()
    {
        Assert.AreEqual("", LineChart.Of("x", []));
        StringAssert.Contains(LineChart.Of("x", [new ChartLine("flat", [(1, 0), (2, 0)])]), "<path");
        StringAssert.Contains(LineChart.Of("x", [new ChartLine("gap", [(1, 3), (2, double.NaN), (3, 4)])]), "M");
        CollectionAssert.AreEqual(new[] { 0, 0.25, 0.5, 0.75, 1 }, LineChart.Ticks(0.02, 0.99).ToArray());
        foreach (var (low, high) in new[] { (0.0, 0.0), (1e-30, 2e-30), (-5, 7), (1e20, 1e20), (0.999, 1.0) })
        {
            var ticks = LineChart.Ticks(low, high);
            Assert.IsTrue(ticks.Count is >= 2 and <= 8 && ticks[0] <= low && ticks[^1] >= high, $"{low} to {high}");
        }
    }

    [TestMethod]
    public void A_browser_shows_the_page()
    {
        Browser.Require();
        using var model = Fit();
        var folder = Directory.CreateTempSubdirectory("flipreg-report");
        try
        {
            var page = Path.Combine(folder.FullName, "report.html");
            model.TrainingReport(Blobs.Keyed(_context, Rows(90, wrong: 20))).SaveHtml(page);
            var document = Browser.Document(page);
            Assert.AreEqual(System.Text.RegularExpressions.Regex.Count(model.TrainingReport(Blobs.Keyed(_context)).ToHtml(), "<svg"), System.Text.RegularExpressions.Regex.Count(document, "<svg"));
            StringAssert.Contains(document, "Confusion matrix");
            using var png = new MemoryStream(Browser.Picture(page));
            using var picture = MLImage.CreateFromStream(png);
            // A page that shows nothing has one colour.
            var colours = new HashSet<int>();
            foreach (var pixel in System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(picture.Pixels))
                colours.Add(pixel);
            Assert.IsGreaterThan(50, colours.Count);
        }
        finally
        {
            if (Environment.GetEnvironmentVariable("FLIPREG_KEEP_PAGES") is null)
                folder.Delete(recursive: true);
        }
    }

    private static FlipRegPredictionTransformer Fit()
    {
        var trainer = TrainerUnderTest.Named("Fer");
        return trainer.Create(_context, trainer.FastOptions(o => o.Epochs = 12), Blobs.Keyed(_context, 30, seed: 2)).Fit(Blobs.Keyed(_context));
    }

    /// <summary>Test rows of which the first have a wrong label.</summary>
    private static BlobRow[] Rows(int count, int wrong = 0)
    {
        var rows = Blobs.Rows(count, seed: 5);
        string[] names = ["red", "green", "blue"];
        foreach (var row in rows.Take(wrong))
            row.Label = names[(Array.IndexOf(names, row.Label) + 1) % 3];
        return rows;
    }

    private static IDataView Load<T>(T[] rows, SchemaDefinition schema)
        where T : class => _context.Data.LoadFromEnumerable(rows, schema);

    private static IDataView Names() => _context.Data.LoadFromEnumerable(new[] { "red", "green", "blue" }.Select(name => new { Label = name }));
}
