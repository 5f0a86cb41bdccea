using FlipReg.Runtime;
using static TorchSharp.torch;

namespace FlipReg.Tests.Training;

/// <summary>Threads of fits: each has its own count, whatever runs beside it and whoever started it.</summary>
[TestClass]
public class ThreadTests
{
    [TestMethod]
    public void A_number_of_threads_gives_the_same_model_beside_fits_with_another()
    {
        using var wide = TestData.Blobs(256, 300, 3);
        using var small = TestData.Blobs(200, 5, 3);
        var two = TrainerTests.Options(typeof(CrossEntropyOptions), 2);
        (two.Threads, two.Network, two.BatchSize) = (2, NetworkSpec.Mlp([600]), 256);
        var one = TrainerTests.Options(typeof(FerOptions), 3);
        one.Threads = 1;
        var alone = TrainerTests.Weights(wide, two, 1);
        var before = get_num_threads();
        var beside = new float[3][];
        Parallel.For(0, 9, i =>
        {
            if (i % 3 == 0)
                beside[i / 3] = TrainerTests.Weights(wide, two, 1);
            else
                TrainerTests.Weights(small, one, i);
        });
        foreach (var weights in beside)
            CollectionAssert.AreEqual(alone, weights);
        Assert.AreEqual(before, get_num_threads());
    }

    [TestMethod]
    [Timeout(60_000, CooperativeCancellation = true)]
    public void A_callback_may_wait_for_another_threads_fit_with_another_count()
    {
        using var table = TestData.Blobs(60, 4, 2);
        var outer = TrainerTests.Options(typeof(FerOptions), 2);
        outer.Threads = 1;
        var inner = TrainerTests.Options(typeof(CrossEntropyOptions), 2);
        inner.Threads = 2;
        var alone = TrainerTests.Weights(table, inner, 1);
        var beside = new List<float[]>();
        outer.Progress = _ => beside.Add(Task.Run(() => TrainerTests.Weights(table, inner, 1)).Result);
        TrainerTests.Fit(table, outer).Network.Dispose();
        Assert.HasCount(2, beside);
        foreach (var weights in beside)
            CollectionAssert.AreEqual(alone, weights);
    }

    [TestMethod]
    public void What_a_callback_starts_computes_with_its_own_count_also_after_the_fit()
    {
        using var table = TestData.Blobs(60, 4, 2);
        var counts = new List<int>();
        using var go = new ManualResetEventSlim();
        Thread? born = null;
        var options = TrainerTests.Options(typeof(FerOptions), 1);
        options.Threads = 1;
        options.Progress = _ =>
        {
            born = new Thread(() =>
            {
                go.Wait();
                foreach (var threads in new[] { 2, 3 })
                {
                    var fit = TrainerTests.Options(typeof(CrossEntropyOptions), 1);
                    fit.Threads = threads;
                    fit.Progress = _ => counts.Add(get_num_threads());
                    TrainerTests.Fit(table, fit).Network.Dispose();
                }
            });
            born.Start();
        };
        var before = get_num_threads();
        TrainerTests.Fit(table, options).Network.Dispose();
        go.Set();
        born!.Join();
        CollectionAssert.AreEqual(new[] { 2, 3 }, counts);
        Assert.AreEqual(before, get_num_threads());
        Assert.AreEqual(before, OfNewThread());
    }

    [TestMethod]
    public void A_fit_and_scores_in_a_callback_leave_the_count_that_new_threads_start_with()
    {
        var before = get_num_threads();
        ComputeThreads.Run(before + 1, () => ComputeThreads.Run(before + 2, get_num_threads));
        Assert.AreEqual(before, OfNewThread());
        ComputeThreads.Run(before + 1, () =>
        {
            using var single = SingleThread.Enter();
            return 0;
        });
        Assert.AreEqual(before, OfNewThread());
    }

    [TestMethod]
    public void Work_after_work_runs_on_the_same_thread_and_work_beside_it_on_another()
    {
        var first = ComputeThreads.Run(1, () => Environment.CurrentManagedThreadId);
        var second = ComputeThreads.Run(2, () => Environment.CurrentManagedThreadId);
        var (outer, inner) = ComputeThreads.Run(1, () => (Environment.CurrentManagedThreadId, ComputeThreads.Run(1, () => Environment.CurrentManagedThreadId)));
        Assert.AreEqual(first, second);
        Assert.AreNotEqual(outer, inner);
        Assert.AreNotEqual(Environment.CurrentManagedThreadId, first);
        Assert.ThrowsExactly<TimeoutException>(() => ComputeThreads.Run<int>(1, () => throw new TimeoutException()));
    }

    [TestMethod]
    public void Scoring_on_one_thread_leaves_the_callers_count()
    {
        var before = get_num_threads();
        try
        {
            set_num_threads(3);
            using (SingleThread.Enter())
                Assert.AreEqual(1, get_num_threads());
            Assert.AreEqual(3, get_num_threads());
        }
        finally
        {
            set_num_threads(before);
        }
    }

    private static int OfNewThread()
    {
        var count = 0;
        var thread = new Thread(() => count = get_num_threads());
        thread.Start();
        thread.Join();
        return count;
    }
}
