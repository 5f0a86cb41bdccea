using Kind = Microsoft.ML.Transforms.OneHotEncodingEstimator.OutputKind;
using Order = Microsoft.ML.Transforms.ValueToKeyMappingEstimator.KeyOrdinality;
using Replacement = Microsoft.ML.Transforms.MissingValueReplacingEstimator.ReplacementMode;

namespace Microsoft.ML;

public static class TransformExtensionsCatalog
{
    public static ColumnCopyingEstimator CopyColumns(this TransformsCatalog catalog, string outputColumnName, string inputColumnName)
        => new(catalog.GetEnvironment(), outputColumnName, inputColumnName);

    public static ColumnConcatenatingEstimator Concatenate(this TransformsCatalog catalog, string outputColumnName, params string[] inputColumnNames)
        => new(catalog.GetEnvironment(), outputColumnName, inputColumnNames);

    public static ColumnSelectingEstimator DropColumns(this TransformsCatalog catalog, params string[] columnNames)
        => new(null, columnNames);

    public static ColumnSelectingEstimator SelectColumns(this TransformsCatalog catalog, params string[] columnNames)
        => new(columnNames, null);
}

public static class NormalizationCatalog
{
    public static NormalizingEstimator NormalizeMinMax(this TransformsCatalog catalog, string outputColumnName, string inputColumnName = null,
        long maximumExampleCount = 1000000000, bool fixZero = true)
        => new(catalog.GetEnvironment(), outputColumnName, inputColumnName, new(maximumExampleCount, fixZero, UseMeanVariance: false));

    public static NormalizingEstimator NormalizeMeanVariance(this TransformsCatalog catalog, string outputColumnName, string inputColumnName = null,
        long maximumExampleCount = 1000000000, bool fixZero = true, bool useCdf = false)
    {
        if (useCdf)
            throw Contracts.ExceptNotSupp("The normal distribution function is not computed here. Leave useCdf false.");
        return new(catalog.GetEnvironment(), outputColumnName, inputColumnName, new(maximumExampleCount, fixZero, UseMeanVariance: true));
    }
}

public static class ExtensionsCatalog
{
    public static MissingValueReplacingEstimator ReplaceMissingValues(this TransformsCatalog catalog, string outputColumnName, string inputColumnName = null,
        Replacement replacementMode = Replacement.DefaultValue, bool imputeBySlot = true)
        => new(catalog.GetEnvironment(), replacementMode, imputeBySlot, outputColumnName, inputColumnName ?? outputColumnName);
}

public static class ConversionsExtensionsCatalog
{
    public static TypeConvertingEstimator ConvertType(this TransformsCatalog.ConversionTransforms catalog, string outputColumnName,
        string inputColumnName = null, DataKind outputKind = DataKind.Single)
        => new(catalog.GetEnvironment(), outputKind, outputColumnName, inputColumnName ?? outputColumnName);

    public static KeyToValueMappingEstimator MapKeyToValue(this TransformsCatalog.ConversionTransforms catalog, string outputColumnName,
        string inputColumnName = null)
        => new(catalog.GetEnvironment(), outputColumnName, inputColumnName ?? outputColumnName);

    public static ValueToKeyMappingEstimator MapValueToKey(this TransformsCatalog.ConversionTransforms catalog, string outputColumnName,
        string inputColumnName = null, int maximumNumberOfKeys = 1000000, Order keyOrdinality = Order.ByOccurrence,
        bool addKeyValueAnnotationsAsText = false, IDataView keyData = null)
        => new(catalog.GetEnvironment(), outputColumnName, inputColumnName, maximumNumberOfKeys, keyOrdinality, addKeyValueAnnotationsAsText, keyData);
}

public static class CategoricalCatalog
{
    public static OneHotEncodingEstimator OneHotEncoding(this TransformsCatalog.CategoricalTransforms catalog, string outputColumnName,
        string inputColumnName = null, Kind outputKind = Kind.Indicator, int maximumNumberOfKeys = 1000000, Order keyOrdinality = Order.ByOccurrence,
        IDataView keyData = null)
    {
        var toKeys = new ValueToKeyMappingEstimator(catalog.GetEnvironment(), outputColumnName, inputColumnName, maximumNumberOfKeys, keyOrdinality,
            addKeyValueAnnotationsAsText: true, keyData);
        return new OneHotEncodingEstimator(catalog.GetEnvironment(), toKeys, outputColumnName, outputKind);
    }
}

public static class CustomMappingCatalog
{
    public static CustomMappingEstimator<TSrc, TDst> CustomMapping<TSrc, TDst>(this TransformsCatalog catalog, Action<TSrc, TDst> mapAction,
        string contractName, SchemaDefinition inputSchemaDefinition = null, SchemaDefinition outputSchemaDefinition = null)
        where TSrc : class, new()
        where TDst : class, new()
        => new(new(mapAction, contractName, inputSchemaDefinition, outputSchemaDefinition));
}
