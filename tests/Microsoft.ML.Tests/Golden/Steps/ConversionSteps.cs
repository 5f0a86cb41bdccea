using System.Text.Json.Nodes;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Tests.Golden.Steps;

internal static class ConversionSteps
{
    [Step("MapValueToKey")]
    public static IEstimator<ITransformer> MapValueToKey(MLContext ml, JsonObject step)
    {
        if (step["columns"] is not null)
            throw new NotInSubsetException("MapValueToKey of several columns");

        return ml.Transforms.Conversion.MapValueToKey(
            step.Output(),
            step.Input(),
            (int?)step["maximumNumberOfKeys"] ?? 1000000,
            step.Enum("keyOrdinality", ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence),
            (bool?)step["addKeyValueAnnotationsAsText"] ?? false,
            step["keyData"] is { } keyData ? new JsonView(keyData) : null);
    }

    [Step("MapKeyToValue")]
    public static IEstimator<ITransformer> MapKeyToValue(MLContext ml, JsonObject step) =>
        ml.Transforms.Conversion.MapKeyToValue(step.Output(), step.Input());

    [Step("ConvertType")]
    public static IEstimator<ITransformer> ConvertType(MLContext ml, JsonObject step) =>
        ml.Transforms.Conversion.ConvertType(step.Output(), step.Input(), step.Enum("outputKind", DataKind.Single));

    [Step("MapKeyToVector")]
    public static IEstimator<ITransformer> MapKeyToVector(MLContext ml, JsonObject step) =>
        Reflected.Extension<IEstimator<ITransformer>>(
            typeof(ConversionsExtensionsCatalog), "MapKeyToVector",
            ml.Transforms.Conversion, step.Output(), step.Input(), (bool?)step["outputCountVector"] ?? false);

    [Step("OneHotEncoding")]
    public static IEstimator<ITransformer> OneHotEncoding(MLContext ml, JsonObject step) =>
        ml.Transforms.Categorical.OneHotEncoding(
            step.Output(),
            step.Input(),
            step.Enum("outputKind", OneHotEncodingEstimator.OutputKind.Indicator),
            (int?)step["maximumNumberOfKeys"] ?? 1000000,
            step.Enum("keyOrdinality", ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence),
            step["keyData"] is { } keyData ? new JsonView(keyData) : null);
}
