using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLNet.FlipReg.Images;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests.Images;

/// <summary>Images straight into a trainer: columns of every kind, models, ONNX.</summary>
[TestClass]
public sealed class ImageTrainingTests
{
    private static readonly string[] _names = ["Score", "PredictedLabel"];

    [TestMethod]
    public void Paths_train_and_score_and_the_model_comes_back()
    {
        using var files = new ImageFiles();
        var context = new MLContext(1);
        var data = files.Load(context);
        using var model = context.MulticlassClassification.Trainers.CrossEntropy(ImageFiles.Options()).Fit(data);
        var scored = model.Transform(data);
        Assert.AreEqual(1.0, context.MulticlassClassification.Evaluate(scored).MicroAccuracy);
        var path = Path.Combine(files.Folder, "model.zip");
        context.Model.Save(model, data.Schema, path);
        var fresh = new MLContext(2);
        var loaded = (FlipRegPredictionTransformer)fresh.Model.Load(path, out _);
        Assertions.AreSame(Blobs.Scores(context, scored), Blobs.Scores(fresh, loaded.Transform(files.Load(fresh))));
        Assert.AreEqual(TextDataViewType.Instance, loaded.FeatureColumnType);
        Assert.AreEqual(model.Model.Images, loaded.Model.Images! with { Mean = null });
        var names = fresh.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(loaded.Transform(files.Load(fresh)));
        using var engine = fresh.Model.CreatePredictionEngine<ImageFiles.PathRow, ScoredRow>(new TransformerChain<ITransformer>(loaded, names));
        Assert.AreEqual("red", engine.Predict(new ImageFiles.PathRow { ImagePath = files.File0("red") }).PredictedLabel);
        Assert.AreEqual("blue", engine.Predict(new ImageFiles.PathRow { ImagePath = files.File0("blue") }).PredictedLabel);
    }

    [TestMethod]
    public void Columns_of_every_kind_give_the_same_model_and_scores()
    {
        using var files = new ImageFiles();
        var context = new MLContext(1);
        var contents = files.LoadContents(context);
        var (byPath, scores) = Fit(contents, "Path");
        var (byContent, scoresOfContent) = Fit(contents, "Content");
        Assert.AreEqual(byPath, byContent);
        Assertions.AreSame(scores, scoresOfContent);

        // MLImage, decoded by ML.NET: JPEGs whole, and then resized here.
        var images = context.Transforms.LoadImages("Image", "", "Path").Fit(contents).Transform(contents);
        var (_, scoresOfImages) = Fit(images, "Image");
        Assertions.AreClose(scores, scoresOfImages, 0.1);

        // Pixels that ML.NET extracts.
        var pixels = context.Transforms.ResizeImages("Small", 8, 8, "Image").Append(context.Transforms.ExtractPixels("Pixels", "Small")).Fit(images).Transform(images);
        var (byNumber, scoresOfNumbers) = Fit(pixels, "Pixels");
        var bytes = context.Transforms.ExtractPixels("Bytes", "Small", outputAsFloatArray: false).Fit(pixels).Transform(pixels);
        var (byByte, scoresOfBytes) = Fit(bytes, "Bytes");
        Assert.AreEqual(byNumber, byByte);
        Assertions.AreSame(scoresOfNumbers, scoresOfBytes);

        (string Model, float[][] Scores) Fit(IDataView data, string column)
        {
            var options = ImageFiles.Options();
            options.FeatureColumnName = column;
            using var model = context.MulticlassClassification.Trainers.CrossEntropy(options).Fit(data);
            var scored = model.Transform(data);
            Assert.AreEqual(1.0, context.MulticlassClassification.Evaluate(scored).MicroAccuracy, column);
            return (Assertions.Fingerprint(model.Model), Blobs.Scores(context, scored));
        }
    }

    [TestMethod]
    public void Transparent_parts_of_an_MLImage_lie_over_the_background()
    {
        var file = TestImages.Png(8, 8, (_, _) => new(200, 100, 0, 0));
        using var image = MLImage.CreateFromStream(new MemoryStream(file));
        var white = Planes(image, PixelColor.White);
        Assert.IsTrue(white.All(value => value == 255), "White expected.");
        using var half = MLImage.CreateFromStream(new MemoryStream(TestImages.Png(8, 8, (_, _) => new(200, 100, 0, 128))));
        var blue = Planes(half, new PixelColor(0, 0, 255));
        foreach (var (expected, actual) in new[] { (100, blue[0]), (50, blue[64]), (127, blue[128]) })
            Assert.AreEqual(expected, actual, 1.0);

        static byte[] Planes(MLImage image, PixelColor background)
        {
            var rules = new ImageRules(new ImageShape(3, 8, 8), ImageResize.Fill, background, 1000);
            using var worker = new ImageWorker(rules);
            var planes = new byte[192];
            ImageItemReader.OfImage(image).Decode(worker, planes);
            return planes;
        }
    }

    [TestMethod]
    public void Memory_file_and_threads_give_the_same_model()
    {
        using var files = new ImageFiles(40);
        var context = new MLContext(1);
        var data = files.Load(context);
        var shape = new ImageShape(3, 64, 64);
        var expected = Fit(new ImageOptions { Shape = shape });
        Assert.AreEqual(expected, Fit(new ImageOptions { Shape = shape, MemoryMegabytes = 1 }));
        Assert.AreEqual(expected, Fit(new ImageOptions { Shape = shape, DecodingThreads = 1 }));
        Assert.IsEmpty(Directory.GetFiles(Path.GetTempPath(), ".images-*.tmp"));

        string Fit(ImageOptions images)
        {
            var options = ImageFiles.Options(images);
            (options.Epochs, options.ValidationFraction) = (2, 0.25);
            using var model = context.MulticlassClassification.Trainers.CrossEntropy(options).Fit(data);
            return Assertions.Fingerprint(model.Model) + model.Model.History[^1].Validation!.Loss.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    [TestMethod]
    public void An_image_that_cannot_be_read_is_an_error_or_a_counted_skip()
    {
        using var files = new ImageFiles();
        var context = new MLContext(1);
        var warnings = Log.Warnings(context);
        var whole = File.ReadAllBytes(files.File0("green"));
        File.WriteAllBytes(files.File0("green"), whole[..(whole.Length * 9 / 10)]);
        var data = files.Load(context);
        File.Delete(files.File0("red"));
        var trainer = context.MulticlassClassification.Trainers.CrossEntropy(ImageFiles.Options());
        Assertions.Throws<InvalidOperationException>(() => trainer.Fit(data), files.File0("green"), "truncated JPEG", "row 12 (counted from 0) of the training data", "UnreadableImages.Skip");
        var skipping = ImageFiles.Options(new ImageOptions { Shape = new ImageShape(3, 8, 8), Unreadable = UnreadableImages.Skip });
        skipping.CountForgetting = true;
        using var model = context.MulticlassClassification.Trainers.CrossEntropy(skipping).Fit(data);
        Assert.HasCount(34, model.Model.ForgettingEvents!);
        Assert.HasCount(1, warnings);
        foreach (var part in new[] { "Skipped 2 of 36 rows of the training data", files.File0("green"), files.File0("red"), "Got none of that name" })
            StringAssert.Contains(warnings[0], part, StringComparison.Ordinal);

        // In scoring: no numbers and no label, and the other rows are scored.
        var scores = Blobs.Scores(context, model.Transform(data));
        Assert.HasCount(36, scores);
        for (var row = 0; row < scores.Length; row++)
            Assert.AreEqual(row is 12 or 24, float.IsNaN(scores[row][0]), $"row {row}");

        // Where it is an error, the rows before it come first.
        using var files2 = new ImageFiles();
        using var strict = trainer.Fit(files2.Load(context));
        var read = 0;
        var error = Assert.ThrowsExactly<InvalidOperationException>(() =>
        {
            foreach (var _ in context.Data.CreateEnumerable<ScoredOnly>(strict.Transform(data), reuseRowObject: false))
                read++;
        });
        StringAssert.Contains(error.Message, "row 12 (counted from 0) of the data to score", StringComparison.Ordinal);
        Assert.AreEqual(12, read);
    }

    [TestMethod]
    public void A_wrong_column_is_an_error_that_says_what_images_are()
    {
        using var files = new ImageFiles(2);
        var context = new MLContext(1);
        var contents = files.LoadContents(context);
        void Fails(string column, ImageOptions? images, params string[] parts)
        {
            var options = ImageFiles.Options(images);
            options.FeatureColumnName = column;
            var trainer = context.MulticlassClassification.Trainers.CrossEntropy(options);
            Assertions.Throws<ArgumentOutOfRangeException>(() => trainer.Fit(contents), parts);
        }

        Fails("Label", null, "must hold images", "FeatureColumnName");
        Fails("Absent", null, "The feature column 'Absent'");
        var vectors = ImageFiles.Options();
        (vectors.Images, vectors.FeatureColumnName) = (null, "Path");
        Assertions.Throws<ArgumentOutOfRangeException>(() => context.MulticlassClassification.Trainers.CrossEntropy(vectors).Fit(contents), "Set Images = new ImageOptions");
        Assertions.Throws<ArgumentOutOfRangeException>(() => context.MulticlassClassification.Trainers.CrossEntropy(ImageFiles.Options(new ImageOptions { Shape = new ImageShape(2, 8, 8) })), "Images.Shape must have 1 channel (grey) or 3");
        Assertions.Throws<ArgumentOutOfRangeException>(() => context.MulticlassClassification.Trainers.CrossEntropy(ImageFiles.Options(new ImageOptions { Mean = [0.5] })), "Images.Mean must hold 3 values");
        Assertions.Throws<ArgumentOutOfRangeException>(() => context.MulticlassClassification.Trainers.CrossEntropy(ImageFiles.Options(new ImageOptions { MaximumPixels = 0 })), "Images.MaximumPixels must be at least 1");
        Assertions.Throws<ArgumentOutOfRangeException>(() => context.MulticlassClassification.Trainers.Fer(new FerOptions { Images = new ImageOptions { Augmentation = new ImageAugmentation { Mixup = 0.2 } } }),
            "Images.Augmentation.Mixup must be 0 with FER", "Got 0.2", "CrossEntropy");
    }

    [TestMethod]
    public void The_classifier_alone_is_an_ONNX_model_of_pixels()
    {
        using var files = new ImageFiles();
        var context = new MLContext(1);
        var contents = files.LoadContents(context);
        var images = context.Transforms.LoadImages("Image", "", "Path").Append(context.Transforms.ResizeImages("Image", 8, 8, "Image")).Append(context.Transforms.ExtractPixels("Pixels", "Image")).Fit(contents).Transform(contents);
        var options = ImageFiles.Options();
        options.FeatureColumnName = "Pixels";
        using var model = context.MulticlassClassification.Trainers.CrossEntropy(options).Fit(images);
        using var stream = new MemoryStream();
        model.Model.SaveOnnx(stream);
        using var session = new InferenceSession(stream.ToArray());
        CollectionAssert.AreEqual(new[] { -1, 3, 8, 8 }, session.InputMetadata["Pixels"].Dimensions);
        var expected = Blobs.Scores(context, model.Transform(images));
        var pixels = context.Data.CreateEnumerable<PixelRow>(images, false).Select(row => row.Pixels).ToArray();
        using var results = session.Run([NamedOnnxValue.CreateFromTensor("Pixels", new DenseTensor<float>(pixels.SelectMany(p => p).ToArray(), [pixels.Length, 3, 8, 8]))], _names);
        var scores = results.First().AsTensor<float>().ToArray();
        Assertions.AreClose(expected, [.. scores.Chunk(3)], 1e-5);

        // A chain from the pixels on converts as a whole; one from paths on is refused.
        var path = Path.Combine(files.Folder, "chain.onnx");
        var report = context.Model.ExportOnnx(model, images, path, new OnnxExportOptions { Verify = true });
        Assert.IsLessThan(1e-5, report.LargestDifference!.Value);
        using var byPath = context.MulticlassClassification.Trainers.CrossEntropy(ImageFiles.Options()).Fit(files.Load(context));
        Assertions.Throws<NotSupportedException>(() => context.Model.ExportOnnx(byPath, files.Load(context), path), "must hold pixels in a chain that is converted to ONNX", "SaveOnnx");
    }

    private sealed class ScoredOnly
    {
        public float[] Score { get; set; } = [];
    }

    private sealed class PixelRow
    {
        [VectorType(192)]
        public float[] Pixels { get; set; } = [];
    }
}
