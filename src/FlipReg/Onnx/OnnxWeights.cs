using static System.FormattableString;

namespace FlipReg.Onnx;

/// <summary>Where the values of a model's tensors go: into the model, or into a file beside it (ONNX's external data).</summary>
/// <param name="location">Name of the file beside the model; null to keep all values in the model.</param>
internal sealed class OnnxWeights(string? location)
{
    /// <summary>Tensors below this many bytes always stay in the model: runtimes read the sizes of shapes from there.</summary>
    private const int MinimumBytes = 1024;

    /// <summary>Tensors start at pages, so that a runtime can map the file into memory.</summary>
    private const int PageBytes = 4096;

    private readonly List<(OnnxTensor Tensor, long Offset)> _outside = [];
    private long _end;

    /// <summary>Adds the values, or where they are, to a TensorProto.</summary>
    public void AddTo(ProtoMessage message, OnnxTensor tensor)
    {
        if (location is null || tensor.Size < MinimumBytes)
        {
            message.Add(9, tensor.Size, tensor.WriteTo);
            return;
        }

        var offset = (_end + PageBytes - 1) / PageBytes * PageBytes;
        _end = offset + tensor.Size;
        _outside.Add((tensor, offset));
        message.Add(13, Entry("location", location)).Add(13, Entry("offset", Invariant($"{offset}"))).Add(13, Entry("length", Invariant($"{tensor.Size}"))).Add(14, 1);
    }

    /// <summary>Writes the values that are not in the model.</summary>
    public void WriteTo(Stream stream)
    {
        long position = 0;
        foreach (var (tensor, offset) in _outside)
        {
            stream.Write(new byte[offset - position]);
            tensor.WriteTo(stream);
            position = offset + tensor.Size;
        }
    }

    private static ProtoMessage Entry(string key, string value) => new ProtoMessage().Add(1, key).Add(2, value);
}
