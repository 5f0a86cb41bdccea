using FlipReg.Regularizers;
using FlipReg.Regularizers.Ols;
using static TorchSharp.torch;

namespace FlipReg.Tests.Regularizers;

[TestClass]
public class OlsTests
{
    /// <summary>Every file of golden steps that is there: more can be dropped in.</summary>
    public static IEnumerable<object[]> Files() => GoldenFile.Names("ols_*.json");

    [TestMethod]
    [DynamicData(nameof(Files))]
    public void Reference_steps_are_reproduced(string name)
    {
        using var file = new GoldenFile(name);
        var parameters = file.Parameters;
        var options = new OlsOptions
        {
            Epochs = file.Epochs,
            HardWeight = parameters.GetProperty("w_hard").GetDouble(),
            SoftWeight = parameters.GetProperty("w_soft").GetDouble(),
            InitialTable = parameters.GetProperty("init_table").GetString() == "zero" ? OlsTable.Zero : OlsTable.Uniform,
            FreezeAt = parameters.GetProperty("freeze_max").ValueKind == System.Text.Json.JsonValueKind.Null ? null : parameters.GetProperty("freeze_max").GetDouble(),
        };
        using var ols = new OlsRegularizer(options, Context(new long[file.Rows], file.Classes));
        AreEqual(file.Root.GetProperty("initial_state").GetProperty("table"), ols, "table", "initial table");
        var ends = 0;
        var steps = file.Replay(ols, (state, i) =>
        {
            AreEqual(state.GetProperty("acc"), ols, "sums", $"step {i} sums");
            AreEqual(state.GetProperty("count"), ols, "counts", $"step {i} counts");
            AreEqual(state.GetProperty("table"), ols, "table", $"step {i} table");
        }, epoch =>
        {
            ols.EndEpoch(epoch);
            AreEqual(file.Root.GetProperty("epoch_end")[ends++].GetProperty("table"), ols, "table", $"epoch {epoch} table");
        });
        Assert.IsGreaterThan(8, steps);
        Assert.AreEqual(file.Epochs, ends);
    }

    [TestMethod]
    public void Frozen_and_unseen_rows_follow_the_options()
    {
        using var scope = NewDisposeScope();
        var table = tensor(new float[] { 0.9f, 0.1f, 0, 0.3f, 0.4f, 0.3f, 0.2f, 0.2f, 0.6f }).view(3, 3);
        var sums = tensor(new float[] { 2, 0, 0, 0.5f, 1.5f, 0, 0, 0, 0 }).view(3, 3);
        var counts = tensor(new float[] { 2, 2, 0 });
        var uniform = full_like(table, 1 / 3.0);
        TestData.AreClose([1, 0, 0, 0.25f, 0.75f, 0, 1 / 3f, 1 / 3f, 1 / 3f], OlsMath.NextTable(table, sums, counts, uniform, null), 1e-7, 0, "plain");
        TestData.AreClose([0.9f, 0.1f, 0, 0.25f, 0.75f, 0, 0.2f, 0.2f, 0.6f], OlsMath.NextTable(table, sums, counts, table, 0.88), 1e-7, 0, "frozen, kept");
    }

    [TestMethod]
    [DataRow(OlsUpdateUnit.Epochs, 2, new[] { false, true, false, true })]
    [DataRow(OlsUpdateUnit.Iterations, 3, new[] { false, true, true, false })]
    public void The_table_changes_at_the_ends_of_periods_only(OlsUpdateUnit unit, int period, bool[] changes)
    {
        using var scope = NewDisposeScope();
        using var ols = new OlsRegularizer(new OlsOptions { UpdateUnit = unit, UpdatePeriod = period, Epochs = 4 }, Context(new long[4], 2));
        var steps = 0;
        for (var epoch = 1; epoch <= 4; epoch++)
        {
            var before = TestData.State(ols, "table").clone();
            for (var step = 0; step < 2; step++)
            {
                if (unit == OlsUpdateUnit.Iterations)
                    Assert.AreEqual(period - (steps % period), ols.StepsUntilUpdate);
                var batch = TestData.Step(tensor(new long[] { 0, 1 }), tensor(new long[] { 2 * step, (2 * step) + 1 }), 2, epoch, 4);
                ols.Observe(batch, new Outputs(tensor(new float[] { 1 + steps, 0, 0, 2 + steps }).view(2, 2)));
                steps++;
            }

            ols.EndEpoch(epoch);
            Assert.AreEqual(changes[epoch - 1], !before.allclose(TestData.State(ols, "table")), $"epoch {epoch}");
        }
    }

    [TestMethod]
    public void Single_takes_the_prediction_of_another_row_of_the_class()
    {
        using var scope = NewDisposeScope();
        long[] labels = [0, 1, 0, 1, 0, 2];
        var context = Context(labels, 3);
        var single = new OlsSingle(context, 1.0 / 3);
        for (var draw = 0; draw < 20; draw++)
        {
            var partners = single.Partners(draw);
            for (var row = 0; row < labels.Length; row++)
            {
                Assert.AreEqual(labels[row], labels[partners[row]]);
                Assert.AreEqual(row == 5, partners[row] == row, "a row is its own partner only where it is alone");
            }
        }

        using var random = new Generator(5);
        using var ols = new OlsRegularizer(new OlsOptions { Single = true, Epochs = 2 }, context);
        var batch = TestData.Step(tensor(labels), arange(6, dtype: int64), 3, 1, 2);
        var logits = randn([6, 3], generator: random);
        ols.Observe(batch, new Outputs(logits));
        TestData.AreClose(Enumerable.Repeat(1 / 3f, 18), TestData.State(ols, "targets"), 1e-7, 0, "first period");
        ols.EndEpoch(1);
        var predictions = nn.functional.softmax(logits, 1);
        TestData.AreClose(predictions[3].data<float>(), TestData.State(ols, "targets")[1], 1e-7, 1e-6, "row 1 has one possible partner");
        TestData.AreClose(predictions[5].data<float>(), TestData.State(ols, "targets")[5], 1e-7, 1e-6, "row 5 is alone");
    }

    [TestMethod]
    public void Single_gradient_is_autograds()
    {
        using var scope = NewDisposeScope();
        long[] labels = [0, 1, 0, 1, 0, 2];
        using var random = new Generator(6);
        using var ols = new OlsRegularizer(new OlsOptions { Single = true, InitialTable = OlsTable.Zero, Epochs = 3 }, Context(labels, 3));
        for (var epoch = 1; epoch <= 3; epoch++)
        {
            var batch = TestData.Step(tensor(labels), arange(6, dtype: int64), 3, epoch, 3);
            var logits = randn([6, 3], generator: random).requires_grad_();
            ols.Loss(batch, new Outputs(logits)).backward();
            using var noGrad = no_grad();
            ols.Prepare(batch);
            TestData.AreClose(logits.grad!.data<float>(), ols.LossGradient(batch, new Outputs(logits))!, 1e-6, 1e-5, $"epoch {epoch}");
            ols.Observe(batch, new Outputs(logits));
            ols.EndEpoch(epoch);
        }
    }

    private static RegularizerContext Context(long[] labels, int classes) => new(labels, classes, CPU, 1);

    private static void AreEqual(System.Text.Json.JsonElement expected, Regularizer regularizer, string name, string what) =>
        TestData.AreClose(GoldenFile.Floats(expected), TestData.State(regularizer, name), GoldenFile.Tolerance, GoldenFile.Tolerance, what);
}
