using System.Text.Json.Nodes;
using Microsoft.ML.Data;

namespace Microsoft.ML.Tests.Golden.Steps;

/// <summary>Replays kind <c>pipeline</c>: estimators fitted on a view and applied, then operations of <c>Data</c>.</summary>
internal static class PipelineCases
{
    [Replays("pipeline")]
    public static JsonObject Replay(GoldenCase golden)
    {
        JsonObject json = golden.Json;
        var ml = new MLContext((int?)json["seed"]);
        var steps = new StepRunner();
        var data = new JsonView(json["data"]!);
        IDataView view = json["transformData"] is { } other ? new JsonView(other) : data;
        if (json["pipeline"] is JsonArray pipeline)
            view = FitAndTransform(ml, steps, pipeline, data, view);

        if (json["operations"] is JsonArray operations)
        {
            steps.Try("Operation", () =>
            {
                foreach (JsonNode? operation in operations)
                    view = StepTable.Apply(ml, view, operation!.AsObject());
            });
            steps.Try("Operation", () => steps.Result["rowCount"] = view.GetRowCount());
        }

        ViewCases.DumpView(steps, view, json);
        // Here, unlike for text, the recordings hold nothing beside an exception.
        if (steps.Result.ContainsKey("exception"))
            steps.Result.Remove("schema");
        return steps.Result;
    }

    private static IDataView FitAndTransform(MLContext ml, StepRunner steps, JsonArray pipeline, IDataView data, IDataView view)
    {
        IEstimator<ITransformer>? estimator = null;
        ITransformer? transformer = null;
        IDataView result = view;
        _ = steps.Try("Build", () => estimator = Chain(ml, pipeline))
            && steps.Try("Fit", () => transformer = estimator!.Fit(data))
            && steps.Try("GetOutputSchema", () => transformer!.GetOutputSchema(view.Schema))
            && steps.Try("Transform", () => result = transformer!.Transform(view));
        return result;
    }

    private static IEstimator<ITransformer> Chain(MLContext ml, JsonArray pipeline)
    {
        var estimators = pipeline.Select(step => StepTable.Build(ml, step!.AsObject())).ToList();
        if (estimators.Count == 1)
            return estimators[0];
        var chain = new EstimatorChain<ITransformer>();
        foreach (IEstimator<ITransformer> estimator in estimators)
            chain = chain.Append(estimator);
        return chain;
    }
}
