using FlipReg.Encoders;

namespace FlipReg.Onnx;

/// <summary>A trained network of the two classes false and true as ONNX operators, valid from opset 9 to 17.</summary>
internal static class OnnxBinaryClassifier
{
    /// <summary>
    /// A model of its own: input N×d; outputs PredictedLabel (N, Boolean), Score (N, the logit of true minus that of false), Probability (N, of true) and,
    /// where asked for, Logits (N×2).
    /// </summary>
    /// <inheritdoc cref="OnnxClassifier.Create" path="/param"/>
    public static OnnxModel Create(InputEncoder encoder, NetworkSpec spec, IEnumerable<OnnxTensor> tensors, IReadOnlyList<OnnxInput> inputs, OnnxOptions options)
    {
        var model = new OnnxModel(options.OpsetVersion);
        var logits = OnnxClassifier.AddLogits(model, encoder, spec, tensors, OnnxClassifier.AddInputs(model, inputs, options));
        var columns = AddColumns(model, logits, column: false);
        model.AddOutput(columns[0], OnnxOptions.PredictedLabel, OnnxModel.Boolean, null);
        model.AddOutput(columns[1], OnnxOptions.Score, OnnxModel.Float, null);
        model.AddOutput(columns[2], OnnxOptions.Probability, OnnxModel.Float, null);
        if (options.IncludeLogits)
            model.AddOutput(logits, OnnxOptions.Logits, OnnxModel.Float, spec.Outputs);
        return model;
    }

    /// <summary>Adds predicted label, score and probability. Shape N each, or N×1 with <paramref name="column"/>.</summary>
    public static IReadOnlyList<string> AddColumns(OnnxGraph graph, string logits, bool column)
    {
        IReadOnlyList<long> one = column ? [1] : [];
        var no = Logit("false", 0);
        var yes = Logit("true", 1);
        var score = graph.Node("Sub", "margin", [yes, no]);
        // True where the score is above 0; false where it is not a number.
        return [graph.Node("Greater", "is_true", [yes, no]), score, graph.Node("Sigmoid", "probability", [score])];

        string Logit(string name, long index) =>
            graph.Node("Gather", $"{name}_logit", [logits, graph.Constant($"{name}_index", index, one)], new OnnxAttribute("axis", 1));
    }
}
