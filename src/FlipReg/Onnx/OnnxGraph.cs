namespace FlipReg.Onnx;

/// <summary>
/// A graph of ONNX operators that is being built: what layers write themselves to. One implementation makes a file of ours, another one
/// takes part in ML.NET's conversion of a chain.
/// </summary>
internal abstract class OnnxGraph
{
    /// <summary>Adds a constant tensor and returns the name it got, made from <paramref name="name"/>.</summary>
    public abstract string Constant(string name, float[] values, IReadOnlyList<long> shape);

    /// <summary>Adds a constant: one integer, as a tensor of the given shape.</summary>
    public abstract string Constant(string name, long value, IReadOnlyList<long> shape);

    /// <summary>Adds an operator of the standard domain and returns the name of its one output, made from <paramref name="name"/>.</summary>
    public abstract string Node(string operation, string name, IReadOnlyList<string> inputs, params IReadOnlyList<OnnxAttribute> attributes);
}

/// <summary>An attribute of an operator: an integer or a real number.</summary>
internal readonly record struct OnnxAttribute
{
    public OnnxAttribute(string name, long value) => (Name, Integer) = (name, value);

    public OnnxAttribute(string name, float value) => (Name, Real) = (name, value);

    public string Name { get; }

    public long? Integer { get; }

    public float? Real { get; }
}

/// <summary>A layer's tensor with its values: named as in a saved model, row-major.</summary>
internal sealed record OnnxTensor(string Name, IReadOnlyList<long> Shape, float[] Values)
{
    /// <summary>Adds it to a graph and returns its name there.</summary>
    public string AddTo(OnnxGraph graph) => graph.Constant(Name, Values, Shape);
}
