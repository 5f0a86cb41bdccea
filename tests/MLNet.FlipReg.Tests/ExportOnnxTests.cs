using System.Text.Json;
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>Whole pipelines as ONNX models: names, pruning, verification, files, bad input.</summary>
[TestClass]
public sealed class ExportOnnxTests
{
    private static readonly MLContext _context = new(1);

    public static IEnumerable<object[]> Trainers => TrainerUnderTest.Rows;

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void One_hot_and_missing_values(TrainerUnderTest trainer)
    {
        var data = _context.Data.LoadFromEnumerable(Order.Rows(300));
        using var model = _context.Transforms.Conversion.MapValueToKey("Label")
            .Append(_context.Transforms.ReplaceMissingValues("Numbers", replacementMode: MissingValueReplacingEstimator.ReplacementMode.Mean))
            .Append(_context.Transforms.NormalizeMeanVariance("Numbers", fixZero: false))
            .Append(_context.Transforms.Categorical.OneHotEncoding([new("Shop"), new("Payment")]))
            .Append(_context.Transforms.Concatenate("Features", "Numbers", "Shop", "Payment"))
            .Append(trainer.CreateFast(_context, o => (o.Network, o.Epochs) = (NetworkSpec.Mlp([12, 8], batchNorm: true, dropout: 0.1), 20)))
            .Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        using var stream = new MemoryStream();
        var report = _context.Model.ExportOnnx(model, data, stream, new OnnxExportOptions { Verify = true });
        // Label is no input: no output needs it.
        Assert.AreEqual("Numbers, Shop, Payment -> PredictedLabel, Score", $"{string.Join(", ", report.Inputs)} -> {string.Join(", ", report.Outputs)}");
        Assert.AreEqual(256, report.VerifiedRows);
        Assert.IsLessThan(1e-5, report.LargestDifference!.Value);
        var bytes = stream.ToArray();
        OnnxExports.Compare(bytes, model, _context.Data.LoadFromEnumerable(Order.Rows(300, seed: 5)));

        // After save and load, the same model.
        using var saved = new MemoryStream();
        _context.Model.Save(model, data.Schema, saved);
        saved.Position = 0;
        var loaded = _context.Model.Load(saved, out _);
        CollectionAssert.AreEqual(bytes, OnnxExports.Bytes(_context, loaded, data));
        ((IDisposable)loaded).Dispose();
    }

    [TestMethod]
    [DataRow("iris.csv", 4)]
    [DataRow("digits.csv", 64)]
    public void Real_tables(string file, int width)
    {
        var data = Table(file, width);
        foreach (var trainer in TrainerUnderTest.All)
        {
            using var model = Pipeline(trainer.CreateFast(_context)).Fit(data);
            OnnxExports.Compare(OnnxExports.Bytes(_context, model, data), model, data);
        }
    }

    [TestMethod]
    public void Names_shapes_metadata_and_a_reader_of_others()
    {
        var data = Table("iris.csv", 4);
        using var model = Pipeline(TrainerUnderTest.Named("Ols").CreateFast(_context)).Fit(data);
        var bytes = OnnxExports.Bytes(_context, model, data);
        using var onnx = new OnnxScores(bytes);
        CollectionAssert.AreEqual(new[] { -1, 4 }, onnx.Session.InputMetadata["Features"].Dimensions);
        Assert.AreEqual("N", onnx.Session.InputMetadata["Features"].SymbolicDimensions[0]);
        CollectionAssert.AreEqual(new[] { "PredictedLabel", "Score" }, onnx.Session.OutputNames.ToArray());
        CollectionAssert.AreEqual(new[] { -1, 3 }, onnx.Session.OutputMetadata["Score"].Dimensions);
        var metadata = onnx.Session.ModelMetadata.CustomMetadataMap;
        Assert.AreEqual("OLS", metadata["method"]);
        CollectionAssert.AreEqual(new[] { "setosa", "versicolor", "virginica" }, JsonSerializer.Deserialize<string[]>(metadata["class_names"]));

        // OnnxSharp reads both kinds of models.
        var read = global::Onnx.ModelProto.Parser.ParseFrom(bytes);
        Assert.AreEqual("Features", read.Graph.Input.Single().Name);
        Assert.AreEqual(12, read.OpsetImport.Single(o => o.Domain.Length == 0).Version);
        var classifier = model.OfType<FlipRegPredictionTransformer>().Single().Model;
        using var alone = new MemoryStream();
        classifier.SaveOnnx(alone, new OnnxOptions { OpsetVersion = 17 });
        var second = global::Onnx.ModelProto.Parser.ParseFrom(alone.ToArray());
        var weights = classifier.GetWeights()[0];
        var tensor = second.Graph.Initializer.Single(t => t.Name == weights.Name);
        CollectionAssert.AreEqual(weights.Shape.ToArray(), tensor.Dims.ToArray());
        CollectionAssert.AreEqual(weights.Values, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(tensor.RawData.ToByteArray()).ToArray());
    }

    [TestMethod]
    public void The_checker_of_onnx_passes()
    {
        var data = _context.Data.LoadFromEnumerable(Order.Rows(60));
        using var model = _context.Transforms.Conversion.MapValueToKey("Label").Append(_context.Transforms.Categorical.OneHotEncoding("Shop"))
            .Append(_context.Transforms.Concatenate("Features", "Shop")).Append(TrainerUnderTest.All[0].CreateFast(_context)).Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        OnnxChecker.Check(OnnxExports.Bytes(_context, model, data), withShapes: false);
    }

    [TestMethod]
    public void Columns_that_no_output_needs_may_be_made_by_anything()
    {
        var data = _context.Data.LoadFromEnumerable(Order.Rows(60));
        using var model = _context.Transforms.Conversion.MapValueToKey("Label").Append(_context.Transforms.Text.FeaturizeText("Unused", "Shop"))
            .Append(_context.Transforms.Categorical.OneHotEncoding("Features", "Payment")).Append(TrainerUnderTest.All[0].CreateFast(_context)).Fit(data);
        using var stream = new MemoryStream();
        var report = _context.Model.ExportOnnx(model, data, stream, new OnnxExportOptions { OutputColumns = ["Score"] });
        Assert.AreEqual("Payment -> Score", $"{report.Inputs.Single()} -> {report.Outputs.Single()}");
        OnnxExports.Compare(stream.ToArray(), model, data);
    }

    [TestMethod]
    public void A_missing_key_has_the_empty_text()
    {
        var rows = Blobs.Rows(60);
        rows[2].Features = [0, float.NaN, 0, 0];
        using var model = TrainerUnderTest.All[0].CreateFast(_context).Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(Blobs.Keyed(_context));
        var data = Blobs.Keyed(_context, rows);
        OnnxExports.Compare(OnnxExports.Bytes(_context, model, data), model, data);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Weights_beside_the_model(bool alone)
    {
        var folder = Directory.CreateTempSubdirectory("flipreg-onnx-test-");
        var data = Table("digits.csv", 64);
        using var first = Pipeline(TrainerUnderTest.All[0].CreateFast(_context, o => o.Network = NetworkSpec.Mlp([32]))).Fit(data);
        using var second = Pipeline(TrainerUnderTest.All[0].CreateFast(_context, o => (o.Network, o.Seed) = (NetworkSpec.Mlp([32]), 9))).Fit(data);
        var path = Path.Combine(folder.FullName, "digits.onnx");
        string? before = null;
        foreach (var model in new[] { first, second })
        {
            var classifier = model.OfType<FlipRegPredictionTransformer>().Single().Model;
            if (alone)
                classifier.SaveOnnx(path, new OnnxOptions { ExternalData = true });
            else
                _context.Model.ExportOnnx(model, data, path, new OnnxExportOptions { ExternalData = true, Verify = true });

            // The model, and the weights under a plain name: those of the model before are gone.
            var beside = folder.GetFiles().Select(f => f.Name).Single(name => name != "digits.onnx");
            StringAssert.Matches(beside, new("^digits\\.onnx\\.[0-9a-f]{16}\\.data$"));
            Assert.AreNotEqual(before, beside);
            before = beside;
            var tensors = global::Onnx.ModelProto.Parser.ParseFrom(File.ReadAllBytes(path)).Graph.Initializer.Where(t => t.ExternalData.Count > 0).ToList();
            Assert.HasCount(6, tensors, "two layers' weights, and the four lists of the rank curves");
            foreach (var tensor in tensors)
                Assert.AreEqual(beside, tensor.ExternalData.Single(e => e.Key == "location").Value);
            using var session = new InferenceSession(path);
            if (alone)
                OnnxChecker.CheckFile(path);
            if (!alone)
                OnnxExports.Compare(session, model, data);
            else
                CompareAlone(session, model, data);
        }

        folder.Delete(recursive: true);
    }

    [TestMethod]
    public void Bad_input()
    {
        var data = _context.Data.LoadFromEnumerable(Order.Rows(60));
        var model = _context.Transforms.Conversion.MapValueToKey("Label").Append(_context.Transforms.Categorical.OneHotEncoding("Features", "Payment")).Append(TrainerUnderTest.All[0].CreateFast(_context)).Fit(data);
        using var stream = new MemoryStream();
        Assert.ThrowsExactly<ArgumentNullException>(() => _context.Model.ExportOnnx(null!, data, stream));
        Assert.ThrowsExactly<ArgumentNullException>(() => _context.Model.ExportOnnx(model, null!, stream));
        Assertions.Throws<ArgumentOutOfRangeException>(() => Export(o => o.OpsetVersion = 13), "OpsetVersion must be at least 9 and at most 12. Got 13.");
        Assertions.Throws<ArgumentOutOfRangeException>(() => Export(o => o.Tolerance = 0), "Tolerance must be above 0");
        Assertions.Throws<ArgumentException>(() => Export(o => o.OutputColumns = ["Scores"]), "OutputColumns must name columns of the scored data. Got 'Scores'. There are 'Label', 'Numbers',");
        Assertions.Throws<ArgumentException>(() => Export(o => o.OutputColumns = []), "OutputColumns must name at least one column");
        Assertions.Throws<ArgumentException>(() => Export(o => o.OutputColumns = ["Score", "Score"]), "OutputColumns must name each column once. Got 'Score' more than once.");
        Assertions.Throws<ArgumentException>(() => Export(o => o.OutputColumns = ["Score", "Payment"]), "An output of the ONNX model must have another name than its inputs. Got 'Payment', which is both.");
        Assertions.Throws<ArgumentException>(() => Export(o => o.ExternalData = true), "ExternalData must be false where the model is written to a stream. Got true.");
        Assertions.Throws<ArgumentException>(() => _context.Model.ExportOnnx(model, _context.Data.LoadFromEnumerable(Blobs.Rows(6)), stream), "The sample data must have the columns that the model reads.", "Payment");
        Assertions.Throws<ArgumentException>(() => _context.Model.ExportOnnx(new TransformerChain<ITransformer>(), data, stream), "The scored data must have a column PredictedLabel, Probability, Score, or OutputColumns must name others.");
        Assertions.Throws<InvalidOperationException>(() => _context.Model.ExportOnnx(model, _context.Data.LoadFromEnumerable(Order.Rows(0)), stream, new OnnxExportOptions { Verify = true }), "The sample data must have at least one row where Verify is set. Got 0.");
        Assertions.Throws<DirectoryNotFoundException>(() => _context.Model.ExportOnnx(model, data, Path.Combine(Path.GetTempPath(), "no such folder", "a.onnx")), "The folder of an ONNX model must be there. Got '", "no such folder");
        Assertions.Throws<IOException>(() => _context.Model.ExportOnnx(model, data, Path.GetTempPath()), "The path of an ONNX model must name a file.");
        Assertions.Throws<UnauthorizedAccessException>(() => _context.Model.ExportOnnx(model, data, "/proc/a.onnx"), "The folder of an ONNX model must be writable. Got '/proc', which is not");
        model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => _context.Model.ExportOnnx(model, data, stream));
        Assert.AreEqual(0, stream.Length);

        void Export(Action<OnnxExportOptions> change)
        {
            var options = new OnnxExportOptions();
            change(options);
            _context.Model.ExportOnnx(model, data, stream, options);
        }
    }

    [TestMethod]
    public void A_model_that_scores_otherwise_is_not_written()
    {
        var folder = Directory.CreateTempSubdirectory("flipreg-onnx-test-");
        var path = Path.Combine(folder.FullName, "a.onnx");
        File.WriteAllText(path, "the old one");
        var data = Table("digits.csv", 64);
        using var model = Pipeline(TrainerUnderTest.All[0].CreateFast(_context)).Fit(data);
        // No two libraries multiply matrices with the same last bits.
        Assertions.Throws<InvalidOperationException>(() => _context.Model.ExportOnnx(model, data, path, new OnnxExportOptions { Verify = true, Tolerance = 1e-30 }),
            "The ONNX model must give what the pipeline gives, column 'Score' within Tolerance 1E-30. Got ", "Nothing was written.");
        Assert.AreEqual("the old one", File.ReadAllText(path));
        Assert.HasCount(1, folder.GetFileSystemInfos());
        _context.Model.ExportOnnx(model, data, path);
        using var session = new InferenceSession(path);
        folder.Delete(recursive: true);
    }

    private static IDataView Table(string file, int width) => _context.Data.LoadFromTextFile(Path.Combine(AppContext.BaseDirectory, file),
        [new TextLoader.Column("Features", DataKind.Single, 0, width - 1), new TextLoader.Column("Class", DataKind.String, width)], separatorChar: ',', hasHeader: true);

    private static EstimatorChain<KeyToValueMappingTransformer> Pipeline(IEstimator<FlipRegPredictionTransformer> trainer) =>
        _context.Transforms.Conversion.MapValueToKey("Label", "Class").Append(_context.Transforms.NormalizeMeanVariance("Features", fixZero: false)).Append(trainer).Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

    /// <summary>The classifier alone gets features that are normalized already.</summary>
    private static void CompareAlone(InferenceSession session, TransformerChain<KeyToValueMappingTransformer> model, IDataView data)
    {
        var scored = model.Transform(data);
        using var results = session.Run([OnnxScores.Rows("Features", [.. scored.GetColumn<float[]>("Features")])], ["Score", "PredictedLabel"]);
        Assertions.AreClose(Blobs.Scores(_context, scored), [.. results[0].AsEnumerable<float>().Chunk(10)], 1e-5);
        CollectionAssert.AreEqual(scored.GetColumn<string>("PredictedLabel").ToArray(), results[1].AsEnumerable<string>().ToArray());
    }

    [TestMethod]
    public void A_trainer_of_MLNet_may_learn_from_the_scores()
    {
        var data = _context.Data.LoadFromEnumerable(Blobs.Rows(90));
        using var model = _context.Transforms.Conversion.MapValueToKey("Label")
            .Append(TrainerUnderTest.Named("Fer").CreateFast(_context))
            .Append(_context.Transforms.CopyColumns("Probabilities", "Score"))
            .Append(_context.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Label", "Probabilities"))
            .Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        using var stream = new MemoryStream();
        var report = _context.Model.ExportOnnx(model, data, stream, new OnnxExportOptions { OutputColumns = ["PredictedLabel", "Score"], Verify = true });
        Assert.AreEqual("Features", string.Join(", ", report.Inputs));
        Assert.IsLessThan(1e-5, report.LargestDifference!.Value);
    }

    [TestMethod]
    public void Without_ONNX_Runtime_only_verifying_fails_and_says_what_to_add()
    {
        var folder = Directory.CreateTempSubdirectory("verify").FullName;
        try
        {
            StringAssert.Matches(FreshProcess.Run("verify", folder), new("^Verify needs ONNX Runtime in the application. Got none that loads: .* Add the package Microsoft.ML.OnnxRuntime, or leave Verify false.$"));
            CollectionAssert.AreEqual(new[] { "unverified.onnx" }, Directory.GetFileSystemEntries(folder).Select(Path.GetFileName).ToArray());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
