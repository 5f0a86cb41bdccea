namespace TorchSharp;

/// <summary>
/// Counts the operations that make the host wait for the device, also when the tensors happen to live on the host, so that a
/// test on a machine without an accelerator shows what would stall one.
/// </summary>
internal static class HostSync
{
    private static long s_count;
    [ThreadStatic] private static long t_count;

    internal static long Count => Interlocked.Read(ref s_count);

    internal static long CountOnThread => t_count;

    internal static void Bump()
    {
        t_count++;
        Interlocked.Increment(ref s_count);
    }
}
