using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace FlipReg.Runtime;

/// <summary>
/// Where everything runs that computes with more than the caller's own thread: fits, and large batches of scores. The numeric library's thread
/// count is that of the calling thread, and each thread that has computed with several keeps a team of them; as soon as the teams together are
/// more than the processors, all of them are throttled. So work that follows work runs on one long-lived thread, whose team is used again (as
/// is its memory). Work beside other work gets a thread of its own, which ends with it.
/// </summary>
internal static class ComputeThreads
{
    private static readonly Lock _lock = new();
    private static Worker? _idle;

    /// <summary>The thread count that the caller of the work on this thread computes with.</summary>
    [ThreadStatic]
    private static int? _callersCount;

    /// <summary>
    /// Runs work on a thread whose numeric library uses <paramref name="threads"/> threads, and waits for it. The caller's thread count, gradient
    /// mode and dispose scopes neither reach the work nor are changed by it; its execution context (culture, async locals) does reach it.
    /// </summary>
    public static T Run<T>(int threads, Func<T> work)
    {
        var callersCount = _callersCount ?? get_num_threads();
        var job = new Job<T>(work, threads, callersCount);
        Worker worker;
        lock (_lock)
        {
            worker = _idle ?? new Worker();
            _idle = null;
        }

        worker.Start(job);
        return job.Wait();
    }

    /// <summary>Keeps a worker for the next work; false where one is kept already.</summary>
    private static bool TryKeep(Worker worker)
    {
        lock (_lock)
        {
            if (_idle is not null)
                return false;
            _idle = worker;
            return true;
        }
    }

    private abstract class Job
    {
        /// <summary>Runs the work on the worker's thread.</summary>
        public abstract void Run();

        /// <summary>Lets the caller go on. The worker has been given back by then, so that the caller's next work finds it.</summary>
        public abstract void End();
    }

    private sealed class Job<T>(Func<T> work, int threads, int callersCount) : Job
    {
        private readonly ExecutionContext? _context = ExecutionContext.Capture();
        private readonly ManualResetEventSlim _started = new();
        private readonly ManualResetEventSlim _ended = new();
        private bool _changedCount;
        private T? _result;
        private ExceptionDispatchInfo? _failure;

        public override void Run()
        {
            try
            {
                _callersCount = callersCount;
                if (get_num_threads() != threads)
                {
                    set_num_threads(threads);
                    _changedCount = true;
                }

                _started.Set();
                using var gradients = enable_grad();
                if (_context is null)
                    _result = work();
                else
                    ExecutionContext.Run(_context, _ => _result = work(), null);
            }
            catch (Exception e)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
                _started.Set();
            }
        }

        public override void End() => _ended.Set();

        public T Wait()
        {
            _started.Wait();
            // The count that was set last is what threads start with that have not computed yet: it stays what it was.
            if (_changedCount && _callersCount is null)
                set_num_threads(callersCount);
            _ended.Wait();
            // Once more, as work that the work itself has started, or scores that it has asked for, may have set another.
            if (_callersCount is null)
                set_num_threads(callersCount);
            _failure?.Throw();
            return _result!;
        }
    }

    private sealed class Worker
    {
        private readonly SemaphoreSlim _go = new(0);
        private Job? _job;

        // Without the first caller's execution context: each job brings its own, and the thread outlives them.
        public Worker() => new Thread(Loop) { IsBackground = true, Name = "FlipReg compute" }.UnsafeStart();

        public void Start(Job job)
        {
            _job = job;
            _go.Release();
        }

        private void Loop()
        {
            while (RunNext())
            {
            }
        }

        /// <summary>Runs the next job; false where this thread is not kept. A method of its own, so that a waiting thread holds no job's data.</summary>
        private bool RunNext()
        {
            _go.Wait();
            var job = _job!;
            _job = null;
            job.Run();
            var isKept = TryKeep(this);
            job.End();
            return isKept;
        }
    }
}
