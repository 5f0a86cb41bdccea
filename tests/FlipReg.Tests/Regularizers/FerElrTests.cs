using FlipReg.Regularizers;
using static TorchSharp.torch;

namespace FlipReg.Tests.Regularizers;

[TestClass]
public class FerElrTests
{
    public static IEnumerable<object[]> Files() => GoldenFile.Names("ferelr_*.json");

    [TestMethod]
    [DynamicData(nameof(Files))]
    public void Steps_in_plain_PyTorch_are_reproduced(string name)
    {
        using var file = new GoldenFile(name);
        var options = new FerElrOptions
        {
            Epochs = file.Epochs,
            Temperature = file.Parameters.GetProperty("T").GetDouble(),
            Mu = file.Parameters.GetProperty("mu").GetDouble(),
            Gamma = file.Parameters.GetProperty("gamma").GetDouble(),
            InitialEpochs = file.Parameters.GetProperty("init").GetInt32(),
            Strength = file.Parameters.GetProperty("strength").GetDouble(),
            TargetMomentum = file.Parameters.GetProperty("momentum").GetDouble(),
        };
        using var method = options.CreateRegularizer(Context(file.Rows, file.Classes));
        var steps = file.Replay(method, (state, i) =>
        {
            foreach (var bank in new[] { "bank", "targets" })
                TestData.AreClose(GoldenFile.Floats(state.GetProperty(bank)), TestData.State(method, bank), GoldenFile.Tolerance, GoldenFile.Tolerance, $"step {i} {bank}");
        }, method.EndEpoch);
        Assert.IsGreaterThan(10, steps);
    }

    [TestMethod]
    public void Strength_zero_is_fer_for_wrong_labels_and_targets_are_averages_of_probabilities()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(5);
        using var plain = new FerElrOptions { Epochs = 5, Strength = 0 }.CreateRegularizer(Context(8, 3));
        using var fer = new FerOptions { Epochs = 5, NoisyLabels = true }.CreateRegularizer(Context(8, 3));
        for (var epoch = 1; epoch <= 5; epoch++)
        {
            var batch = TestData.Step(arange(8, dtype: int64).remainder(3), randperm(8, dtype: int64, generator: random), 3, epoch, 5);
            var outputs = new Outputs(randn([8, 3], generator: random).mul_(4));
            foreach (var method in new Regularizer[] { plain, fer })
                method.Prepare(batch);
            TestData.AreClose(fer.LossGradient(batch, outputs)!.data<float>(), plain.LossGradient(batch, outputs)!, 0, 0, "gradient");
            TestData.AreClose(fer.Loss(batch, outputs).view(1).data<float>(), plain.Loss(batch, outputs).view(1), 0, 0, "loss");
            foreach (var method in new Regularizer[] { plain, fer })
                method.Observe(batch, outputs);
            // After e epochs an average that started at 0 has the mass 1 − βᵉ.
            TestData.AreClose(Enumerable.Repeat((float)(1 - Math.Pow(0.9, epoch)), 8), TestData.State(plain, "targets").sum([1]), 1e-6, 0, "mass");
        }
    }

    [TestMethod]
    public void A_certain_row_has_a_finite_gradient()
    {
        using var scope = NewDisposeScope();
        using var method = new FerElrOptions { Epochs = 400, TargetMomentum = 0 }.CreateRegularizer(Context(1, 3));
        var outputs = new Outputs(tensor(new float[] { 90, -90, 0 }).view(1, 3));
        for (var epoch = 1; epoch <= 3; epoch++)
        {
            var batch = TestData.Step(tensor(new long[] { 1 }), tensor(new long[] { 0 }), 3, epoch, 400);
            method.Prepare(batch);
            Assert.IsTrue(method.LossGradient(batch, outputs)!.isfinite().all().item<bool>());
            Assert.IsTrue(method.Loss(batch, outputs).isfinite().item<bool>());
            method.Observe(batch, outputs);
        }
    }

    private static RegularizerContext Context(int rows, int classes) => new(new long[rows], classes, CPU, 1);
}
