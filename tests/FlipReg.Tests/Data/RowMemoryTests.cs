using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Tests.Data;

[TestClass]
public class RowMemoryTests
{
    /// <summary>MKL rounds by the address of its input modulo 16: every table starts at a multiple of 64, as torch allocates.</summary>
    [TestMethod]
    [DataRow(null, 1)]
    [DataRow(3_000, 7)]
    [DataRow(5_000, 7)]
    [DataRow(null, 8_000)]
    public unsafe void Rows_are_collected_in_aligned_memory(int? expected, int width)
    {
        const int Rows = 3_000;
        using var collector = new RowCollector(width, expected);
        for (var row = 0; row < Rows; row++)
            collector.Add().Fill(row);
        using var table = collector.ToTensor();
        CollectionAssert.AreEqual(new long[] { Rows, width }, table.shape);
        Assert.AreEqual(0, (long)HostReads.Address<float>(table) % 64);
        using var expectedRows = arange(Rows, dtype: float32).view(-1, 1).expand(Rows, width);
        Assert.IsTrue(table.equal(expectedRows).all().item<bool>());
    }

    /// <summary>The cause, and why rows lie in torch's memory. Where this finds no difference, the processor or MKL has none to find.</summary>
    [TestMethod]
    public void Equal_rows_at_another_alignment_may_give_other_bits()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        foreach (var width in new[] { 4, 5, 6 })
        {
            var rows = empty([2, width], dtype: float32).uniform_(-1, 1, generator);
            var weight = empty([128, width], dtype: float32).uniform_(-1, 1, generator);
            var bias = empty([128], dtype: float32).uniform_(-1, 1, generator);
            var shifted = empty([(2 * width) + 2], dtype: float32).narrow(0, 2, 2 * width).view(2, width).copy_(rows);
            Assert.IsTrue(Same(shifted, rows));
            if (!Same(nn.functional.linear(rows, weight, bias), nn.functional.linear(shifted, weight, bias)))
                return;
        }

        Assert.Inconclusive("On this processor the BLAS does not round by alignment.");

        static bool Same(Tensor one, Tensor other) => one.equal(other).all().item<bool>();
    }

    [TestMethod]
    public void Memory_that_is_not_there_is_an_error_with_sizes()
    {
        var error = Assert.ThrowsExactly<InsufficientMemoryException>(() => new RowMemory(1L << 40, 1000));
        Assert.ThrowsExactly<InsufficientMemoryException>(() => new RowMemory(1L << 60, 1000));
        StringAssert.StartsWith(error.Message, "There must be memory for 1,099,511,627,776 rows of 1,000 values. Got a machine without room when 4,194,304,000 MiB more were asked for.");
    }

    [TestMethod]
    public void Freed_memory_is_not_written()
    {
        var memory = new RowMemory(2, 3);
        memory.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => memory.Row(0).Clear());
        using var other = new RowMemory(2, 3);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => other.Row(2).Clear());
    }
}
