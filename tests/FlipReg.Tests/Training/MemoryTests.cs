namespace FlipReg.Tests.Training;

/// <summary>Fits in a row, and fits beside a busy garbage collector.</summary>
[TestClass]
public class MemoryTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void Fits_in_a_row_leave_no_memory_behind() => FitsInARow(50, megabytes: 60);

    [TestMethod]
    [TestCategory("Slow")]
    public void Two_hundred_fits_leave_no_memory_behind() => FitsInARow(200, megabytes: 100);

    [TestMethod]
    public void A_busy_collector_changes_no_bit() => FitsBesideCollector(3);

    [TestMethod]
    [TestCategory("Slow")]
    public void A_busy_collector_changes_no_bit_in_a_hundred_fits() => FitsBesideCollector(100);

    /// <summary>A network of 9 MB, whose fits once took a gigabyte: the allocator kept the memory of each fit's own thread.</summary>
    private void FitsInARow(int fits, int megabytes)
    {
        using var table = TestData.Blobs(128, 500, 3);
        var options = TrainerTests.Options(typeof(FerOptions), 1);
        options.Network = NetworkSpec.Mlp([1100, 1100, 400]);
        long afterTwenty = 0;
        for (var fit = 1; fit <= fits; fit++)
        {
            TrainerTests.Fit(table, options).Network.Dispose();
            if (fit == 20)
                afterTwenty = Resident();
        }

        var grown = Resident() - afterTwenty;
        TestContext.WriteLine($"resident {afterTwenty} MB after 20 fits, {grown} MB more after {fits}");
        Assert.IsLessThan(megabytes, grown);
    }

    /// <summary>See KeptScalars: a scalar that the finalizer frees in the middle of an operation changes its numbers, or ends it.</summary>
    private static void FitsBesideCollector(int fits)
    {
        using var table = TestData.Blobs(400, 20, 3);
        var options = TrainerTests.Options(typeof(FerOptions), 4);
        var quiet = TrainerTests.Weights(table, options, 1);
        using var stop = new CancellationTokenSource();
        var collector = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        });
        for (var fit = 0; fit < fits; fit++)
            CollectionAssert.AreEqual(quiet, TrainerTests.Weights(table, options, 1));
        stop.Cancel();
        collector.Wait();
    }

    private static long Resident() => Environment.WorkingSet >> 20;
}
