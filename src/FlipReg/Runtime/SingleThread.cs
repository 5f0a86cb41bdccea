using static TorchSharp.torch;

namespace FlipReg.Runtime;

/// <summary>
/// Makes the numeric library compute on the calling thread alone while it lives. Even a batch of 16 rows would start a team of threads, which
/// costs more than it brings and which, once there, throttles all others (see <see cref="ComputeThreads"/>).
/// </summary>
internal readonly ref struct SingleThread
{
    private readonly int _before;

    private SingleThread(int before) => _before = before;

    /// <summary>Enters. Dispose restores the count.</summary>
    public static SingleThread Enter()
    {
        var before = get_num_threads();
        if (before != 1)
            set_num_threads(1);
        return new SingleThread(before);
    }

    public void Dispose()
    {
        if (_before != 1)
            set_num_threads(_before);
    }
}
