using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>Which of ML.NET's transforms an export translates, with what the pipeline itself gives, and which it refuses by name.</summary>
[TestClass]
public sealed class ExportOnnxTransformTests
{
    private static readonly MLContext _context = new(1);
    private static readonly TransformsCatalog _make = _context.Transforms;

    private static IEnumerable<(string Name, IEstimator<ITransformer> Estimator)> Refused =>
    [
        ("FeaturizeText", _make.Text.FeaturizeText("Features", "Text")),
        ("CustomMapping", _make.CustomMapping<OneText, TwoFeatures>((from, to) => to.Features = [from.Text.Length, 1], null)),
        ("Expression", _make.Expression("Features", "x : 2 * x", "Numbers")),
        ("NormalizeBinning", _make.NormalizeBinning("Features", "Numbers")),
        ("NormalizeBinning or NormalizeSupervisedBinning", _make.NormalizeSupervisedBinning("Features", "Numbers")),
        ("NormalizeLogMeanVariance", _make.NormalizeLogMeanVariance("Features", "Numbers")),
        ("NormalizeMeanVariance with useCdf", _make.NormalizeMeanVariance("Features", "Numbers", useCdf: true)),
        ("ProduceNgrams", _make.Text.TokenizeIntoWords("Words", "Text").Append(_make.Conversion.MapValueToKey("Words")).Append(_make.Text.ProduceNgrams("Features", "Words"))),
        ("ProduceNgrams", _make.Text.ProduceWordBags("Features", "Text")),
        ("ProduceHashedNgrams", _make.Text.ProduceHashedWordBags("Features", "Text", numberOfBits: 4)),
        ("OneHotEncoding", _make.Categorical.OneHotEncoding("Features", "Text", OneHotEncodingEstimator.OutputKind.Binary)),
        ("MapKeyToBinaryVector", _make.Conversion.MapValueToKey("Key", "Text").Append(_make.Conversion.MapKeyToBinaryVector("Features", "Key"))),
        ("ApproximatedKernelMap", _make.ApproximatedKernelMap("Features", "Numbers", rank: 4)),
        ("SelectFeaturesBasedOnCount", _make.FeatureSelection.SelectFeaturesBasedOnCount("Picked", "Gaps", 160).Append(_make.ReplaceMissingValues("Features", "Picked"))),
        ("SelectFeaturesBasedOnMutualInformation", _make.FeatureSelection.SelectFeaturesBasedOnMutualInformation("Features", "Numbers", slotsInOutput: 2)),
        ("NormalizeText", _make.Text.NormalizeText("Normal", "Text").Append(_make.Categorical.OneHotEncoding("Features", "Normal"))),
        ("TokenizeIntoCharactersAsKeys", _make.Text.TokenizeIntoCharactersAsKeys("Words", "Text").Append(_make.Text.ProduceNgrams("Features", "Words"))),
    ];

    private static IEnumerable<(string Name, IEstimator<ITransformer> Estimator)> Translated =>
    [
        ("Hash", _make.Conversion.Hash("Hashed", "Text", 4).Append(_make.Conversion.MapKeyToVector("Features", "Hashed"))),
        ("OneHotEncoding", _make.Categorical.OneHotEncoding("Features", "Text")),
        ("OneHotEncoding, bag", _make.Categorical.OneHotEncoding("Features", "Text", OneHotEncodingEstimator.OutputKind.Bag)),
        ("OneHotHashEncoding", _make.Categorical.OneHotHashEncoding("Features", "Text", numberOfBits: 4)),
        ("MapKeyToVector", _make.Conversion.MapValueToKey("Key", "Text").Append(_make.Conversion.MapKeyToVector("Features", "Key"))),
        ("ReplaceMissingValues, default", _make.ReplaceMissingValues("Features", "Gaps")),
        ("ReplaceMissingValues, mean", _make.ReplaceMissingValues("Features", "Gaps", MissingValueReplacingEstimator.ReplacementMode.Mean)),
        ("ReplaceMissingValues, mode", _make.ReplaceMissingValues("Features", "Gaps", MissingValueReplacingEstimator.ReplacementMode.Mode)),
        ("IndicateMissingValues", _make.IndicateMissingValues("Missing", "Gaps").Append(_make.Conversion.ConvertType("Features", "Missing"))),
        ("SelectColumns", _make.CopyColumns("Features", "Numbers").Append(_make.SelectColumns(["Features", "Label"]))),
        ("DropColumns", _make.CopyColumns("Features", "Numbers").Append(_make.DropColumns("Numbers", "Text"))),
        ("ConvertType", _make.Conversion.ConvertType("Single", "Whole").Append(_make.Concatenate("Features", "Single", "Numbers"))),
        ("NormalizeMinMax", _make.NormalizeMinMax("Features", "Numbers")),
        ("NormalizeMinMax, fixZero false", _make.NormalizeMinMax("Features", "Numbers", fixZero: false)),
        ("NormalizeMeanVariance", _make.NormalizeMeanVariance("Features", "Numbers")),
        ("NormalizeMeanVariance, fixZero false", _make.NormalizeMeanVariance("Features", "Numbers", fixZero: false)),
        ("NormalizeRobustScaling", _make.NormalizeRobustScaling("Features", "Numbers")),
        ("NormalizeLpNorm, L2", _make.NormalizeLpNorm("Features", "Numbers")),
        ("NormalizeLpNorm, L1", _make.NormalizeLpNorm("Features", "Numbers", LpNormNormalizingEstimatorBase.NormFunction.L1)),
        ("NormalizeLpNorm, infinity", _make.NormalizeLpNorm("Features", "Numbers", LpNormNormalizingEstimatorBase.NormFunction.Infinity)),
        ("NormalizeLpNorm, deviation", _make.NormalizeLpNorm("Features", "Numbers", LpNormNormalizingEstimatorBase.NormFunction.StandardDeviation)),
        ("NormalizeLpNorm, zero mean", _make.NormalizeLpNorm("Features", "Numbers", ensureZeroMean: true)),
        ("NormalizeGlobalContrast", _make.NormalizeGlobalContrast("Features", "Numbers")),
        ("ProjectToPrincipalComponents", _make.ProjectToPrincipalComponents("Features", "Numbers", rank: 2, seed: 1)),
        ("Concatenate", _make.Categorical.OneHotEncoding("Encoded", "Text").Append(_make.Concatenate("Features", "Numbers", "Encoded"))),
        ("MapValue", _make.Conversion.MapValue("Mapped", [new KeyValuePair<string, float>("a", 1), new("b", 2), new("c", 3)], "Text").Append(_make.Concatenate("Features", "Mapped", "Numbers"))),
        ("a cache", new EstimatorChain<ITransformer>().Append(_make.NormalizeMinMax("Features", "Numbers")).AppendCacheCheckpoint(_context)),
        ("KMeans before", _make.CopyColumns("Features", "Numbers").Append(_context.Clustering.Trainers.KMeans("Features", numberOfClusters: 3)).Append(_make.CopyColumns("Features", "Score"))),
        ("LbfgsMaximumEntropy before", _make.CopyColumns("Features", "Numbers").Append(_context.MulticlassClassification.Trainers.LbfgsMaximumEntropy()).Append(_make.CopyColumns("Features", "Score"))),
    ];

    [TestMethod]
    public void All_that_cannot_be_translated_is_named()
    {
        var failures = new List<string>();
        foreach (var (name, estimator) in Refused)
            Note(failures, name, () => StringAssert.Contains(Refusal(estimator), name, StringComparison.Ordinal));
        Assert.AreEqual("", string.Join("\n", failures));
    }

    [TestMethod]
    public void What_is_translated_gives_the_same_scores()
    {
        var failures = new List<string>();
        foreach (var (name, estimator) in Translated)
        {
            Note(failures, name, () =>
            {
                var data = _context.Data.LoadFromEnumerable(Rows(300));
                using var model = Pipeline(estimator).Fit(data);
                var onnx = OnnxExports.Bytes(_context, model, data);
                // Where values lie close together, the encoding makes more of the last digits, in which these transforms differ from their translations.
                OnnxExports.Compare(onnx, model, _context.Data.LoadFromEnumerable(Rows(300, seed: 2)), name.StartsWith("NormalizeLpNorm", StringComparison.Ordinal) || name == "NormalizeGlobalContrast" ? 1e-4 : 1e-5);
            });
        }

        Assert.AreEqual("", string.Join("\n", failures));
    }

    [TestMethod]
    public void Images_are_refused()
    {
        var rows = new[] { new Picture { Class = "a", Path = "a.png" }, new Picture { Class = "b", Path = "b.png" } };
        var data = _context.Data.LoadFromEnumerable(rows);
        // None of them reads a picture when it is fitted, and the network is trained on other features of the same size.
        var images = _make.LoadImages("Image", "", "Path").Append(_make.ResizeImages("Small", 2, 1, "Image")).Append(_make.ExtractPixels("Features", "Small")).Fit(data);
        var numbers = Enumerable.Range(0, 12).Select(i => new SixNumbers { Class = i % 2 == 0 ? "a" : "b", Features = [i, i % 2, 1, 2, 3, 4] });
        var classifier = _make.Conversion.MapValueToKey("Label", "Class").Append(_context.MulticlassClassification.Trainers.CrossEntropy(epochs: 1)).Fit(_context.Data.LoadFromEnumerable(numbers));
        var error = Assert.ThrowsExactly<NotSupportedException>(() => OnnxExports.Bytes(_context, new TransformerChain<ITransformer>(images, classifier), data));
        foreach (var part in new[] { "Got 3 that cannot: LoadImages, which makes 'Image' (", "; ResizeImages, which makes 'Small' (", "; ExtractPixels, which makes 'Features' (", "Model.Save and Model.Load." })
            StringAssert.Contains(error.Message, part, StringComparison.Ordinal);
    }

    private static void Note(List<string> failures, string name, Action check)
    {
        try
        {
            check();
        }
        catch (Exception e)
        {
            failures.Add($"{name}: {e.GetType().Name}: {e.Message}");
        }
    }

    private static string Refusal(IEstimator<ITransformer> estimator)
    {
        var data = _context.Data.LoadFromEnumerable(Rows(60));
        using var model = Pipeline(estimator).Fit(data);
        return Assert.ThrowsExactly<NotSupportedException>(() => OnnxExports.Bytes(_context, model, data)).Message;
    }

    private static EstimatorChain<KeyToValueMappingTransformer> Pipeline(IEstimator<ITransformer> before) => new EstimatorChain<ITransformer>()
        .Append(_make.Conversion.MapValueToKey("Label", "Class")).Append(before)
        .Append((IEstimator<ITransformer>)_context.MulticlassClassification.Trainers.Fer(new FerOptions { Epochs = 2, Network = NetworkSpec.Mlp([4]), Seed = 1 }))
        .Append(_make.Conversion.MapKeyToValue("PredictedLabel"));

    private static Mixed[] Rows(int count, int seed = 1)
    {
        var random = new Random(seed);
        string[] texts = ["a", "b", "c", "A b", "a c b"];
        return [.. Enumerable.Range(0, count).Select(i => new Mixed
        {
            Class = "class " + (i % 3),
            Text = texts[random.Next(texts.Length)],
            Whole = random.Next(5),
            Numbers = [(float)random.NextDouble() + (i % 3), (float)random.NextDouble() * 3, (float)random.NextDouble() - (i % 3)],
            Gaps = [random.Next(3) == 0 ? float.NaN : i % 3, random.Next(2) == 0 ? float.NaN : (float)random.NextDouble(), 1],
        })];
    }

    private sealed class Mixed
    {
        public string Class { get; set; } = "";

        public string Text { get; set; } = "";

        public int Whole { get; set; }

        [VectorType(3)]
        public float[] Numbers { get; set; } = [];

        [VectorType(3)]
        public float[] Gaps { get; set; } = [];
    }

    private sealed class Picture
    {
        public string Class { get; set; } = "";

        public string Path { get; set; } = "";
    }

    private sealed class SixNumbers
    {
        public string Class { get; set; } = "";

        [VectorType(6)]
        public float[] Features { get; set; } = [];
    }

    private sealed class OneText
    {
        public string Text { get; set; } = "";
    }

    private sealed class TwoFeatures
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }
}
