using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Runtime;
using MLNet.FlipReg.Persistence;
using static System.FormattableString;

namespace MLNet.FlipReg.Interop;

/// <summary>
/// Translates a fitted pipeline, one transformer after another, with ML.NET's own translations. A transformer that has none gets a node in the
/// graph that stands for it: where an output needs that node, the export is refused, and all such transformers are named.
/// </summary>
internal sealed class PipelineConverter
{
    /// <summary>The columns that a classifier makes.</summary>
    private static readonly string[] _defaultOutputs = ["PredictedLabel", "Probability", "Score"];

    private readonly OnnxContextImpl _context;
    private readonly List<PipelineStep> _steps = [];

    private PipelineConverter(IHostEnvironment env, int opset) =>
        _context = new OnnxContextImpl(env, "pipeline", "MLNet.FlipReg", ModelDocument.LibraryVersion, 0, PipelineGraph.Domain, OnnxVersion.Stable, opset);

    /// <summary>Translates a pipeline.</summary>
    /// <param name="env">The context's environment.</param>
    /// <param name="model">The pipeline.</param>
    /// <param name="sample">What it is applied to.</param>
    /// <param name="options">Checked options.</param>
    public static OnnxPipeline Convert(IHostEnvironment env, ITransformer model, IDataView sample, OnnxExportOptions options)
    {
        var converter = new PipelineConverter(env, options.OpsetVersion);
        var tensors = ContextGraph.PostponeTensors(converter._context);
        converter.AddInputs(sample.Schema);
        var leaves = Leaves(model).ToList();
        var view = leaves.Aggregate(sample, converter.Add);
        var outputs = Outputs(view.Schema, options);
        foreach (var output in outputs)
            converter.AddOutput(output);
        var graph = new PipelineGraph(converter._context.MakeModel(), [.. outputs.Select(o => o.Name)]);
        graph.Prune(converter._steps);
        var parameters = leaves.OfType<FlipRegPredictionTransformerBase>().LastOrDefault()?.Model;
        return new OnnxPipeline(graph, view, tensors, parameters?.OnnxMetadata() ?? [("library_version", ModelDocument.LibraryVersion)]);
    }

    private static IEnumerable<ITransformer> Leaves(ITransformer model) =>
        model is ITransformerChainAccessor chain ? chain.Transformers.SelectMany(Leaves) : [model];

    private static List<DataViewSchema.Column> Outputs(DataViewSchema schema, OnnxExportOptions options)
    {
        var names = options.OutputColumns ?? [.. _defaultOutputs.Where(name => schema.GetColumnOrNull(name) is not null)];
        var all = string.Join(", ", schema.Where(c => !c.IsHidden).Select(c => $"'{c.Name}'"));
        if (names.Count == 0)
            throw new ArgumentException($"The scored data must have a column {string.Join(", ", _defaultOutputs)}, or OutputColumns must name others. Got the columns {all}. Set OutputColumns.", nameof(options));
        return [.. names.Select(name => schema.GetColumnOrNull(name) ?? throw new ArgumentException($"OutputColumns must name columns of the scored data. Got '{name}'. There are {all}.", nameof(options)))];
    }

    private void AddInputs(DataViewSchema schema)
    {
        foreach (var column in schema.Where(c => !c.IsHidden))
        {
            try
            {
                _context.AddInputVariable(column.Type, column.Name);
            }
            catch (Exception e) when (e is InvalidOperationException or NotSupportedException or ArgumentException)
            {
                Begin($"column '{column.Name}' of the data, a {column.Type}").Problem = "ONNX has no such type";
                Refuse(column.Name, []);
            }
        }
    }

    private IDataView Add(IDataView before, ITransformer transformer)
    {
        IDataView after;
        try
        {
            after = transformer.Transform(before);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException and not ObjectDisposedException)
        {
            throw new ArgumentException($"The sample data must have the columns that the model reads. {e.Message} Pass rows like those that the model was trained on.", "sampleData", e);
        }

        DataViewSchema.Column[] made = [.. after.Schema.Where(c => !c.IsHidden && IsMade(c, before.Schema, after.Schema))];
        var step = Begin(TransformNames.Describe(transformer, made.Select(c => c.Name)));
        var known = before.Schema.Where(c => !c.IsHidden).ToDictionary(c => c.Name, c => _context.TryGetVariableName(c.Name));
        step.Problem = TransformNames.Problem(transformer) ?? Translate(before, after);
        // ML.NET leaves a column out where it cannot translate what makes it, or lets it stay what it was.
        if (step.Problem is null && made.FirstOrDefault(c => _context.TryGetVariableName(c.Name) is not { } name || name == known.GetValueOrDefault(c.Name)) is { Name: { } left })
            step.Problem = $"ML.NET leaves column '{left}' out";
        if (step.Problem is not null)
        {
            var needed = Needed(transformer, before, made).Select(c => known.GetValueOrDefault(c.Name)).OfType<string>().ToList();
            foreach (var column in made)
                Refuse(column.Name, needed);
        }

        foreach (var (name, variable) in known)
        {
            if (variable is not null && _context.TryGetVariableName(name) is null && after.Schema.GetColumnOrNull(name) is not null)
                _context.CreateNode("Identity", [variable], [_context.AddIntermediateVariable(null, name, true)], _context.GetNodeName("Identity"), "");
        }

        return after;
    }

    /// <summary>Whether a column is new. One that replaces another hides it, and may stand anywhere.</summary>
    private static bool IsMade(DataViewSchema.Column column, DataViewSchema before, DataViewSchema after) =>
        before.GetColumnOrNull(column.Name) is not { } old || !old.Type.Equals(column.Type) || after.Count(c => c.Name == column.Name) > before.Count(c => c.Name == column.Name);

    /// <summary>Has all views that a transformer put on another write themselves; says what hindered it, or null.</summary>
    private string? Translate(IDataView before, IDataView after)
    {
        var views = new Stack<IDataView>();
        for (var view = after; !ReferenceEquals(view, before); view = ((IDataTransform)view).Source)
        {
            views.Push(view);
            if (view is not IDataTransform)
                return "ML.NET has no translation";
        }

        try
        {
            foreach (var view in views)
            {
                if (view is not ITransformCanSaveOnnx exportable || !exportable.CanSaveOnnx(_context))
                    return "ML.NET has no translation";
                exportable.SaveAsOnnx(_context);
            }

            return null;
        }
        catch (Exception e) when (e is not (ObjectDisposedException or OutOfMemoryException))
        {
            return "ML.NET's translation fails: " + e.Message.TrimEnd('.');
        }
    }

    /// <summary>The columns that a transformer's outputs are made from; all that there are where it does not tell.</summary>
    private static IEnumerable<DataViewSchema.Column> Needed(ITransformer transformer, IDataView before, DataViewSchema.Column[] made) =>
        transformer.IsRowToRowMapper ? transformer.GetRowToRowMapper(before.Schema).GetDependencies(made) : before.Schema;

    private void AddOutput(DataViewSchema.Column column)
    {
        var variable = _context.TryGetVariableName(column.Name);
        var output = _context.AddIntermediateVariable(null, Invariant($"{column.Name}.output"), true);
        if (variable is not null)
            _context.CreateNode("Identity", [variable], [output], _context.GetNodeName("Identity"), "");
        _context.AddOutputVariable(column.Type, output);
    }

    /// <summary>Starts the nodes of another transformer.</summary>
    private PipelineStep Begin(string description)
    {
        var step = new PipelineStep(description);
        _steps.Add(step);
        var index = Invariant($"flipreg.step.{_steps.Count - 1}");
        _context.CreateNode(PipelineGraph.Begin, [], [index], index, PipelineGraph.Domain);
        return step;
    }

    private void Refuse(string column, IEnumerable<string> needed) =>
        _context.CreateNode(PipelineGraph.Refused, needed, [_context.AddIntermediateVariable(null, column, true)], _context.GetNodeName(PipelineGraph.Refused), PipelineGraph.Domain);
}

/// <summary>A transformer on its way into the graph, and what hinders it.</summary>
internal sealed class PipelineStep(string description)
{
    public string Description => description;

    public string? Problem { get; set; }
}
