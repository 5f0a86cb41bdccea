using Google.Protobuf;
using static System.FormattableString;
using static Microsoft.ML.Model.OnnxConverter.OnnxCSharpToProtoWrapper;

namespace MLNet.FlipReg.Interop;

/// <summary>The graph that came of a pipeline: what no output needs is taken out, and the rest gets the names and shapes that users expect.</summary>
internal sealed class PipelineGraph(ModelProto model, IReadOnlyList<string> outputs)
{
    /// <summary>Domain of the nodes that mark something and are taken out.</summary>
    public const string Domain = "flipreg";

    /// <summary>Marks where the nodes of a transformer begin.</summary>
    public const string Begin = "Begin";

    /// <summary>Stands for a transformer that has no translation.</summary>
    public const string Refused = "Refused";

    /// <summary>Name of the first dimension, which may have any size.</summary>
    private const string Rows = "N";

    /// <summary>Translations that do something else than the transform.</summary>
    private static readonly Dictionary<string, string> _wrong = new()
    {
        ["TfIdfVectorizer"] = "ML.NET translates n-grams of words into an operator that counts those of all rows of a batch together",
        ["Tokenizer"] = "ML.NET translates it into an operator that pads the rows of a batch to one length",
    };

    public ModelProto Model => model;

    public IReadOnlyList<string> Inputs => [.. model.Graph.Input.Select(i => i.Name)];

    public IReadOnlyList<string> Outputs => outputs;

    private GraphProto Graph => model.Graph;

    /// <summary>Takes out what no output needs, and refuses what an output needs and has no right translation.</summary>
    /// <exception cref="NotSupportedException">There are such transforms.</exception>
    /// <exception cref="ArgumentException">An output has the name of an input.</exception>
    public void Prune(IReadOnlyList<PipelineStep> steps)
    {
        var needed = Needed();
        var refused = new List<PipelineStep>();
        PipelineStep? step = null;
        foreach (var node in Graph.Node)
        {
            if (node.Domain == Domain && node.OpType == Begin)
                step = steps[int.Parse(node.Output[0].AsSpan("flipreg.step.".Length), System.Globalization.CultureInfo.InvariantCulture)];
            else if (node.Output.Any(needed.Contains) && step is not null && !refused.Contains(step) && (node.Domain == Domain || _wrong.ContainsKey(node.OpType)))
            {
                step.Problem ??= _wrong[node.OpType];
                refused.Add(step);
            }
        }

        if (refused.Count > 0)
            throw new NotSupportedException(Invariant($"A pipeline that is exported to ONNX must hold only transforms that can be translated. Got {refused.Count} that cannot: {string.Join("; ", refused.Select(s => $"{s.Description} ({s.Problem})"))}. Do these steps before the pipeline, replace them, or take the whole pipeline along with Model.Save and Model.Load."));
        model.Domain = "";
        Keep(Graph.Node, node => node.Domain != Domain && node.Output.Any(needed.Contains));
        Keep(Graph.Initializer, tensor => needed.Contains(tensor.Name));
        Keep(Graph.Input, input => needed.Contains(input.Name));
        // Shapes that ML.NET declares for values inside of the graph are not always those that follow.
        Graph.ValueInfo.Clear();
        Keep(model.OpsetImport, set => Graph.Node.Any(node => node.Domain == set.Domain) || set.Domain.Length == 0);
        if (outputs.FirstOrDefault(Inputs.Contains) is { } both)
            throw new ArgumentException($"An output of the ONNX model must have another name than its inputs. Got '{both}', which is both. Make the output with another name, such as CopyColumns(\"{both}Out\", \"{both}\").", "options");
        NameOutputs();
        MendMissingKeys();
        foreach (var input in Graph.Input)
            FreeRows(input);
        foreach (var output in Graph.Output)
            FreeRows(output);
    }

    private static void Keep<T>(Google.Protobuf.Collections.RepeatedField<T> all, Func<T, bool> wanted)
    {
        T[] kept = [.. all.Where(wanted)];
        all.Clear();
        all.Add(kept);
    }

    /// <summary>All values that the outputs are made from.</summary>
    private HashSet<string> Needed()
    {
        var makers = Graph.Node.SelectMany(node => node.Output.Select(output => (output, node))).ToDictionary(p => p.output, p => p.node, StringComparer.Ordinal);
        var needed = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>(Graph.Output.Select(o => o.Name));
        while (open.TryPop(out var name))
        {
            if (!needed.Add(name) || !makers.TryGetValue(name, out var maker))
                continue;
            foreach (var input in maker.Input)
                open.Push(input);
        }

        return needed;
    }

    /// <summary>Calls the outputs like the columns; values inside of the graph that are called so get other names.</summary>
    private void NameOutputs()
    {
        var taken = Graph.Node.SelectMany(n => n.Output).Concat(Graph.Initializer.Select(t => t.Name)).Concat(Inputs).ToHashSet(StringComparer.Ordinal);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var inner in outputs.Where(taken.Contains).ToList())
        {
            var free = Invariant($"{inner}_inner");
            for (var i = 1; !taken.Add(free); i++)
                free = Invariant($"{inner}_inner{i}");
            names[inner] = free;
        }

        // Second, so that an output that is called like a value inside gets the column's name.
        foreach (var (output, column) in Graph.Output.Zip(outputs))
            names[output.Name] = column;
        string NameOf(string name) => names.GetValueOrDefault(name, name);
        foreach (var node in Graph.Node)
        {
            Rename(node.Input, NameOf);
            Rename(node.Output, NameOf);
        }

        foreach (var tensor in Graph.Initializer)
            tensor.Name = NameOf(tensor.Name);
        foreach (var output in Graph.Output)
            output.Name = NameOf(output.Name);
    }

    private static void Rename(Google.Protobuf.Collections.RepeatedField<string> names, Func<string, string> nameOf)
    {
        for (var i = 0; i < names.Count; i++)
            names[i] = nameOf(names[i]);
    }

    /// <summary>A missing key has the empty text in ML.NET, and that of an operator that was not told otherwise is "_Unused" in ONNX.</summary>
    private void MendMissingKeys()
    {
        foreach (var node in Graph.Node.Where(n => n.OpType == "LabelEncoder" && n.Attribute.Any(a => a.Name == "values_strings")))
        {
            Keep(node.Attribute, a => a.Name != "default_string");
            node.Attribute.Add(new AttributeProto { Name = "default_string", Type = AttributeProto.Types.AttributeType.String, S = ByteString.Empty });
        }
    }

    private static void FreeRows(ValueInfoProto value)
    {
        var dimensions = value.Type.TensorType.Shape.Dim;
        for (var i = 0; i < dimensions.Count; i++)
        {
            if (i == 0)
                dimensions[i] = new TensorShapeProto.Types.Dimension { DimParam = Rows };
            else if (dimensions[i].DimValue <= 0)
                dimensions[i] = new TensorShapeProto.Types.Dimension { DimParam = Invariant($"{value.Name}_{i}") };
        }
    }
}
