using System.Text.Json.Nodes;

namespace Microsoft.ML.Tests.Golden.Steps;

internal static class ColumnSteps
{
    [Step("Concatenate")]
    public static IEstimator<ITransformer> Concatenate(MLContext ml, JsonObject step) =>
        ml.Transforms.Concatenate(step.Output(), step.Strings("inputs"));

    [Step("CopyColumns")]
    public static IEstimator<ITransformer> CopyColumns(MLContext ml, JsonObject step) =>
        ml.Transforms.CopyColumns(step.Output(), step.Input());

    [Step("DropColumns")]
    public static IEstimator<ITransformer> DropColumns(MLContext ml, JsonObject step) =>
        ml.Transforms.DropColumns(step.Strings("names"));

    [Step("SelectColumns")]
    public static IEstimator<ITransformer> SelectColumns(MLContext ml, JsonObject step) =>
        (bool?)step["keepHidden"] is { } keepHidden
            ? Reflected.Extension<IEstimator<ITransformer>>(
                typeof(TransformExtensionsCatalog), "SelectColumns", ml.Transforms, step.Strings("names"), keepHidden)
            : ml.Transforms.SelectColumns(step.Strings("names"));
}
