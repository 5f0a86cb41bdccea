using FlipReg.Regularizers;
using FlipReg.Training;
using static TorchSharp.torch;

namespace FlipReg.Tests.Training;

/// <summary>When the rows of an epoch count as told apart: by the logits of the rows of one step, to rounding.</summary>
[TestClass]
public class EpochStatisticsTests
{
    [TestMethod]
    // Two steps of two rows.
    [DataRow(2, new float[] { 1, -1, 1, -1, 3, 0, 3, 0 }, true, DisplayName = "Each step's rows are the same, the steps differ")]
    [DataRow(2, new float[] { 1, -1, 1, -1, 3, 0, 3, 0.001f }, false, DisplayName = "One row differs in one class")]
    [DataRow(2, new float[] { 1000, 0, 1000.001f, 0, 1000, 0, 1000, 0 }, true, DisplayName = "A difference in the seventh digit is rounding")]
    [DataRow(2, new float[] { 0, 0, 1e-6f, 0, 0, 0, 0, 0 }, true, DisplayName = "So is one of a millionth of a logit")]
    [DataRow(2, new float[] { 0, 0, 1e-4f, 0, 0, 0, 0, 0 }, false, DisplayName = "A ten-thousandth is not")]
    [DataRow(2, new float[] { -5, -5, 5, 5, 1, 1, 1, 1 }, false, DisplayName = "Any step may show it")]
    [DataRow(3, new float[] { 1, 2, 1, 2, 1, 2, 9, 9 }, true, DisplayName = "A last step of one row has nothing to compare with")]
    [DataRow(1, new float[] { 1, 2, 1, 2, 1, 2, 1, 2 }, false, DisplayName = "Nor have steps of one row")]
    public void Rows_look_alike_where_no_step_tells_them_apart(int batchSize, float[] logits, bool expected)
    {
        using var scope = NewDisposeScope();
        using var statistics = new EpochStatistics(batchSize, CPU);
        Assert.AreEqual(expected, Alike(logits));
        Assert.AreEqual(batchSize > 1, Alike([1, 2, 1, 2, 1, 2, 1, 2]), "The next epoch starts anew.");

        bool Alike(float[] values)
        {
            statistics.Add(TestData.Step(zeros([4], dtype: int64), arange(4), 2), new Outputs(tensor(values, [4, 2])), zeros([1]), 0);
            return statistics.Read().RowsLookAlike;
        }
    }

    [TestMethod]
    public void What_one_block_tells_apart_another_does_not_hide()
    {
        using var scope = NewDisposeScope();
        using var statistics = new EpochStatistics(2, CPU);
        foreach (var values in new float[][] { [1, 1, 2, 2], [0, 0, 0, 0] })
            statistics.Add(TestData.Step(zeros([2], dtype: int64), arange(2), 2), new Outputs(tensor(values, [2, 2])), zeros([1]), 0);
        Assert.IsFalse(statistics.Read().RowsLookAlike);
    }
}
