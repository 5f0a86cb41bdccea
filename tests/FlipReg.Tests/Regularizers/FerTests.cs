using FlipReg.Regularizers;
using FsCheck;
using FsCheck.Fluent;
using static TorchSharp.torch;

namespace FlipReg.Tests.Regularizers;

[TestClass]
public class FerTests
{
    /// <summary>Every file of golden steps that is there: more can be dropped in.</summary>
    public static IEnumerable<object[]> Files() => GoldenFile.Names("fer_*.json");

    [TestMethod]
    [DynamicData(nameof(Files))]
    public void Reference_steps_are_reproduced(string name)
    {
        using var file = new GoldenFile(name);
        var options = new FerOptions
        {
            Epochs = file.Epochs,
            Temperature = file.Parameters.GetProperty("T").GetDouble(),
            Mu = file.Parameters.GetProperty("mu").GetDouble(),
            Gamma = file.Parameters.GetProperty("gamma").GetDouble(),
            InitialEpochs = file.Parameters.GetProperty("init").GetInt32(),
        };
        using var fer = options.CreateRegularizer(Context(file.Rows, file.Classes));
        var steps = file.Replay(fer, (state, i) =>
        {
            TestData.AreClose(GoldenFile.Floats(state.GetProperty("bank")), TestData.State(fer, "bank"), GoldenFile.Tolerance, GoldenFile.Tolerance, $"step {i} bank");
            TestData.AreClose(GoldenFile.Floats(state.GetProperty("ever_correct")), TestData.State(fer, "ever_right"), 0, 0, $"step {i} flags");
        }, fer.EndEpoch);
        Assert.IsGreaterThan(10, steps);
    }

    [TestMethod]
    [DataRow(false, true)]
    [DataRow(true, true)]
    [DataRow(false, false)]
    [DataRow(true, false)]
    public void Closed_form_gradient_is_autograds_in_every_form(bool noisyLabels, bool average)
    {
        using var scope = NewDisposeScope();
        using var fer = new FerOptions { NoisyLabels = noisyLabels, AverageBehavior = average, Epochs = 4 }.CreateRegularizer(Context(30, 4));
        using var random = new Generator(7);
        for (var epoch = 1; epoch <= 4; epoch++)
        {
            var batch = TestData.Step(arange(30, dtype: int64).remainder(4), randperm(30, dtype: int64, generator: random), 4, epoch, 4);
            var logits = randn([30, 4], generator: random).mul_(3).requires_grad_();
            fer.Loss(batch, new Outputs(logits)).backward();
            using var noGrad = no_grad();
            fer.Prepare(batch);
            TestData.AreClose(logits.grad!.data<float>(), fer.LossGradient(batch, new Outputs(logits))!, 1e-6, 1e-5, $"epoch {epoch}");
            fer.Observe(batch, new Outputs(logits));
        }
    }

    [TestMethod]
    public void Noisy_form_keeps_the_behavior_of_wrong_rows_and_the_gated_form_does_not()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new float[] { 2, 0, 0, 0, 3, 0 }).view(2, 3);
        var batch = TestData.Step(tensor(new long[] { 0, 0 }), tensor(new long[] { 1, 0 }), 3);
        using var gated = new FerOptions { Epochs = 2 }.CreateRegularizer(Context(2, 3));
        using var noisy = new FerOptions { Epochs = 2, NoisyLabels = true }.CreateRegularizer(Context(2, 3));
        gated.Observe(batch, new Outputs(logits));
        noisy.Observe(batch, new Outputs(logits));
        Assert.AreEqual(0, TestData.State(gated, "bank")[0].sum().item<float>());
        // Row 0 of the table holds the wrong row: mass 1 - exp(-mu p[0]), p[0] = 1 / (2 + e^3).
        var mass = 1 - Math.Exp(-1 / (2 + Math.Exp(3)));
        Assert.AreEqual(mass, TestData.State(noisy, "bank")[0].sum().item<float>(), 1e-6);
        Assert.AreEqual(TestData.State(gated, "bank")[1].sum().item<float>(), TestData.State(noisy, "bank")[1].sum().item<float>(), 1e-7);
    }

    [TestMethod]
    public void Latest_behavior_replaces_the_bank_row()
    {
        using var scope = NewDisposeScope();
        using var lwr = new FerOptions { Epochs = 3, NoisyLabels = true, AverageBehavior = false, Temperature = 2 }.CreateRegularizer(Context(1, 3));
        var first = TestData.Step(tensor(new long[] { 0 }), tensor(new long[] { 0 }), 3, 1, 3);
        lwr.Observe(first, new Outputs(tensor(new float[] { 5, 1, 0 }).view(1, 3)));
        var latest = tensor(new float[] { 0, 2, 1 }).view(1, 3);
        lwr.Observe(first, new Outputs(latest));
        TestData.AreClose(nn.functional.softmax(latest / 2, 1).data<float>(), TestData.State(lwr, "bank"), 1e-7, 1e-6, "bank");
    }

    [TestMethod]
    public void Bank_rows_have_a_mass_of_at_most_one_and_gamma_one_is_plain_cross_entropy()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(50), Prop.ForAll<int, PositiveInt>((seed, scale) =>
        {
            using var scope = NewDisposeScope();
            using var random = new Generator((ulong)(uint)seed);
            using var fer = new FerOptions { Epochs = 5, Gamma = 1, NoisyLabels = true }.CreateRegularizer(Context(8, 3));
            for (var epoch = 1; epoch <= 5; epoch++)
            {
                var batch = TestData.Step(arange(8, dtype: int64).remainder(3), randperm(8, dtype: int64, generator: random), 3, epoch, 5);
                var logits = randn([8, 3], generator: random).mul_(scale.Get % 30);
                TestData.AreClose([SoftTargets.CrossEntropy(new Outputs(logits).LogProbabilities, batch.Labels).mean().item<float>()], fer.Loss(batch, new Outputs(logits)).view(1), 1e-5, 1e-5, "loss");
                fer.Observe(batch, new Outputs(logits));
            }

            var mass = TestData.State(fer, "bank").sum([1]);
            return mass.le(1 + 1e-6).all().item<bool>() && mass.ge(0).all().item<bool>();
        }));
    }

    private static RegularizerContext Context(int rows, int classes) => new(new long[rows], classes, CPU, 1);
}
