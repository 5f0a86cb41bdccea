using System.Runtime.InteropServices;

namespace FlipReg.Onnx;

/// <summary>
/// A graph of ONNX operators that is being built: what layers write themselves to. One implementation makes a file of ours, another one
/// takes part in ML.NET's conversion of a chain.
/// </summary>
internal abstract class OnnxGraph
{
    /// <summary>Adds a constant tensor and returns the name it got, made from its own.</summary>
    public abstract string Constant(OnnxTensor tensor);

    /// <summary>Adds a constant tensor of integers.</summary>
    public abstract string Constant(string name, IReadOnlyList<long> values, IReadOnlyList<long> shape);

    /// <summary>Adds a constant: one integer, as a tensor of the given shape.</summary>
    public string Constant(string name, long value, IReadOnlyList<long> shape) => Constant(name, [value], shape);

    /// <summary>Adds an operator of the standard domain and returns the name of its one output, made from <paramref name="name"/>.</summary>
    public abstract string Node(string operation, string name, IReadOnlyList<string> inputs, params IReadOnlyList<OnnxAttribute> attributes);
}

/// <summary>An attribute of an operator: an integer, several of them, or a real number.</summary>
internal readonly record struct OnnxAttribute
{
    public OnnxAttribute(string name, params IReadOnlyList<long> values) => (Name, Integers) = (name, values);

    public OnnxAttribute(string name, long value) => (Name, Integer) = (name, value);

    public OnnxAttribute(string name, float value) => (Name, Real) = (name, value);

    public string Name { get; }

    public long? Integer { get; }

    public IReadOnlyList<long>? Integers { get; }

    public float? Real { get; }
}

/// <summary>A tensor of Single: named as in a saved model, row-major. Its values stay where they are until they are written.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Sizes of the dimensions.</param>
/// <param name="WriteTo">Writes the values as bytes, little-endian.</param>
internal sealed record OnnxTensor(string Name, IReadOnlyList<long> Shape, Action<Stream> WriteTo)
{
    private const int PieceValues = 1 << 20;

    public OnnxTensor(string name, IReadOnlyList<long> shape, float[] values)
        : this(name, shape, stream => Write(stream, values))
    {
    }

    /// <summary>Bytes of the values.</summary>
    public long Size => Shape.Aggregate((long)sizeof(float), (product, size) => checked(product * size));

    /// <summary>A copy of the values.</summary>
    public float[] ToArray()
    {
        using var bytes = new MemoryStream(checked((int)Size));
        WriteTo(bytes);
        return MemoryMarshal.Cast<byte, float>(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)).ToArray();
    }

    private static void Write(Stream stream, float[] values)
    {
        for (var first = 0; first < values.Length; first += PieceValues)
            stream.Write(MemoryMarshal.AsBytes(values.AsSpan(first, Math.Min(PieceValues, values.Length - first))));
    }
}
