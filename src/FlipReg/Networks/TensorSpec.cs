namespace FlipReg.Networks;

/// <summary>Whether a tensor is trained or only kept.</summary>
internal enum TensorRole
{
    Parameter,
    Buffer,
}

/// <summary>A tensor that a layer owns: its name, shape, role and first value (uniform in ±Bound where Bound is given, else Value; zeros in its first row where that is asked for).</summary>
internal sealed record TensorSpec(string Name, long[] Shape, TensorRole Role, double? Bound = null, double Value = 0, bool FirstRowIsZero = false)
{
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));
}
