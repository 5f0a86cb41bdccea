using System.Collections;
using static TorchSharp.Interop.NativeMethods;

namespace TorchSharp.Utils;

public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    // It keeps the memory alive; dropped by Dispose.
    private torch.Tensor _tensor;
    private T* _data;
    private readonly long[] _shape;
    private readonly long[] _strides;
    private readonly bool _contiguous;

    internal TensorAccessor(torch.Tensor tensor)
    {
        _tensor = tensor;
        _data = (T*)td_data(tensor.Handle);
        _contiguous = tensor.is_contiguous();
        _shape = _contiguous ? null : tensor.shape;
        _strides = _contiguous ? null : tensor.stride();
        Count = tensor.NumberOfElements;
    }

    public long Count { get; }

    public bool IsReadOnly => false;

    private torch.Tensor Tensor => _tensor ?? throw new ObjectDisposedException(nameof(TensorAccessor<T>));

    public T this[params long[] indices]
    {
        get => *Place(indices);
        set => *Place(indices) = value;
    }

    public T[] ToArray()
    {
        var values = new T[Count];
        if (Count > 0)
            CopyTo(values.AsSpan());
        return values;
    }

    public Array ToNDArray()
    {
        var shape = Tensor.shape;
        if (shape.Length == 0)
            return new[] { *_data };
        var result = Array.CreateInstance(typeof(T), shape);
        if (Count > 0)
            CopyTo(System.Runtime.InteropServices.MemoryMarshal.CreateSpan(
                ref System.Runtime.CompilerServices.Unsafe.As<byte, T>(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(result)), result.Length));
        return result;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        RequireInside(tensorIndex);
        var target = array[arrayIndex..];
        var count = (int)Math.Min(target.Length, Count - tensorIndex);
        if (_contiguous)
            new ReadOnlySpan<T>(_data + tensorIndex, count).CopyTo(target);
        else
            for (var k = 0; k < count; k++)
                target[k] = _data[Offset(tensorIndex + k)];
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom((ReadOnlySpan<T>)array, arrayIndex, tensorIndex);

    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        RequireInside(tensorIndex);
        var count = Math.Min(array.Length - arrayIndex, Count - tensorIndex);
        for (var k = 0; k < count; k++)
            _data[Offset(tensorIndex + k)] = array[arrayIndex + k];
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (var k = 0L; k < Count; k++)
            yield return At(k);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose()
    {
        _tensor = null;
        _data = null;
    }

    private T At(long index) => _data[Offset(index)];

    private T* Place(long[] indices)
    {
        if (indices.Length == 1)
        {
            if (indices[0] >= Count)
                throw new IndexOutOfRangeException();
            RequireInside(indices[0]);
            return _data + Offset(indices[0]);
        }
        var (shape, strides, offset) = (Tensor.shape, Tensor.stride(), 0L);
        for (var dim = 0; dim < shape.Length; dim++)
            offset += indices[dim] >= 0 && indices[dim] < shape[dim]
                ? indices[dim] * strides[dim]
                : throw new IndexOutOfRangeException($"{indices[dim]} >= {shape[dim]} in dimension {dim}.");
        return _data + offset;
    }

    private void RequireInside(long index)
    {
        _ = Tensor;
        if (index < 0 || index >= Count)
            throw new ArgumentOutOfRangeException(nameof(index), $"{index} in a collection of {Count} elements.");
    }

    private long Offset(long index)
    {
        if (_contiguous)
            return index;
        var offset = 0L;
        for (var dim = _shape.Length - 1; dim >= 0; dim--)
        {
            index = Math.DivRem(index, _shape[dim], out var place);
            offset += place * _strides[dim];
        }
        return offset;
    }
}
