using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML;

public static class TransformExtensionsCatalog
{
    public static ColumnCopyingEstimator CopyColumns(this TransformsCatalog catalog, string outputColumnName, string inputColumnName)
        => new(catalog.GetEnvironment(), (outputColumnName, inputColumnName));

    public static ColumnConcatenatingEstimator Concatenate(this TransformsCatalog catalog, string outputColumnName, params string[] inputColumnNames)
        => new(catalog.GetEnvironment(), outputColumnName, inputColumnNames);

    public static ColumnSelectingEstimator DropColumns(this TransformsCatalog catalog, params string[] columnNames)
        => new(catalog.GetEnvironment(), null, columnNames);

    public static ColumnSelectingEstimator SelectColumns(this TransformsCatalog catalog, params string[] columnNames)
        => new(catalog.GetEnvironment(), columnNames, null);

    public static ColumnSelectingEstimator SelectColumns(this TransformsCatalog catalog, string[] columnNames, bool keepHidden)
        => new(catalog.GetEnvironment(), columnNames, null, keepHidden);
}

public static class NormalizationCatalog
{
    private const long DefaultExampleCount = 1000000000;

    public static NormalizingEstimator NormalizeMinMax(this TransformsCatalog catalog, string outputColumnName, string inputColumnName = null,
        long maximumExampleCount = DefaultExampleCount, bool fixZero = true)
        => new(catalog.GetEnvironment(), new NormalizingEstimator.ColumnOptions(outputColumnName, inputColumnName, maximumExampleCount, fixZero));

    public static NormalizingEstimator NormalizeMinMax(this TransformsCatalog catalog, InputOutputColumnPair[] columns,
        long maximumExampleCount = DefaultExampleCount, bool fixZero = true)
        => new(catalog.GetEnvironment(), Array.ConvertAll(columns,
            c => new NormalizingEstimator.ColumnOptions(c.OutputColumnName, c.InputColumnName, maximumExampleCount, fixZero)));

    public static NormalizingEstimator NormalizeMeanVariance(this TransformsCatalog catalog, string outputColumnName, string inputColumnName = null,
        long maximumExampleCount = DefaultExampleCount, bool fixZero = true, bool useCdf = false)
        => new(catalog.GetEnvironment(), new NormalizingEstimator.ColumnOptions(outputColumnName, inputColumnName, maximumExampleCount, fixZero)
        { UseMeanVariance = true, UseCdf = useCdf });

    public static NormalizingEstimator NormalizeMeanVariance(this TransformsCatalog catalog, InputOutputColumnPair[] columns,
        long maximumExampleCount = DefaultExampleCount, bool fixZero = true, bool useCdf = false)
        => new(catalog.GetEnvironment(), Array.ConvertAll(columns,
            c => new NormalizingEstimator.ColumnOptions(c.OutputColumnName, c.InputColumnName, maximumExampleCount, fixZero)
            { UseMeanVariance = true, UseCdf = useCdf }));
}

public static class ExtensionsCatalog
{
    public static MissingValueIndicatorEstimator IndicateMissingValues(this TransformsCatalog catalog, string outputColumnName, string inputColumnName = null)
        => new(catalog.GetEnvironment(), (outputColumnName, inputColumnName ?? outputColumnName));

    public static MissingValueIndicatorEstimator IndicateMissingValues(this TransformsCatalog catalog, InputOutputColumnPair[] columns)
        => new(catalog.GetEnvironment(), InputOutputColumnPair.ToPairs(columns));

    public static MissingValueReplacingEstimator ReplaceMissingValues(this TransformsCatalog catalog, string outputColumnName, string inputColumnName = null,
        MissingValueReplacingEstimator.ReplacementMode replacementMode = MissingValueReplacingEstimator.ReplacementMode.DefaultValue, bool imputeBySlot = true)
        => new(catalog.GetEnvironment(), replacementMode, imputeBySlot, (outputColumnName, inputColumnName ?? outputColumnName));

    public static MissingValueReplacingEstimator ReplaceMissingValues(this TransformsCatalog catalog, InputOutputColumnPair[] columns,
        MissingValueReplacingEstimator.ReplacementMode replacementMode = MissingValueReplacingEstimator.ReplacementMode.DefaultValue, bool imputeBySlot = true)
        => new(catalog.GetEnvironment(), replacementMode, imputeBySlot, InputOutputColumnPair.ToPairs(columns));
}

public static class ConversionsCatalog
{
    public static KeyToBinaryVectorMappingEstimator MapKeyToBinaryVector(this TransformsCatalog.ConversionTransforms catalog,
        string outputColumnName, string inputColumnName = null)
        => new(catalog.GetEnvironment(), (outputColumnName, inputColumnName ?? outputColumnName));
}

public static class ConversionsExtensionsCatalog
{
    private const int DefaultKeyCount = 1000000;

    public static TypeConvertingEstimator ConvertType(this TransformsCatalog.ConversionTransforms catalog, string outputColumnName,
        string inputColumnName = null, DataKind outputKind = DataKind.Single)
        => new(catalog.GetEnvironment(), outputKind, (outputColumnName, inputColumnName ?? outputColumnName));

    public static TypeConvertingEstimator ConvertType(this TransformsCatalog.ConversionTransforms catalog, InputOutputColumnPair[] columns,
        DataKind outputKind = DataKind.Single)
        => new(catalog.GetEnvironment(), outputKind, InputOutputColumnPair.ToPairs(columns));

    public static KeyToValueMappingEstimator MapKeyToValue(this TransformsCatalog.ConversionTransforms catalog, string outputColumnName,
        string inputColumnName = null)
        => new(catalog.GetEnvironment(), (outputColumnName, inputColumnName ?? outputColumnName));

    public static KeyToValueMappingEstimator MapKeyToValue(this TransformsCatalog.ConversionTransforms catalog, InputOutputColumnPair[] columns)
        => new(catalog.GetEnvironment(), InputOutputColumnPair.ToPairs(columns));

    public static KeyToVectorMappingEstimator MapKeyToVector(this TransformsCatalog.ConversionTransforms catalog, string outputColumnName,
        string inputColumnName = null, bool outputCountVector = false)
        => new(catalog.GetEnvironment(), [outputCountVector], (outputColumnName, inputColumnName ?? outputColumnName));

    public static ValueToKeyMappingEstimator MapValueToKey(this TransformsCatalog.ConversionTransforms catalog, string outputColumnName,
        string inputColumnName = null, int maximumNumberOfKeys = DefaultKeyCount,
        ValueToKeyMappingEstimator.KeyOrdinality keyOrdinality = ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence,
        bool addKeyValueAnnotationsAsText = false, IDataView keyData = null)
        => new(catalog.GetEnvironment(), [new ValueToKeyMappingEstimator.ColumnOptions(outputColumnName, inputColumnName, maximumNumberOfKeys,
            keyOrdinality, addKeyValueAnnotationsAsText)], keyData);

    public static ValueToKeyMappingEstimator MapValueToKey(this TransformsCatalog.ConversionTransforms catalog, InputOutputColumnPair[] columns,
        int maximumNumberOfKeys = DefaultKeyCount,
        ValueToKeyMappingEstimator.KeyOrdinality keyOrdinality = ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence,
        bool addKeyValueAnnotationsAsText = false, IDataView keyData = null)
        => new(catalog.GetEnvironment(), Array.ConvertAll(columns, c => new ValueToKeyMappingEstimator.ColumnOptions(c.OutputColumnName,
            c.InputColumnName, maximumNumberOfKeys, keyOrdinality, addKeyValueAnnotationsAsText)), keyData);
}

public static class CategoricalCatalog
{
    private const int DefaultKeyCount = 1000000;

    public static OneHotEncodingEstimator OneHotEncoding(this TransformsCatalog.CategoricalTransforms catalog, string outputColumnName,
        string inputColumnName = null, OneHotEncodingEstimator.OutputKind outputKind = OneHotEncodingEstimator.OutputKind.Indicator,
        int maximumNumberOfKeys = DefaultKeyCount,
        ValueToKeyMappingEstimator.KeyOrdinality keyOrdinality = ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence, IDataView keyData = null)
        => new(catalog.GetEnvironment(), [new ValueToKeyMappingEstimator.ColumnOptions(outputColumnName, inputColumnName, maximumNumberOfKeys,
            keyOrdinality, addKeyValueAnnotationsAsText: true)], outputKind, keyData);

    public static OneHotEncodingEstimator OneHotEncoding(this TransformsCatalog.CategoricalTransforms catalog, InputOutputColumnPair[] columns,
        OneHotEncodingEstimator.OutputKind outputKind = OneHotEncodingEstimator.OutputKind.Indicator, int maximumNumberOfKeys = DefaultKeyCount,
        ValueToKeyMappingEstimator.KeyOrdinality keyOrdinality = ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence, IDataView keyData = null)
        => new(catalog.GetEnvironment(), Array.ConvertAll(columns, c => new ValueToKeyMappingEstimator.ColumnOptions(c.OutputColumnName,
            c.InputColumnName, maximumNumberOfKeys, keyOrdinality, addKeyValueAnnotationsAsText: true)), outputKind, keyData);
}
