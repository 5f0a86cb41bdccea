using static TorchSharp.torch;

namespace FlipReg.Data;

/// <summary>Copies of a CPU tensor's values in managed memory. Each waits for the device: never inside a step.</summary>
internal static class HostReads
{
    /// <summary>All values, in row-major order.</summary>
    public static T[] ToHost<T>(this Tensor tensor)
        where T : unmanaged
    {
        using var local = tensor.cpu();
        using var accessor = local.data<T>();
        return accessor.ToArray();
    }

    /// <summary>All values, in row-major order, into <paramref name="target"/>.</summary>
    public static void CopyToHost<T>(this Tensor tensor, Span<T> target)
        where T : unmanaged
    {
        using var local = tensor.cpu();
        using var accessor = local.data<T>();
        accessor.CopyTo(target);
    }
}
