using System.Runtime.InteropServices;

namespace FlipReg.Data.Sparse;

/// <summary>
/// Values that are appended one after another, in native memory: more than a managed array holds, and enlarged in place where the system can
/// (mremap), so that long ones are not held twice.
/// </summary>
internal sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private const long FirstCapacity = 256;

    private T* _items;
    private long _capacity;
    private bool _isDisposed;

    /// <summary>Values so far.</summary>
    public long Count { get; private set; }

    /// <summary>The first value's address; it changes when values are appended.</summary>
    public T* Items => _isDisposed ? throw new ObjectDisposedException(nameof(NativeBuffer<T>)) : _items;

    /// <summary>Some of the values.</summary>
    public Span<T> Slice(long start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)start, (ulong)Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)length, (ulong)(Count - start));
        return new Span<T>(Items + start, length);
    }

    /// <summary>Makes room for more values and returns them, to be written.</summary>
    /// <exception cref="InsufficientMemoryException">There is no room.</exception>
    public Span<T> Append(int length)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (Count + length > _capacity)
            Resize(Math.Max(Count + length, Math.Max(FirstCapacity, _capacity + (_capacity / 2))));
        Count += length;
        return new Span<T>(_items + (Count - length), length);
    }

    /// <summary>Appends a value.</summary>
    public void Add(T value) => Append(1)[0] = value;

    /// <summary>Forgets the values from <paramref name="count"/> on, and keeps their room.</summary>
    public void Truncate(long count) => Count = Math.Min(count, Count);

    /// <summary>Gives back the room that is not used.</summary>
    public void Trim() => Resize(Math.Max(Count, 1));

    public void Dispose()
    {
        NativeMemory.Free(_items);
        _items = null;
        (_capacity, Count, _isDisposed) = (0, 0, true);
    }

    private void Resize(long capacity)
    {
        try
        {
            _items = (T*)NativeMemory.Realloc(_items, checked((nuint)capacity * (nuint)sizeof(T)));
            _capacity = capacity;
        }
        catch (Exception e) when (e is OutOfMemoryException or OverflowException)
        {
            throw new InsufficientMemoryException(FormattableString.Invariant($"There must be memory for {capacity:N0} values of sparse rows. Got a machine without room for {(capacity * sizeof(T)) >> 20:N0} MiB more. Use fewer rows, or more memory."), e);
        }
    }
}
