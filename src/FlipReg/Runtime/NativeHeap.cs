using System.Runtime.InteropServices;

namespace FlipReg.Runtime;

/// <summary>
/// glibc's heap gives tensors above 128 KiB, and the free memory above that at its end, back to the system at once, until the process has first freed
/// something larger: from then on it keeps up to twice that (mallopt(3), "dynamic mmap threshold"). In fits that had freed nothing large yet, the pages taken
/// anew cost up to 250 µs a step of 270.
/// </summary>
internal static unsafe class NativeHeap
{
    /// <summary>Holds the tensors of a block of steps. The heap keeps at most twice as much for each thread that computes.</summary>
    private const int Bytes = 4 << 20;

    /// <summary>Has the heap keep what blocks of steps need, by freeing that much. The pages are never touched: it costs two system calls.</summary>
    public static void KeepPages() => NativeMemory.Free(NativeMemory.Alloc(Bytes));
}
