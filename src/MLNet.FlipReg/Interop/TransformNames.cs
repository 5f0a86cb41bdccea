using Microsoft.ML;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Text;

namespace MLNet.FlipReg.Interop;

/// <summary>Transforms under the names by which users made them.</summary>
internal static class TransformNames
{
    /// <summary>Types whose names differ from those of the catalog's methods.</summary>
    private static readonly Dictionary<string, string> _names = new(StringComparer.Ordinal)
    {
        ["ImageLoadingTransformer"] = "LoadImages",
        ["ImageResizingTransformer"] = "ResizeImages",
        ["ImagePixelExtractingTransformer"] = "ExtractPixels",
        ["ImageGrayscalingTransformer"] = "ConvertToGrayscale",
        ["VectorToImageConvertingTransformer"] = "ConvertToImage",
        ["NgramExtractingTransformer"] = "ProduceNgrams",
        ["NgramHashingTransformer"] = "ProduceHashedNgrams",
        ["WordBagTransformer"] = "ProduceWordBags",
        ["WordTokenizingTransformer"] = "TokenizeIntoWords",
        ["TokenizingByCharactersTransformer"] = "TokenizeIntoCharactersAsKeys",
        ["StopWordsRemovingTransformer"] = "RemoveDefaultStopWords",
        ["CustomStopWordsRemovingTransformer"] = "RemoveStopWords",
        ["TextNormalizingTransformer"] = "NormalizeText",
        ["WordEmbeddingTransformer"] = "ApplyWordEmbedding",
        ["LatentDirichletAllocationTransformer"] = "LatentDirichletAllocation",
        ["HashingTransformer"] = "Hash",
        ["KeyToVectorMappingTransformer"] = "MapKeyToVector",
        ["KeyToBinaryVectorMappingTransformer"] = "MapKeyToBinaryVector",
        ["KeyToValueMappingTransformer"] = "MapKeyToValue",
        ["ValueToKeyMappingTransformer"] = "MapValueToKey",
        ["ValueMappingTransformer"] = "MapValue",
        ["TypeConvertingTransformer"] = "ConvertType",
        ["MissingValueReplacingTransformer"] = "ReplaceMissingValues",
        ["MissingValueIndicatorTransformer"] = "IndicateMissingValues",
        ["PrincipalComponentAnalysisTransformer"] = "ProjectToPrincipalComponents",
        ["ApproximatedKernelTransformer"] = "ApproximatedKernelMap",
        ["LpNormNormalizingTransformer"] = "NormalizeLpNorm",
        ["GlobalContrastNormalizingTransformer"] = "NormalizeGlobalContrast",
        ["ColumnConcatenatingTransformer"] = "Concatenate",
        ["ColumnCopyingTransformer"] = "CopyColumns",
        ["ColumnSelectingTransformer"] = "SelectColumns or DropColumns",
        ["SlotsDroppingTransformer"] = "SelectFeaturesBasedOnCount or SelectFeaturesBasedOnMutualInformation",
        ["VectorWhiteningTransformer"] = "VectorWhiten",
        ["OneHotEncodingTransformer"] = "OneHotEncoding",
        ["OneHotHashEncodingTransformer"] = "OneHotHashEncoding",
        ["HashJoiningTransform"] = "HashJoin",
    };

    /// <summary>A transformer with the columns that it makes.</summary>
    public static string Describe(ITransformer transformer, IEnumerable<string> columns)
    {
        var made = string.Join(", ", columns.Select(c => $"'{c}'"));
        return made.Length == 0 ? Name(transformer) : $"{Name(transformer)}, which makes {made}";
    }

    /// <summary>What is wrong with a translation that works, but does something else; null where nothing is known to be.</summary>
    public static string? Problem(ITransformer transformer) => transformer.GetType().Name == "SlotsDroppingTransformer"
        ? "ML.NET's translation takes the first row of a batch alone"
        : null;

    private static string Name(ITransformer transformer) => transformer switch
    {
        NormalizingTransformer normalizer => Name(normalizer.GetNormalizerModelParameters(0)),
        _ when transformer.GetType().DeclaringType == typeof(TextFeaturizingEstimator) => "FeaturizeText",
        _ => Name(transformer.GetType().Name.Split('`')[0]),
    };

    private static string Name(string type) =>
        _names.GetValueOrDefault(type) ?? (type.EndsWith("Transformer", StringComparison.Ordinal) && type.Length > 11 ? type[..^11] : type);

    private static string Name(NormalizingTransformer.NormalizerModelParametersBase? parameters) => parameters switch
    {
        _ when parameters?.GetType().Name.StartsWith("Bin", StringComparison.Ordinal) == true => "NormalizeBinning or NormalizeSupervisedBinning",
        _ when parameters?.GetType().Name.StartsWith("Cdf", StringComparison.Ordinal) == true => "NormalizeLogMeanVariance, or NormalizeMeanVariance with useCdf",
        _ => "a normalizer",
    };
}
