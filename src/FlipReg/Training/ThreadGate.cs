using static TorchSharp.torch;

namespace FlipReg.Training;

/// <summary>
/// The number of threads of the numeric libraries is the process's, not a fit's, and another number may round otherwise. So fits that run side
/// by side must agree on it: a fit that needs another number waits until those that run are done. The last one to leave restores what was.
/// </summary>
internal sealed class ThreadGate : IDisposable
{
    private static readonly object _lock = new();

    /// <summary>Set inside a fit, and in whatever it starts.</summary>
    private static readonly AsyncLocal<bool> _isInside = new();

    private static int _fits;
    private static int _threads;
    private static int _before;

    private readonly bool _counts;

    private ThreadGate(bool counts) => _counts = counts;

    /// <summary>Enters with a number of threads. A fit that a fit's own callback starts takes the number of the outer one, which it cannot wait for.</summary>
    /// <exception cref="OperationCanceledException">Canceled while waiting.</exception>
    public static ThreadGate Enter(int threads, Func<bool> isCanceled)
    {
        lock (_lock)
        {
            var isInner = _isInside.Value;
            while (!isInner && _fits > 0 && _threads != threads)
            {
                if (isCanceled())
                    throw new OperationCanceledException("Training was canceled while it waited for fits with another number of threads.");
                Monitor.Wait(_lock, millisecondsTimeout: 50);
            }

            if (!isInner && _fits++ == 0)
                (_before, _threads) = (get_num_threads(), threads);
            set_num_threads(_threads);
            _isInside.Value = true;
            return new ThreadGate(!isInner);
        }
    }

    public void Dispose()
    {
        if (!_counts)
            return;
        lock (_lock)
        {
            if (--_fits == 0)
                set_num_threads(_before);
            Monitor.PulseAll(_lock);
        }
    }
}
