using System.Text.Json;
using FlipReg;
using FlipReg.Encoders;
using FlipReg.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>A classifier alone as an ONNX model: ONNX Runtime gives the scores and labels that we give.</summary>
[TestClass]
public sealed class SaveOnnxTests
{
    private const int LargeWidth = 4096;

    private const double Tolerance = 1e-5;
    private static readonly int[] _batches = [1, 7, 256];

    /// <summary>Every trainer, and every kind of network, in the lowest and the highest opset.</summary>
    public static IEnumerable<object[]> TrainersAndNetworks =>
        from trainer in TrainerUnderTest.All
        from network in Networks
        from opset in new[] { 12, 17 }
        // What is exported depends on the network alone: each trainer with one, and one trainer with each.
        where trainer.Name == "Fer" || network.Name == "hidden layers"
        select new object[] { trainer, network.Name, network.Spec, opset };

    private static IEnumerable<(string Name, NetworkSpec Spec)> Networks =>
    [
        ("no hidden layer", NetworkSpec.Mlp([])),
        ("hidden layers", NetworkSpec.Mlp([8, 6])),
        ("batch norm", NetworkSpec.Mlp([8, 6], batchNorm: true)),
        ("dropout", NetworkSpec.Mlp([8], dropout: 0.3)),
        ("SiLU", NetworkSpec.Mlp([8, 6], activation: Activation.Silu)),
        ("batch norm first, no bias", new NetworkSpec { Layers = [new BatchNormSpec(0.3, 0.01), new LinearSpec(5, Bias: false), new ReluSpec(), new LinearSpec(4, Bias: false)] }),
        ("copies with weights in common", new NetworkSpec { Layers = [new MemberInputSpec(2), new LinearSpec(6) { Groups = 2, IsShared = true }, new ReluSpec()] }),
        // The rows' eight encoded columns: two of them as numbers of categories, cut off and often out of range.
        ("residual", new NetworkSpec { Layers = [new LinearSpec(6), new ResidualSpec([new LinearSpec(6), new ReluSpec(), new BatchNormSpec()]), new ResidualSpec([new Relu6Spec(), new LinearSpec(5)], [new LinearSpec(5)])] }),
        ("embedding", new NetworkSpec { Layers = [new CategoryEmbeddingSpec(6, [new(2, 3), new(1, 2)]), new LinearSpec(5), new ReluSpec()] }),
    ];

    [TestMethod]
    public void Every_kind_of_layer_is_in_these_networks_or_those_for_images() => CollectionAssert.AreEquivalent(
        typeof(LayerSpec).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(LayerSpec))).ToArray(),
        Networks.Select(n => n.Spec).Concat(global::FlipReg.Tests.Networks.Images.ImageNetworks.All.Select(n => n.Spec)).SelectMany(spec => global::FlipReg.Networks.LayerTree.All(spec.Layers)).Select(layer => layer.GetType()).Distinct().ToArray());

    [TestMethod]
    [DynamicData(nameof(TrainersAndNetworks))]
    public void Scores_and_labels_are_ours(TrainerUnderTest trainer, string name, NetworkSpec network, int opset)
    {
        var context = new MLContext(1);
        using var model = trainer.Fit(context, o => o.Network = network);
        var rows = Blobs.Rows(300, seed: 4);
        using var onnx = Open(model.Model, new OnnxOptions { OpsetVersion = opset });
        var all = rows.Select(r => r.Features).ToArray();
        Compare(context, model, onnx, all, name);
    }

    [TestMethod]
    [DataRow("iris.csv", 4)]
    [DataRow("digits.csv", 64)]
    public void Real_tables(string file, int width)
    {
        foreach (var trainer in TrainerUnderTest.All)
        {
            var context = new MLContext(1);
            var data = context.Data.LoadFromTextFile(Path.Combine(AppContext.BaseDirectory, file),
                [new TextLoader.Column("Features", DataKind.Single, 0, width - 1), new TextLoader.Column("Label", DataKind.String, width)], separatorChar: ',', hasHeader: true);
            var keyed = context.Transforms.Conversion.MapValueToKey("Label").Append(context.Transforms.NormalizeMinMax("Features")).Fit(data).Transform(data);
            using var model = trainer.CreateFast(context, o => o.Network = NetworkSpec.Mlp([32, 16], batchNorm: true, dropout: 0.1)).Fit(keyed);
            using var onnx = Open(model.Model);
            Compare(context, model, onnx, [.. keyed.GetColumn<float[]>("Features")], file);
        }
    }

    [TestMethod]
    [DataRow(12)]
    [DataRow(17)]
    public void A_feature_that_is_not_a_number_gives_no_label(int opset)
    {
        var context = new MLContext(1);
        foreach (var network in Networks)
        {
            using var model = TrainerUnderTest.All[0].Fit(context, o => (o.Network, o.Missing) = (network.Spec, MissingValues.Error));
            using var onnx = Open(model.Model, new OnnxOptions { OpsetVersion = opset });
            float[][] rows = [[1, 0, 0, 1], [float.NaN, 0, 0, 0], [0, 1, float.PositiveInfinity, 0], [0, 1, 0, 0]];
            var ours = Blobs.Scores(context, Scored(context, model, rows));
            var (scores, labels) = onnx.Run<string>([OnnxScores.Rows("Features", rows)]);
            Assertions.AreClose(ours, scores, Tolerance);
            CollectionAssert.AreEqual(new[] { false, true, true, false }, labels.Select(l => l.Length == 0).ToArray(), network.Name);
        }
    }

    [TestMethod]
    public void Keys_without_values_give_numbers()
    {
        var context = new MLContext(1);
        var rows = Blobs.Rows(60).Select((r, i) => new KeyedRow { Label = (uint)((i % 3) + 1), Features = r.Features }).ToArray();
        using var model = TrainerUnderTest.All[0].CreateFast(context, o => o.Epochs = 20).Fit(context.Data.LoadFromEnumerable(rows));
        Assert.IsNull(model.Model.ClassNames);
        using var onnx = Open(model.Model);
        var features = rows.Select(r => r.Features).ToArray();
        var (scores, labels) = onnx.Run<long>([OnnxScores.Rows("Features", features)]);
        var scored = model.Transform(context.Data.LoadFromEnumerable(rows));
        Assertions.AreClose(Blobs.Scores(context, scored), scores, Tolerance);
        CollectionAssert.AreEqual(scored.GetColumn<uint>("PredictedLabel").Select(k => (long)k).ToArray(), labels);
        Assert.IsGreaterThan(1, labels.Distinct().Count());
    }

    [TestMethod]
    public void Names_shapes_and_metadata()
    {
        var context = new MLContext(1);
        using var model = TrainerUnderTest.Named("Ols").Fit(context);
        using var onnx = Open(model.Model, new OnnxOptions { InputName = "index", IncludeLogits = true });
        var session = onnx.Session;
        CollectionAssert.AreEqual(new[] { -1, 4 }, session.InputMetadata["index"].Dimensions);
        CollectionAssert.AreEqual(new[] { "Score", "PredictedLabel", "Logits" }, session.OutputNames.ToArray());
        CollectionAssert.AreEqual(new[] { -1, 3 }, session.OutputMetadata["Score"].Dimensions);
        CollectionAssert.AreEqual(new[] { -1 }, session.OutputMetadata["PredictedLabel"].Dimensions);
        Assert.AreEqual(typeof(string), session.OutputMetadata["PredictedLabel"].ElementType);
        var metadata = session.ModelMetadata;
        Assert.AreEqual("MLNet.FlipReg", metadata.ProducerName);
        Assert.AreEqual("OLS", metadata.CustomMetadataMap["method"]);
        Assert.AreEqual("Label", metadata.CustomMetadataMap["label_column"]);
        StringAssert.StartsWith(metadata.CustomMetadataMap["library_version"], "0.1.0", StringComparison.Ordinal);
        CollectionAssert.AreEqual(model.Model.ClassNames!.ToArray(), JsonSerializer.Deserialize<string[]>(metadata.CustomMetadataMap["class_names"]));
        Assert.AreEqual(model.Model.OptionsJson, metadata.CustomMetadataMap["training_options"]);

        // The logits are those whose softmax is the score.
        var (logits, _) = onnx.Run<string>([OnnxScores.Rows("index", [[1, 0, 0, 1]])], score: "Logits");
        var exponentials = logits[0].Select(z => Math.Exp(z)).ToArray();
        var ours = Blobs.Scores(context, Scored(context, model, [[1, 0, 0, 1]]));
        Assertions.AreClose(ours, [[.. exponentials.Select(e => (float)(e / exponentials.Sum()))]], Tolerance);
        using var plain = Open(model.Model);
        CollectionAssert.AreEqual(new[] { "Score", "PredictedLabel" }, plain.Session.OutputNames.ToArray());
    }

    [TestMethod]
    [DataRow(12)]
    [DataRow(17)]
    public void The_checker_of_onnx_passes(int opset)
    {
        var context = new MLContext(1);
        foreach (var network in Networks)
        {
            using var model = TrainerUnderTest.All[0].Fit(context, o => o.Network = network.Spec);
            OnnxChecker.Check(Bytes(model.Model, new OnnxOptions { OpsetVersion = opset, IncludeLogits = true }));
        }
    }

    [TestMethod]
    public void A_loaded_model_is_written_with_the_same_bytes()
    {
        var context = new MLContext(1);
        using var model = TrainerUnderTest.All[0].Fit(context);
        using var stream = new MemoryStream();
        context.Model.Save(model, null, stream);
        stream.Position = 0;
        using var loaded = (FlipRegPredictionTransformer)new MLContext().Model.Load(stream, out _);
        CollectionAssert.AreEqual(Bytes(model.Model), Bytes(loaded.Model));
    }

    [TestMethod]
    public void Options_out_of_range_and_a_disposed_model_are_errors()
    {
        var context = new MLContext(1);
        var model = TrainerUnderTest.All[0].Fit(context);
        using var stream = new MemoryStream();
        Assertions.Throws<ArgumentOutOfRangeException>(() => model.Model.SaveOnnx(stream, new OnnxOptions { OpsetVersion = 11 }), "OpsetVersion must be at least 12 and at most 17. Got 11.");
        Assertions.Throws<ArgumentOutOfRangeException>(() => model.Model.SaveOnnx(stream, new OnnxOptions { OpsetVersion = 18 }), "OpsetVersion must be at least 12 and at most 17. Got 18.");
        Assertions.Throws<ArgumentOutOfRangeException>(() => model.Model.SaveOnnx(stream, new OnnxOptions { InputName = "Score" }), "InputName must differ from the outputs PredictedLabel, Score and Logits. Got Score.");
        Assertions.Throws<ArgumentOutOfRangeException>(() => model.Model.SaveOnnx(stream, new OnnxOptions { InputName = "" }), "InputName must not be empty.");
        Assert.ThrowsExactly<ArgumentNullException>(() => model.Model.SaveOnnx((Stream)null!));
        model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => model.Model.SaveOnnx(stream));
        Assert.AreEqual(0, stream.Length);
    }

    [TestMethod]
    public void A_model_of_two_gibibytes_is_refused_in_a_stream()
    {
        var model = Large(new float[2 * LargeWidth]);
        using var stream = new MemoryStream();
        Assertions.Throws<NotSupportedException>(() => OnnxFile.Write(stream, weights => model.Compose(weights, "1")), "An ONNX model in a stream must have less than 2 GiB. Got 2,6", " bytes. Write it to a path: its weights then go to a file beside it.");
        Assert.AreEqual(0, stream.Length);
    }

    [TestMethod]
    [TestCategory("Slow")]
    public void A_model_above_two_gibibytes_is_written_to_a_path_without_a_second_copy_and_scored()
    {
        var folder = Directory.CreateTempSubdirectory("large").FullName;
        try
        {
            var random = new Random(1);
            var last = Enumerable.Range(0, 2 * LargeWidth).Select(_ => (random.NextSingle() - 0.5f) / 10).ToArray();
            var model = Large(last);
            var path = Path.Combine(folder, "large.onnx");
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            OnnxFile.Write(path, external: false, weights => model.Compose(weights, "1"));
            Assert.IsLessThan(100L << 20, GC.GetAllocatedBytesForCurrentThread() - allocated);
            Assert.IsLessThan(1L << 20, new FileInfo(path).Length);
            Assert.IsGreaterThan(2L << 30, new FileInfo(Directory.GetFiles(folder, "*.data").Single()).Length);

            // All layers but the last are the identity.
            var row = Enumerable.Range(0, LargeWidth).Select(_ => random.NextSingle()).ToArray();
            var logits = new[] { 0, 1 }.Select(k => row.Select((x, i) => (double)x * last[(k * LargeWidth) + i]).Sum()).ToArray();
            using var session = new InferenceSession(path);
            using var results = session.Run([OnnxScores.Rows("Features", [row])], ["Score"]);
            Assert.AreEqual(1 / (1 + Math.Exp(logits[1] - logits[0])), results[0].AsEnumerable<float>().First(), 1e-5);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A classifier of 2.6 GB: forty layers that share one array of 64 MB, the identity.</summary>
    private static OnnxModel Large(float[] last)
    {
        var spec = new NetworkSpec { Layers = [.. Enumerable.Repeat(new LinearSpec(LargeWidth, Bias: false), 40)] }.Bind(LargeWidth, 2);
        var identity = new float[LargeWidth * LargeWidth];
        for (var i = 0; i < LargeWidth; i++)
            identity[(i * LargeWidth) + i] = 1;
        var tensors = spec.NamedTensors().Select(t => new OnnxTensor(t.Name, t.Tensor.Shape, t.Tensor.Count == identity.Length ? identity : t.Tensor.Count == last.Length ? last : new float[t.Tensor.Count]));
        return OnnxClassifier.Create(InputEncoder.Identity(LargeWidth), spec, tensors, null, [new OnnxInput("Features", LargeWidth, IsCategory: false)], new OnnxOptions());
    }

    private static byte[] Bytes(FlipRegModelParameters model, OnnxOptions? options = null)
    {
        using var stream = new MemoryStream();
        model.SaveOnnx(stream, options);
        return stream.ToArray();
    }

    private static OnnxScores Open(FlipRegModelParameters model, OnnxOptions? options = null) => new(Bytes(model, options));

    private static IDataView Scored(MLContext context, FlipRegPredictionTransformer model, IEnumerable<float[]> rows)
    {
        var schema = SchemaDefinition.Create(typeof(FeatureRow));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, model.Model.FeatureCount);
        return model.Transform(context.Data.LoadFromEnumerable(rows.Select(r => new FeatureRow { Features = r }), schema));
    }

    private static void Compare(MLContext context, FlipRegPredictionTransformer model, OnnxScores onnx, float[][] rows, string what)
    {
        var scored = Scored(context, model, rows);
        var ours = Blobs.Scores(context, scored);
        var labels = scored.GetColumn<uint>("PredictedLabel").Select(k => model.Model.ClassNames![(int)k - 1]).ToArray();
        foreach (var batch in _batches)
        {
            // One by one only for a few: they are slow and alike.
            foreach (var chunk in Enumerable.Range(0, Math.Min(rows.Length, batch == 1 ? 20 : rows.Length)).Chunk(batch))
            {
                var (scores, names) = onnx.Run<string>([OnnxScores.Rows("Features", [.. chunk.Select(i => rows[i])])]);
                Assertions.AreClose([.. chunk.Select(i => ours[i])], scores, Tolerance);
                CollectionAssert.AreEqual(chunk.Select(i => labels[i]).ToArray(), names, what);
            }
        }
    }

    private sealed class FeatureRow
    {
        public float[] Features { get; set; } = [];
    }

    private sealed class KeyedRow
    {
        [KeyType(3)]
        public uint Label { get; set; }

        [VectorType(4)]
        public float[] Features { get; set; } = [];
    }
}
