namespace FlipReg.Networks;

/// <summary>Whether a tensor is trained or only kept.</summary>
internal enum TensorRole
{
    Parameter,
    Buffer,
}

/// <summary>
/// A tensor that a layer owns: its name, shape, role and first value (uniform in ±Bound where Bound is given, normal with mean 0 where Deviation is, else Value;
/// zeros in its first row where that is asked for).
/// </summary>
internal sealed record TensorSpec(string Name, long[] Shape, TensorRole Role, double? Bound = null, double Value = 0, bool FirstRowIsZero = false, double? Deviation = null)
{
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>The name that files of weights from elsewhere have it under; null: <see cref="Name"/>.</summary>
    public string? ImportName { get; init; }

    /// <summary>Whether its first values are 1 and −1: the signs of what would be drawn.</summary>
    public bool IsSigns { get; init; }

    /// <summary>Whether it is the kernels of a convolution, outputs × inputs × height × width: they lie as the images do, channel beside channel.</summary>
    public bool IsKernels => Shape.Length == 4;
}
