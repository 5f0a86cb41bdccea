using static TorchSharp.torch;

namespace FlipReg.Data;

/// <summary>
/// Rows of Single values in memory that torch owns, written by the host. MKL rounds by the address of its input modulo 16: torch aligns to 64
/// bytes, a managed array only to 8, so that equal rows in managed memory may give scores that differ in the last bits.
/// </summary>
internal sealed unsafe class RowMemory : IDisposable
{
    private readonly float* _values;

    /// <param name="rows">Rows that fit.</param>
    /// <param name="width">Values of a row.</param>
    /// <exception cref="InsufficientMemoryException">There is no room.</exception>
    public RowMemory(long rows, int width)
    {
        (Rows, Width) = (rows, width);
        try
        {
            Tensor = empty([rows, width], dtype: float32).DetachFromDisposeScope();
        }
        catch (Exception e) when (NativeMemoryErrors.IsOne(e))
        {
            throw NativeMemoryErrors.Explain(e, FormattableString.Invariant($"{rows:N0} rows of {width:N0} values"));
        }

        _values = HostReads.Address<float>(Tensor);
    }

    /// <summary>Rows that are there already.</summary>
    /// <param name="rows">Rows × width, contiguous, on the CPU.</param>
    /// <param name="width">Values of a row.</param>
    public RowMemory(Tensor rows, int width)
    {
        (Rows, Width, Tensor) = (rows.shape[0], width, rows);
        _values = HostReads.Address<float>(rows);
    }

    /// <summary>Rows that fit.</summary>
    public long Rows { get; }

    /// <summary>Values of a row.</summary>
    public int Width { get; }

    /// <summary>The rows as a tensor, rows × width.</summary>
    public Tensor Tensor { get; }

    /// <summary>A row's values, to be written or read.</summary>
    public Span<float> Row(long row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)row, (ulong)Rows);
        ObjectDisposedException.ThrowIf(Tensor.IsInvalid, this);
        return new Span<float>(_values + (row * Width), Width);
    }

    public void Dispose() => Tensor.Dispose();
}
