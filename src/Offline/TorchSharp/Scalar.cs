namespace TorchSharp;

public sealed class Scalar : IDisposable
{
    internal readonly ArgKind Kind;
    internal readonly long Bits;

    internal Scalar(ArgKind kind, long bits) => (Kind, Bits) = (kind, bits);

    // As in libtorch, a scalar has one of three types.
    public torch.ScalarType Type => Kind switch
    {
        ArgKind.Double => torch.ScalarType.Float64,
        ArgKind.Bool => torch.ScalarType.Bool,
        _ => torch.ScalarType.Int64,
    };

    internal double AsDouble => Kind == ArgKind.Double ? BitConverter.Int64BitsToDouble(Bits) : Bits;

    internal long AsInt64 => Kind == ArgKind.Double ? checked((long)AsDouble) : Bits;

    public static implicit operator Scalar(int value) => new(ArgKind.Int, value);
    public static implicit operator Scalar(long value) => new(ArgKind.Int, value);
    public static implicit operator Scalar(float value) => (double)value;
    public static implicit operator Scalar(double value) => new(ArgKind.Double, BitConverter.DoubleToInt64Bits(value));

    public void Dispose()
    {
        // The real one holds native memory; this one has nothing to give back.
    }
}

public static class ScalarExtensionMethods
{
    public static float ToSingle(this Scalar value) => (float)value.AsDouble;
    public static double ToDouble(this Scalar value) => value.AsDouble;
    public static long ToInt64(this Scalar value) => value.AsInt64;
}

public static class TensorExtensionMethods
{
    public static float ToSingle(this torch.Tensor value) => value.ToScalar().ToSingle();
    public static double ToDouble(this torch.Tensor value) => value.ToScalar().ToDouble();
    public static long ToInt64(this torch.Tensor value) => value.ToScalar().ToInt64();

    public static long TotalSize(this IEnumerable<long> shape) => shape.Aggregate(1L, (product, size) => product * size);
}
