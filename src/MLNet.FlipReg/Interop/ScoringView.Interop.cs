using FlipReg;
using FlipReg.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using MLNet.FlipReg.Images;
using MLNet.FlipReg.Interop;

namespace MLNet.FlipReg.Scoring;

/// <remarks>
/// ML.NET walks a chain of views back from its end, from one IDataTransform to the next. A view that is none ends the walk without a word, as
/// if it were the data itself: an ONNX graph would get the scores as inputs.
/// </remarks>
internal sealed partial class ScoringView : ITransformCanSaveOnnx
{
    private const int MinimumOpset = 9;

    IDataView IDataTransform.Source => source;

    /// <summary>Saves the transformer: it is all of this view that does not come with the source.</summary>
    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)transformer).Save(ctx);

    bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx) => true;

    void ISaveAsOnnx.SaveAsOnnx(OnnxContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        CheckOpset(ctx);
        if (!ContextGraph.IsOwn(ctx))
        {
            foreach (var column in _schema.Features.All)
                RequireWholeChain(ctx, source, column.Name);
        }

        if (_schema.Images is not null && _schema.ImageKind is not (ImageColumnKind.Bytes or ImageColumnKind.Numbers))
            throw new InvalidOperationException($"Column '{_schema.Features.One.Name}' must hold pixels in a chain that is converted to ONNX, which reads no files and decodes nothing. Got {_schema.Features.One.Type}. Write the classifier alone with Model.SaveOnnx, whose input are pixels.");
        var graph = new ContextGraph(ctx);
        string[] features = [.. _schema.Features.All.Select(column => ctx.GetVariableName(column.Name))];
        if (_schema.Images is not null && _schema.ImageKind == ImageColumnKind.Bytes)
            features[0] = graph.Node("Cast", "pixels", [features[0]], new OnnxAttribute("to", OnnxModel.Float));
        var values = AddClassifier(graph, transformer.Model, features);
        // Columns get their variables last: a feature column may have the name of one.
        foreach (var (column, value) in _schema.Output.Skip(_schema.Input.Count).Zip(values))
            graph.AddNode("Identity", ctx.AddIntermediateVariable(column.Type, column.Name), [value]);
    }

    public static void CheckOpset(OnnxContext ctx) => ctx.CheckOpSetVersion(MinimumOpset, nameof(FlipRegPredictionTransformerBase));

    /// <summary>Adds a model to a graph and returns the names of its columns' values.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="model">The model.</param>
    /// <param name="featureVariables">The feature columns' variables.</param>
    public static IReadOnlyList<string> AddClassifier(OnnxGraph graph, FlipRegModelParameters model, IReadOnlyList<string> featureVariables)
    {
        // A one-hot column that nothing was put beside has the shape N×1×d.
        var features = OnnxInput.Join(graph, [.. model.Features.All.Zip(featureVariables, (column, variable) =>
            (graph.Node("Flatten", "features", [variable], new OnnxAttribute("axis", 1)), column.Categories is not null))]);
        return model.Kind.AddToOnnx(graph, OnnxClassifier.AddLogits(graph, model.Encoder, model.Network, model.OnnxTensors(), features));
    }

    /// <summary>
    /// ML.NET stops its walk at a transform that cannot be exported, warns, and goes on with the data's own columns: where the features have
    /// the name of one of these, the network would score them as they were before.
    /// </summary>
    public static void RequireWholeChain(OnnxContext ctx, IDataView source, string features)
    {
        IDataTransform? maker = null;
        for (var view = source; view is IDataTransform transform; view = transform.Source)
        {
            if (transform is not ITransformCanSaveOnnx exportable || !exportable.CanSaveOnnx(ctx))
                throw new InvalidOperationException($"A chain that is converted to ONNX must hold only transforms that can be exported. Got {Named(transform)}. Convert what comes after it alone, or take the whole chain along with Model.Save and Model.Load.");
            if (maker is null && Made(transform).Contains(features))
                maker = transform;
        }

        if (!ctx.ContainsColumn(features))
            throw new InvalidOperationException($"Column '{features}' must be in the ONNX graph before the classifier that reads it. Got none: {(maker is null ? "it was dropped" : $"{Named(maker)}, or one before it, cannot be exported")}. Replace that transform, or take the whole chain along with Model.Save and Model.Load.");
    }

    private static string Named(IDataTransform transform)
    {
        var columns = string.Join(", ", Made(transform).Select(name => $"'{name}'"));
        return $"{transform.GetType().Name}, which makes {(columns.Length == 0 ? "no column" : columns)}";
    }

    /// <summary>Names of the columns that a transform adds after its source's.</summary>
    private static IEnumerable<string> Made(IDataTransform transform) =>
        transform.Schema.Where(c => c.Index >= transform.Source.Schema.Count && !c.IsHidden).Select(c => c.Name);
}
