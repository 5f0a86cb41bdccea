using FlipReg.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using MLNet.FlipReg.Interop;
using MLNet.FlipReg.Scoring;

namespace MLNet.FlipReg.Ensembles;

internal sealed partial class EnsembleView : ITransformCanSaveOnnx
{
    IDataView IDataTransform.Source => _source;

    /// <summary>Saves the transformer: it is all of this view that does not come with the source.</summary>
    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)_ensemble).Save(ctx);

    bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx) => true;

    void ISaveAsOnnx.SaveAsOnnx(OnnxContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        ScoringView.CheckOpset(ctx);
        if (!ContextGraph.IsOwn(ctx))
        {
            foreach (var model in _ensemble.Models)
            {
                foreach (var name in model.FeatureColumnNames)
                    ScoringView.RequireWholeChain(ctx, _source, name);
            }

        }

        var graph = new ContextGraph(ctx);
        var scores = _ensemble.Models.Select(model => ScoringView.AddClassifier(graph, model.Model, [.. model.FeatureColumnNames.Select(ctx.GetVariableName)])[1]).ToList();
        var score = graph.Node("Mean", "mean_score", scores);
        var key = graph.Node("Cast", "predicted_label", [OnnxClassifier.AddKey(graph, score, column: true)], new OnnxAttribute("to", OnnxModel.UInt32));
        // Columns get their variables last: a feature column may have the name of one.
        foreach (var (column, value) in Schema.Skip(_source.Schema.Count).Zip([key, score]))
            graph.AddNode("Identity", ctx.AddIntermediateVariable(column.Type, column.Name), [value]);
    }
}
