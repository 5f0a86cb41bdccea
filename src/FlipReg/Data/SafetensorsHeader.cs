using static TorchSharp.torch;

namespace FlipReg.Data;

/// <summary>A tensor as a safetensors header describes it: values from byte <paramref name="Begin"/> to byte <paramref name="End"/> of the data.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ElementType">The format's name of the element type.</param>
/// <param name="Shape">Sizes of the dimensions.</param>
/// <param name="Begin">First byte.</param>
/// <param name="End">Byte after the last.</param>
internal sealed record SafetensorsHeader(string Name, string ElementType, long[] Shape, long Begin, long End)
{
    /// <summary>Element types by the format's names, with the bytes of an element.</summary>
    public static readonly IReadOnlyDictionary<string, (ScalarType Type, int Bytes)> ElementTypes = new Dictionary<string, (ScalarType, int)>
    {
        ["F64"] = (ScalarType.Float64, 8),
        ["F32"] = (ScalarType.Float32, 4),
        ["F16"] = (ScalarType.Float16, 2),
        ["BF16"] = (ScalarType.BFloat16, 2),
        ["I64"] = (ScalarType.Int64, 8),
        ["I32"] = (ScalarType.Int32, 4),
        ["I16"] = (ScalarType.Int16, 2),
        ["I8"] = (ScalarType.Int8, 1),
        ["U8"] = (ScalarType.Byte, 1),
        ["BOOL"] = (ScalarType.Bool, 1),
    };

    /// <summary>The format's name of a tensor's element type.</summary>
    /// <exception cref="NotSupportedException">The format has none.</exception>
    public static string TypeOf(Tensor tensor) => ElementTypes.FirstOrDefault(t => t.Value.Type == tensor.dtype).Key
        ?? throw new NotSupportedException($"A safetensors file must hold numbers or booleans of up to 8 bytes. Got a tensor of {tensor.dtype}.");

    /// <summary>The type and the shape, as messages show them.</summary>
    public string Describe() => $"{ElementType} [{InvariantText.List(Shape)}]";
}
