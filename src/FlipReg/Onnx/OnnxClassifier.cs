using FlipReg.Encoders;
using FlipReg.Networks;

namespace FlipReg.Onnx;

/// <summary>A trained network as ONNX operators, valid from opset 9 to 17.</summary>
internal static class OnnxClassifier
{
    /// <summary>
    /// A model of its own: inputs N×d; outputs Score (N×K), PredictedLabel (N: the classes' names, or the keys as int64 where there are none) and,
    /// where asked for, Logits (N×K).
    /// </summary>
    /// <param name="encoder">Maps raw rows to the network's.</param>
    /// <param name="spec">A bound network.</param>
    /// <param name="tensors">The network's tensors, by the names they are saved under.</param>
    /// <param name="classNames">The classes' names in the order of the scores, or null.</param>
    /// <param name="inputs">The inputs: what they hold, joined, is a raw row.</param>
    /// <param name="options">The options.</param>
    public static OnnxModel Create(InputEncoder encoder, NetworkSpec spec, IEnumerable<OnnxTensor> tensors, IReadOnlyList<string>? classNames, IReadOnlyList<OnnxInput> inputs, OnnxOptions options)
    {
        var model = new OnnxModel(options.OpsetVersion);
        var logits = AddLogits(model, encoder, spec, tensors, AddInputs(model, inputs, options));
        var score = AddScore(model, logits, "probabilities");
        var key = AddKey(model, score, column: false);
        // Key 0, a missing one, has the empty name, as where ML.NET maps keys to text.
        var label = classNames is null ? key : model.Node("Gather", "name", [model.Constant("names", ["", .. classNames]), key]);
        model.AddOutput(score, OnnxOptions.Score, OnnxModel.Float, spec.Outputs);
        model.AddOutput(label, OnnxOptions.PredictedLabel, classNames is null ? OnnxModel.Int64 : OnnxModel.Text, null);
        if (options.IncludeLogits)
            model.AddOutput(logits, OnnxOptions.Logits, OnnxModel.Float, spec.Outputs);
        return model;
    }

    /// <summary>Declares the inputs, rows or images, and returns the name of the rows.</summary>
    public static string AddInputs(OnnxModel model, IReadOnlyList<OnnxInput> inputs, OnnxOptions options)
    {
        if (options.Image is not { } image)
            return OnnxInput.Declare(model, inputs);
        model.AddInput(inputs[0].Name, image);
        return model.Node("Flatten", "pixels", [inputs[0].Name], new OnnxAttribute("axis", 1));
    }

    /// <summary>Adds the encoding and the layers: raw rows N×d to logits N×K.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="encoder">Maps raw rows to the network's.</param>
    /// <param name="spec">A bound network.</param>
    /// <param name="tensors">The network's tensors, by the names they are saved under.</param>
    /// <param name="features">Name of the features in the graph.</param>
    /// <returns>Name of the logits.</returns>
    public static string AddLogits(OnnxGraph graph, InputEncoder encoder, NetworkSpec spec, IEnumerable<OnnxTensor> tensors, string features)
    {
        var byName = tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
        var byLayer = spec.NamedTensors().ToLookup(t => t.Layer, t => byName[t.Name]);
        var value = EncoderExport.Add(graph, encoder, features);
        value = ImageInput(graph, spec, value);
        foreach (var (i, layer, shape) in LayerTree.Walk(spec.Layers, spec.InputShape))
            value = layer.Export(graph, value, shape, [.. byLayer[i]], FormattableString.Invariant($"{i}.output"));
        return spec.Members is { } members ? EnsembleExport.Logits(graph, value, members, spec.Outputs!.Value, "members") : value;
    }

    /// <summary>Rows as images, N×C×H×W, where the network takes these.</summary>
    private static string ImageInput(OnnxGraph graph, NetworkSpec spec, string rows)
    {
        if (spec.Image is not { } image)
            return rows;
        if (spec.Layout != ImageLayout.ChannelsLast)
            return graph.Node("Reshape", "images", [rows, graph.Constant("images.shape", [-1, image.Channels, image.Height, image.Width], [4])]);
        var pixels = graph.Node("Reshape", "images.pixels", [rows, graph.Constant("images.shape", [-1, image.Height, image.Width, image.Channels], [4])]);
        return graph.Node("Transpose", "images", [pixels], new OnnxAttribute("perm", [0, 3, 1, 2]));
    }

    /// <summary>Adds the class probabilities, N×K: softmax of the logits.</summary>
    public static string AddScore(OnnxGraph graph, string logits, string name) => graph.Node("Softmax", name, [logits], new OnnxAttribute("axis", 1));

    /// <summary>
    /// Adds the most probable class as a key: its number from 1, the first of equals; 0 where the scores are not numbers. Shape N, or N×1
    /// with <paramref name="column"/>.
    /// </summary>
    public static string AddKey(OnnxGraph graph, string score, bool column)
    {
        IReadOnlyList<long> one = column ? [1] : [];
        var index = graph.Node("ArgMax", "index", [score], new OnnxAttribute("axis", 1), new OnnxAttribute("keepdims", column ? 1 : 0));
        var number = graph.Node("Add", "number", [index, graph.Constant("one", 1, one)]);
        // After a softmax all of a row's scores are numbers, or none is: the first one tells.
        var first = graph.Node("Gather", "first_score", [score, graph.Constant("first", 0, one)], new OnnxAttribute("axis", 1));
        var missing = graph.Node("IsNaN", "missing", [first]);
        return graph.Node("Where", "key", [missing, graph.Constant("missing_key", 0, one), number]);
    }
}
