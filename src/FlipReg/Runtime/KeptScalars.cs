using TorchSharp;
using static TorchSharp.torch;

namespace FlipReg.Runtime;

/// <summary>
/// Scalars that stay referenced while native code reads them. TorchSharp 0.107 hands a Scalar's pointer to native code and keeps no reference
/// to the object, so that the finalizer of a temporary (<c>tensor.mul(0.5)</c>) may free it in the middle of the call: rarely, and mostly under
/// load, the operation then throws "Unknown scalar type" or "Expected false to be true", or computes with another number.
/// </summary>
internal static class KeptScalars
{
    /// <summary>Scalars of a generation. The generation before it is kept too, so that none goes that a call has just been given.</summary>
    internal const int Capacity = 1024;

    [ThreadStatic]
    private static Cache? _cache;

    /// <summary>The number as a floating point scalar.</summary>
    public static Scalar Keep(double value) => (_cache ??= new Cache()).Floating.Get(value, number => number.ToScalar());

    /// <summary>The number as an integer scalar, which leaves the type of an integer tensor as it is.</summary>
    public static Scalar Keep(long value) => (_cache ??= new Cache()).Integer.Get(value, number => number.ToScalar());

    /// <summary>The sum of two tensors. TorchSharp's own <c>add</c> without a factor makes a scalar 1.</summary>
    public static Tensor Plus(this Tensor tensor, Tensor other) => tensor.add(other, Keep(1));

    /// <summary>Adds a tensor in place.</summary>
    public static Tensor Plus_(this Tensor tensor, Tensor other) => tensor.add_(other, Keep(1));

    /// <summary>A tensor with a number added to each entry.</summary>
    public static Tensor Plus(this Tensor tensor, double number) => tensor.sub(Keep(-number));

    /// <summary>Adds a number to each entry, in place.</summary>
    public static Tensor Plus_(this Tensor tensor, double number) => tensor.sub_(Keep(-number));

    private sealed class Cache
    {
        public Generations<double> Floating { get; } = new();

        public Generations<long> Integer { get; } = new();
    }

    private sealed class Generations<T>
        where T : notnull
    {
        private Dictionary<T, Scalar> _young = [];
        private Dictionary<T, Scalar> _old = [];

        public Scalar Get(T value, Func<T, Scalar> make)
        {
            if (_young.TryGetValue(value, out var scalar))
                return scalar;
            if (_young.Count == Capacity)
                (_old, _young) = (_young, []);
            return _young[value] = _old.TryGetValue(value, out scalar) ? scalar : make(value);
        }
    }
}
