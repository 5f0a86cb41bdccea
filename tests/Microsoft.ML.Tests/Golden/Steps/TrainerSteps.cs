using System.Text.Json.Nodes;
using Microsoft.ML.Tests.Golden.Training;

namespace Microsoft.ML.Tests.Golden.Steps;

/// <summary>Trainers are not in the subset; one of ours stands for them.</summary>
internal static class TrainerSteps
{
    [Step("SdcaMaximumEntropy")]
    public static IEstimator<ITransformer> SdcaMaximumEntropy(MLContext ml, JsonObject step) => Trainer(ml, step);

    [Step("LbfgsMaximumEntropy")]
    public static IEstimator<ITransformer> LbfgsMaximumEntropy(MLContext ml, JsonObject step) => Trainer(ml, step);

    private static SoftmaxTrainer Trainer(MLContext ml, JsonObject step) =>
        new(ml, (string?)step["label"] ?? "Label", (string?)step["features"] ?? "Features");
}
