using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Weights;

/// <summary>Weights in the safetensors format.</summary>
internal sealed class SafetensorsWeights : WeightSource
{
    private readonly Stream _stream;
    private readonly long _start;

    /// <param name="stream">The file, which is read from its position on and closed with this object.</param>
    public SafetensorsWeights(Stream stream)
    {
        _stream = stream;
        var headers = SafetensorsReader.ReadHeader(stream);
        _start = stream.Position;
        Tensors = [.. headers.Select(header => new StoredTensor(header.Name, header.Shape, header.Begin, () => Read(header)))];
    }

    public override IReadOnlyList<StoredTensor> Tensors { get; }

    protected override void Dispose(bool disposing) => _stream.Dispose();

    private Tensor Read(SafetensorsHeader header)
    {
        _stream.Position = _start + header.Begin;
        var values = empty(header.Shape, dtype: SafetensorsHeader.ElementTypes[header.ElementType].Type);
        SafetensorsReader.ReadValues(_stream, [header], _ => values);
        return values.to(float32);
    }
}
