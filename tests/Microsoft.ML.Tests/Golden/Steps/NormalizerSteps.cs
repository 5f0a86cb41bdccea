using System.Text.Json.Nodes;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Tests.Golden.Steps;

internal static class NormalizerSteps
{
    private const long AllExamples = 1000000000;

    [Step("NormalizeMinMax")]
    public static IEstimator<ITransformer> NormalizeMinMax(MLContext ml, JsonObject step) =>
        ml.Transforms.NormalizeMinMax(
            step.Output(), step.Input(), (long?)step["maximumExampleCount"] ?? AllExamples, (bool?)step["fixZero"] ?? true);

    [Step("NormalizeMeanVariance")]
    public static IEstimator<ITransformer> NormalizeMeanVariance(MLContext ml, JsonObject step) =>
        ml.Transforms.NormalizeMeanVariance(
            step.Output(), step.Input(), (long?)step["maximumExampleCount"] ?? AllExamples, (bool?)step["fixZero"] ?? true,
            (bool?)step["useCdf"] ?? false);

    [Step("ReplaceMissingValues")]
    public static IEstimator<ITransformer> ReplaceMissingValues(MLContext ml, JsonObject step) =>
        ml.Transforms.ReplaceMissingValues(
            step.Output(),
            step.Input(),
            step.Enum("replacementMode", MissingValueReplacingEstimator.ReplacementMode.DefaultValue),
            (bool?)step["imputeBySlot"] ?? true);

    [Step("IndicateMissingValues")]
    public static IEstimator<ITransformer> IndicateMissingValues(MLContext ml, JsonObject step) =>
        Reflected.Extension<IEstimator<ITransformer>>(
            typeof(ExtensionsCatalog), "IndicateMissingValues", ml.Transforms, step.Output(), step.Input());
}
