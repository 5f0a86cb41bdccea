using FlipReg.Data;
using FlipReg.Onnx;
using static TorchSharp.torch;

namespace FlipReg.Weights;

/// <summary>
/// The constants of an ONNX model of Single values, named after what uses them: of a convolution or a matrix product "node.weight" and "node.bias", of a batch normalization
/// "node.weight", "node.bias", "node.running_mean" and "node.running_var", of anything else their own name. Where a node has no name, its first output's counts. The graph itself is not run.
/// </summary>
internal sealed class OnnxInitializers : WeightSource
{
    private const int MaximumDimensions = 8;

    private static readonly Dictionary<string, string[]> _parts = new(StringComparer.Ordinal)
    {
        ["Conv"] = ["weight", "bias"],
        ["Gemm"] = ["weight", "bias"],
        ["BatchNormalization"] = ["weight", "bias", "running_mean", "running_var"],
    };

    private readonly Stream _stream;
    private readonly ProtoReader _reader;

    /// <param name="stream">The file, which is closed with this object.</param>
    /// <param name="path">Its path, for messages.</param>
    public OnnxInitializers(Stream stream, string path)
    {
        (_stream, _reader) = (stream, new ProtoReader(stream));
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        var constants = new List<Constant>();
        foreach (var graph in _reader.Fields(0, stream.Length).Where(f => f is { Number: 7, HasContent: true }).Take(1).ToList())
        {
            foreach (var field in _reader.Fields(graph.Begin, graph.End))
            {
                if (field is { Number: 1, HasContent: true })
                    AddNames(field, names);
                else if (field is { Number: 5, HasContent: true })
                    constants.Add(ReadConstant(field));
                if (constants.Count > MaximumTensors)
                    throw Bad($"must hold at most {MaximumTensors} constants. Got more");
            }
        }

        if (constants.Count == 0)
            throw Bad($"must hold constants. Got none in '{path}'. Give a model with its weights in the file");
        Tensors = [.. constants.Where(c => c.Type == OnnxModel.Float).Select(c => new StoredTensor(names.GetValueOrDefault(c.Name, c.Name), c.Shape, c.Values.Begin, () => Read(c)))];
    }

    public override IReadOnlyList<StoredTensor> Tensors { get; }

    protected override void Dispose(bool disposing) => _stream.Dispose();

    /// <summary>Names a node's constants: its inputs after the first.</summary>
    private void AddNames(ProtoReader.Field node, Dictionary<string, string> names)
    {
        var (inputs, output, name, operation) = (new List<string>(), "", "", "");
        foreach (var field in _reader.Fields(node.Begin, node.End))
        {
            switch (field.Number)
            {
                case 1: inputs.Add(_reader.Text(field)); break;
                case 2: output = output.Length == 0 ? _reader.Text(field) : output; break;
                case 3: name = _reader.Text(field); break;
                case 4: operation = _reader.Text(field); break;
                default: break;
            }
        }

        if (!_parts.TryGetValue(operation, out var parts))
            return;
        foreach (var (input, part) in inputs.Skip(1).Zip(parts))
            names.TryAdd(input, $"{(name.Length == 0 ? output : name)}.{part}");
    }

    private Constant ReadConstant(ProtoReader.Field tensor)
    {
        var (shape, type, name) = (new List<long>(), 0, "");
        ProtoReader.Field? values = null;
        foreach (var field in _reader.Fields(tensor.Begin, tensor.End))
        {
            switch (field.Number)
            {
                case 1: shape.AddRange(_reader.Numbers(field, MaximumDimensions)); break;
                case 2: type = (int)field.Value; break;
                case 8: name = _reader.Text(field); break;
                case 4 or 9 when field.HasContent && field.End > field.Begin: values = field; break;
                case 14 when field.Value != 0: throw Bad($"must hold its weights itself. Got those of '{name}' in another file. Save the model in one file");
                default: break;
            }
        }

        if (shape.Count > MaximumDimensions || shape.Any(size => size < 0))
            throw Bad($"must give constant '{name}' at most {MaximumDimensions} sizes of at least 0. Got [{InvariantText.List(shape)}]");
        var bytes = shape.Aggregate((Int128)sizeof(float), (product, size) => product > long.MaxValue ? product : product * size);
        if (type == OnnxModel.Float && bytes != (values?.End - values?.Begin ?? 0))
            throw Bad($"must give constant '{name}' as many values as its shape [{InvariantText.List(shape)}] needs. Got {values?.End - values?.Begin ?? 0} bytes");
        return new Constant(name, [.. shape], type, values ?? default);
    }

    private Tensor Read(Constant constant)
    {
        _stream.Position = constant.Values.Begin;
        var values = empty(constant.Shape, dtype: float32);
        HostReads.WriteBytes(values, _stream.ReadExactly);
        return values;
    }

    private static FormatException Bad(FormattableString rule) => new($"An ONNX file {InvariantText.OfFile(rule)}.");

    private sealed record Constant(string Name, long[] Shape, int Type, ProtoReader.Field Values);
}
