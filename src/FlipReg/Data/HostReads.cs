using static TorchSharp.torch;

#pragma warning disable RS0030 // The members banned elsewhere: this is the one place that reads tensors on the host.

namespace FlipReg.Data;

/// <summary>
/// The only way from a tensor to managed memory. Each read waits for the device: never inside a step. An analyzer bans other ways
/// (BannedSymbols.txt), and the reads are counted, so that a test can see that a long epoch reads no more often than a short one.
/// </summary>
internal static class HostReads
{
    private const int PieceBytes = 1 << 20;

    private static long _count;

    /// <summary>Reads of this process so far.</summary>
    public static long Count => Interlocked.Read(ref _count);

    /// <summary>All values, in row-major order.</summary>
    public static T[] ToHost<T>(this Tensor tensor)
        where T : unmanaged
    {
        var values = new T[tensor.numel()];
        CopyToHost(tensor, values.AsSpan());
        return values;
    }

    /// <summary>All values, in row-major order, into <paramref name="target"/>.</summary>
    public static void CopyToHost<T>(this Tensor tensor, Span<T> target)
        where T : unmanaged
    {
        Interlocked.Increment(ref _count);
        using var local = tensor.cpu();
        using var accessor = local.data<T>();
        accessor.CopyTo(target);
    }

    /// <summary>A tensor in host memory: the same where it is there already, else a copy, which waits for the device.</summary>
    public static Tensor OnHost(Tensor tensor)
    {
        if (tensor.device.type == TorchSharp.DeviceType.CPU)
            return tensor;
        Interlocked.Increment(ref _count);
        return tensor.cpu();
    }

    /// <summary>Hands out the bytes of all values, in row-major order, in pieces of at most 1 MiB: nothing is copied that is on the CPU already.</summary>
    public static unsafe void ReadBytes(Tensor tensor, Action<ReadOnlySpan<byte>> take)
    {
        Interlocked.Increment(ref _count);
        using var scope = NewDisposeScope();
        var local = tensor.detach().cpu().contiguous();
        foreach (var (address, count) in Pieces(local))
            take(new ReadOnlySpan<byte>((void*)address, count));
    }

    /// <summary>Has the bytes of all values filled in, in row-major order, in pieces of at most 1 MiB.</summary>
    public static unsafe void WriteBytes(Tensor tensor, Fill fill)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var inPlace = tensor.device.type == TorchSharp.DeviceType.CPU && tensor.is_contiguous();
        var local = inPlace ? tensor : empty(tensor.shape, dtype: tensor.dtype);
        foreach (var (address, count) in Pieces(local))
            fill(new Span<byte>((void*)address, count));
        if (!inPlace)
            tensor.copy_(local);
    }

    /// <summary>Fills a piece of a tensor.</summary>
    public delegate void Fill(Span<byte> bytes);

    /// <summary>The first value's address in a contiguous CPU tensor, valid while the tensor lives. Reads nothing and waits for nothing.</summary>
    public static unsafe T* Address<T>(Tensor tensor)
        where T : unmanaged
    {
        if (tensor.device.type != TorchSharp.DeviceType.CPU || !tensor.is_contiguous())
            throw new ArgumentException("The tensor must be contiguous and on the CPU.", nameof(tensor));
        // The bytes of a tensor above 2 GiB do not fit into a span: those of its start do, and start where it does.
        using var flat = tensor.view(-1);
        using var start = flat.narrow(0, 0, Math.Min(1, tensor.numel()));
        fixed (byte* address = start.bytes)
            return (T*)address;
    }

    private static unsafe IEnumerable<(nint Address, int Count)> Pieces(Tensor tensor)
    {
        var (address, bytes) = ((nint)Address<byte>(tensor), tensor.numel() * tensor.ElementSize);
        return Enumerable.Range(0, (int)((bytes + PieceBytes - 1) / PieceBytes))
            .Select(i => (address + ((nint)i * PieceBytes), (int)Math.Min(PieceBytes, bytes - ((long)i * PieceBytes))));
    }
}
