namespace TorchSharp.Utils;

/// <summary>The values of a tensor in host memory, in row-major order whatever its strides.</summary>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    // It keeps the memory alive; dropped by Dispose.
    private torch.Tensor _tensor;
    private readonly T* _data;
    private readonly long[] _shape;
    private readonly long[] _strides;

    internal TensorAccessor(torch.Tensor tensor)
    {
        _tensor = tensor;
        _data = (T*)td_data(tensor.Handle);
        (_shape, _strides) = (tensor.shape, tensor.stride());
        Count = tensor.NumberOfElements;
    }

    public long Count { get; }

    public T this[params long[] indices]
    {
        get => *Place(indices);
        set => *Place(indices) = value;
    }

    public T[] ToArray()
    {
        var values = new T[Count];
        if (Count > 0)
            CopyTo(values);
        return values;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        ObjectDisposedException.ThrowIf(_tensor is null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(tensorIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(tensorIndex, Count);
        var count = (int)Math.Min(array.Length - arrayIndex, Count - tensorIndex);
        if (_tensor.is_contiguous())
            new ReadOnlySpan<T>(_data + tensorIndex, count).CopyTo(array[arrayIndex..]);
        else
            for (var k = 0; k < count; k++)
                array[arrayIndex + k] = _data[Offset(tensorIndex + k)];
    }

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)ToArray()).GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose() => _tensor = null;

    private T* Place(long[] indices)
    {
        ObjectDisposedException.ThrowIf(_tensor is null, this);
        if (indices.Length == 1)
            return (ulong)indices[0] < (ulong)Count ? _data + Offset(indices[0]) : throw new IndexOutOfRangeException();
        var offset = 0L;
        for (var dim = 0; dim < _shape.Length; dim++)
            offset += (ulong)indices[dim] < (ulong)_shape[dim]
                ? indices[dim] * _strides[dim]
                : throw new IndexOutOfRangeException($"{indices[dim]} >= {_shape[dim]} in dimension {dim}.");
        return _data + offset;
    }

    private long Offset(long index)
    {
        var offset = 0L;
        for (var dim = _shape.Length - 1; dim >= 0; dim--)
        {
            (index, var place) = Math.DivRem(index, _shape[dim]);
            offset += place * _strides[dim];
        }
        return offset;
    }
}
