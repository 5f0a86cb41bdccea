namespace FlipReg.Onnx;

/// <summary>An input of a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Width">Values of a row.</param>
/// <param name="IsCategory">Whether they are keys, uint32, 0 for a missing one; else numbers, float.</param>
internal sealed record OnnxInput(string Name, int Width, bool IsCategory)
{
    /// <summary>Declares the inputs of a model and joins them to raw rows, whose name it returns.</summary>
    public static string Declare(OnnxModel model, IReadOnlyList<OnnxInput> inputs)
    {
        foreach (var input in inputs)
            model.AddInput(input.Name, input.IsCategory ? OnnxModel.UInt32 : OnnxModel.Float, input.Width);
        return Join(model, [.. inputs.Select(input => (input.Name, input.IsCategory))]);
    }

    /// <summary>Joins values, N×d each, to rows, and returns their name. Keys become numbers.</summary>
    public static string Join(OnnxGraph graph, IReadOnlyList<(string Name, bool IsCategory)> values)
    {
        string[] parts = [.. values.Select(value => value.IsCategory ? graph.Node("Cast", "categories", [value.Name], new OnnxAttribute("to", OnnxModel.Float)) : value.Name)];
        return parts.Length == 1 ? parts[0] : graph.Node("Concat", "features", parts, new OnnxAttribute("axis", 1));
    }
}
