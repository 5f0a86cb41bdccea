using System.Buffers.Binary;
using static System.FormattableString;

namespace FlipReg.Onnx;

/// <summary>
/// An ONNX model in memory: a graph with inputs, outputs and metadata, written in the wire format of Protocol Buffers. The numbers of the
/// fields are those of onnx.proto.
/// </summary>
internal sealed class OnnxModel(int opsetVersion) : OnnxGraph
{
    public const int Float = 1;
    public const int Int64 = 7;
    public const int Text = 8;
    public const int Boolean = 9;
    public const int UInt32 = 12;

    /// <summary>Name of the first dimension, which may have any size.</summary>
    private const string Rows = "N";

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<ProtoMessage> _nodes = [];
    private readonly List<Action<ProtoMessage, OnnxWeights>> _constants = [];
    private readonly List<ProtoMessage> _inputs = [];
    private readonly List<ProtoMessage> _outputs = [];
    private readonly List<ProtoMessage> _metadata = [];

    /// <summary>Declares an input, one row after another.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Type of an element.</param>
    /// <param name="width">Values of a row; null for one value, without a dimension of its own.</param>
    public void AddInput(string name, int type, int? width)
    {
        _names.Add(name);
        _inputs.Add(Value(name, type, width));
    }

    /// <summary>Declares an input of images, one after another.</summary>
    public void AddInput(string name, ImageShape image)
    {
        _names.Add(name);
        _inputs.Add(Value(name, Float, [image.Channels, image.Height, image.Width]));
    }

    /// <summary>Declares that a value of the graph is an output under a name not used yet.</summary>
    public void AddOutput(string value, string name, int type, int? width)
    {
        var output = Node("Identity", name, [value]);
        _outputs.Add(Value(output, type, width));
    }

    public void AddMetadata(string key, string value) => _metadata.Add(new ProtoMessage().Add(1, key).Add(2, value));

    public override string Constant(OnnxTensor tensor) =>
        AddConstant(tensor.Name, Float, tensor.Shape, (message, weights) => weights.AddTo(message, tensor));

    public override string Constant(string name, IReadOnlyList<long> values, IReadOnlyList<long> shape)
    {
        var bytes = new byte[sizeof(long) * values.Count];
        for (var i = 0; i < values.Count; i++)
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(sizeof(long) * i), values[i]);
        return AddConstant(name, Int64, shape, (tensor, _) => tensor.Add(9, bytes));
    }

    /// <summary>Adds a list of texts.</summary>
    public string Constant(string name, IReadOnlyList<string> texts) => AddConstant(name, Text, [texts.Count], (tensor, _) =>
    {
        foreach (var text in texts)
            tensor.Add(6, text);
    });

    public override string Node(string operation, string name, IReadOnlyList<string> inputs, params IReadOnlyList<OnnxAttribute> attributes)
    {
        var output = Unique(name);
        var node = new ProtoMessage();
        foreach (var input in inputs)
            node.Add(1, input);
        node.Add(2, output).Add(3, output).Add(4, operation);
        foreach (var attribute in attributes)
        {
            var message = new ProtoMessage().Add(1, attribute.Name);
            foreach (var value in attribute.Integers ?? [])
                message.Add(8, value);
            node.Add(5, attribute.Integers is not null ? message.Add(20, 7) : attribute.Integer is { } integer ? message.Add(3, integer).Add(20, 2) : message.Add(2, attribute.Real!.Value).Add(20, 1));
        }

        _nodes.Add(node);
        return output;
    }

    /// <summary>The model as a message.</summary>
    /// <param name="weights">Where the tensors' values go.</param>
    /// <param name="producerVersion">Version of this library.</param>
    public ProtoMessage Compose(OnnxWeights weights, string producerVersion)
    {
        var graph = new ProtoMessage();
        AddAll(graph, 1, _nodes);
        graph.Add(2, "classifier");
        foreach (var constant in _constants)
        {
            var tensor = new ProtoMessage();
            constant(tensor, weights);
            graph.Add(5, tensor);
        }

        AddAll(graph, 11, _inputs);
        AddAll(graph, 12, _outputs);
        // Opset 15 came with version 8 of the format, 12 with version 7.
        var model = new ProtoMessage().Add(1, opsetVersion < 15 ? 7L : 8L).Add(2, "MLNet.FlipReg").Add(3, producerVersion).Add(7, graph)
            .Add(8, new ProtoMessage().Add(1, "").Add(2, (long)opsetVersion));
        AddAll(model, 14, _metadata);
        return model;
    }

    private static void AddAll(ProtoMessage target, int field, IEnumerable<ProtoMessage> messages)
    {
        foreach (var message in messages)
            target.Add(field, message);
    }

    private static ProtoMessage Value(string name, int type, int? width) => Value(name, type, width is { } size ? [size] : []);

    private static ProtoMessage Value(string name, int type, IReadOnlyList<int> sizes)
    {
        var shape = new ProtoMessage().Add(1, new ProtoMessage().Add(2, Rows));
        foreach (var size in sizes)
            shape.Add(1, new ProtoMessage().Add(1, (long)size));
        var tensor = new ProtoMessage().Add(1, (long)type).Add(2, shape);
        return new ProtoMessage().Add(1, name).Add(2, new ProtoMessage().Add(1, tensor));
    }

    private string AddConstant(string name, int type, IReadOnlyList<long> shape, Action<ProtoMessage, OnnxWeights> addValues)
    {
        var unique = Unique(name);
        _constants.Add((tensor, weights) =>
        {
            foreach (var size in shape)
                tensor.Add(1, size);
            tensor.Add(2, (long)type);
            addValues(tensor, weights);
            tensor.Add(8, unique);
        });
        return unique;
    }

    private string Unique(string name)
    {
        var unique = name;
        for (var i = 1; !_names.Add(unique); i++)
            unique = Invariant($"{name}_{i}");
        return unique;
    }
}
