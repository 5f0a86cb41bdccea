using static System.FormattableString;

namespace FlipReg.Data;

/// <summary>A tensor of a safetensors file: its name, its shape and either float32 or int64 values, row-major.</summary>
internal sealed class SafetensorsEntry
{
    public SafetensorsEntry(string name, IReadOnlyList<long> shape, float[] values)
        : this(name, shape, values, values.Length) => Floats = values;

    public SafetensorsEntry(string name, IReadOnlyList<long> shape, long[] values)
        : this(name, shape, values, values.Length) => Integers = values;

    private SafetensorsEntry(string name, IReadOnlyList<long> shape, Array values, int count)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(values);
        var expected = shape.Aggregate(1L, (product, size) => checked(product * size));
        if (expected != count)
            throw new ArgumentException(Invariant($"Tensor '{name}' has shape [{InvariantText.List(shape)}], so {expected} values. Got {count}."), nameof(values));
        (Name, Shape) = (name, shape);
    }

    public string Name { get; }

    public IReadOnlyList<long> Shape { get; }

    /// <summary>The values of a float32 tensor; null for another type.</summary>
    public float[]? Floats { get; }

    /// <summary>The values of an int64 tensor; null for another type.</summary>
    public long[]? Integers { get; }

    /// <summary>The format's name of the element type.</summary>
    public string ElementType => Floats is not null ? "F32" : "I64";

    /// <summary>Bytes of one element.</summary>
    public int ElementSize => Floats is not null ? sizeof(float) : sizeof(long);

    /// <summary>Bytes of the values.</summary>
    public long ByteCount => (long)ElementSize * (Floats?.Length ?? Integers!.Length);
}
