using FlipReg.Data;
using FlipReg.Data.Sparse;
using FlipReg.Networks;
using FlipReg.Training;
using static TorchSharp.torch;

namespace FlipReg.Tests.Sparse;

/// <summary>A fit on rows held sparse is the fit on the same rows held dense, but for rounding.</summary>
[TestClass]
public class SparseFitTests
{
    private const int Width = 300;

    public static IEnumerable<object[]> Fits()
    {
        yield return Fit("SGD", new CrossEntropyOptions());
        yield return Fit("SGD, weight decay", new CrossEntropyOptions { WeightDecay = 0.05 });
        yield return Fit("SGD without momentum", new CrossEntropyOptions { Momentum = 0, WeightDecay = 0.01 });
        yield return Fit("Nesterov", new CrossEntropyOptions { Nesterov = true, WeightDecay = 0.02 });
        yield return Fit("AdamW", new CrossEntropyOptions { Optimizer = OptimizerKind.AdamW, WeightDecay = 0.1 });
        yield return Fit("AdamW, no weight decay", new CrossEntropyOptions { Optimizer = OptimizerKind.AdamW, WeightDecay = 0, LearningRate = 0.01 });
        yield return Fit("dropout", new FerOptions { Network = NetworkSpec.Mlp([16, 16], dropout: 0.3) });
        yield return Fit("batch norm", new OlsOptions { Network = NetworkSpec.Mlp([16], batchNorm: true) });
        yield return Fit("companions", new CsKdOptions { Network = NetworkSpec.Mlp([16], batchNorm: true) });
        yield return Fit("snapshots", new SnapshotDistillationOptions { Optimizer = OptimizerKind.AdamW });
        yield return Fit("dropped rows", new PDiffOptions { NoiseRate = 0.2, RampEpochs = 1, Window = 3 });
        yield return Fit("without bias", new CrossEntropyOptions { Network = new NetworkSpec { Layers = [new LinearSpec(12, Bias: false), new ReluSpec()] } });
        yield return Fit("logistic regression", new CrossEntropyOptions { Network = NetworkSpec.Mlp([]) });
        yield return Fit("two linear layers", new CrossEntropyOptions { Network = new NetworkSpec { Layers = [new LinearSpec(5)] }, LearningRate = 0.02 });
        yield return Fit("average", new CrossEntropyOptions { WeightAverage = 0.5, WeightDecay = 0.02 });
        yield return Fit("average of Nesterov", new CrossEntropyOptions { WeightAverage = 1, Nesterov = true });
        yield return Fit("average without momentum", new CrossEntropyOptions { WeightAverage = 1, Momentum = 0 });
        yield return Fit("average of AdamW", new CrossEntropyOptions { WeightAverage = 1, Optimizer = OptimizerKind.AdamW, WeightDecay = 0.1 });
        yield return Fit("clipped", new CrossEntropyOptions { MaximumGradientNorm = 0.05, WeightDecay = 0.01 });
        yield return Fit("best epoch", new FerOptions { Keep = KeptWeights.Best, LearningRate = 0.3 });
        yield return Fit("ensemble", new FerOptions { Members = 3, WeightDecay = 0.01 });
        yield return Fit("temperature", new FerOptions { FitTemperature = true });
        yield return Fit("temperature of a logistic regression", new CrossEntropyOptions { FitTemperature = true, Network = NetworkSpec.Mlp([]) });
        yield return Fit("schedule", new CrossEntropyOptions { Schedule = ScheduleKind.MultiStep, WarmupEpochs = 1, WeightAverage = 0.3 });

        static object[] Fit(string name, TrainingOptions options) => [name, options];
    }

    [TestMethod]
    [DynamicData(nameof(Fits))]
    public void Held_sparse_or_dense_the_fit_is_the_same(string name, TrainingOptions options)
    {
        foreach (var (weighted, onHost) in new[] { (false, true), (true, true), (true, false) })
        {
            var (sparse, dense) = SparseData.Tables(200, Width, 3, weighted: weighted);
            var (sparseValidation, denseValidation) = SparseData.Tables(90, Width, 3, seed: 2);
            using (sparse)
            using (dense)
            using (sparseValidation)
            using (denseValidation)
            {
                Set(options);
                var expected = Train(options, dense, denseValidation);
                var found = Train(options, sparse, sparseValidation, onHost);
                using var network = expected.Network;
                using var other = found.Network;
                AreClose(Scores(network, denseValidation.Features), Scores(other, denseValidation.Features), 1e-5, name);
                foreach (var ((tensor, value), (_, same)) in network.State.Zip(other.State))
                    AreClose(value.ToHost<float>(), same.ToHost<float>(), 2e-5, $"{name}, {tensor}");
                foreach (var (report, sparseReport) in expected.History.Zip(found.History))
                {
                    Assert.AreEqual(report.TrainingLoss, sparseReport.TrainingLoss, 1e-5, name);
                    Assert.AreEqual(report.GradientNorm!.Value, sparseReport.GradientNorm!.Value, 1e-4 * report.GradientNorm.Value, name);
                    Assert.AreEqual(report.Validation!.Loss, sparseReport.Validation!.Loss, 1e-5, name);
                }
            }
        }
    }

    [TestMethod]
    public void Sparse_and_dense_rows_get_the_same_scores()
    {
        var (sparse, dense) = SparseData.Tables(70, 1200, 4);
        using (sparse)
        using (dense)
        {
            using var network = new Network(NetworkSpec.Mlp([32, 8]).Bind(1200, 4), CPU);
            using var initial = new Generator(3);
            network.Initialize(initial, initial);
            network.eval();
            Assert.IsTrue(network.TakesSparseRows);
            using var plain = new Network(network.Spec, CPU, sparse: false);
            plain.CopyFrom(network);
            plain.eval();
            var expected = Scores(plain, dense.Features);
            AreClose(expected, Scores(network, dense.Features), 1e-6, "dense rows");
            using var noGrad = no_grad();
            AreClose(expected, Softmax.Of(network.Forward(new SparseBatch(sparse.Sparse!, 0, 70))).contiguous().ToHost<float>(), 1e-6, "sparse rows");
            AreClose(network.Sparse!.Forward(new SparseBatch(sparse.Sparse!, 0, 70)).ToHost<float>(), network.Sparse.OnDevice(new SparseBatch(sparse.Sparse!, 0, 70)).ToHost<float>(), 1e-6, "as on a GPU");
        }
    }

    private static void Set(TrainingOptions options)
    {
        options.Epochs = 4;
        // As sparse rows are not encoded.
        options.InputEncoding = InputEncoding.None;
        options.BatchSize = 16;
        if (options.Network == NetworkSpec.Mlp())
            options.Network = NetworkSpec.Mlp([16]);
    }

    private static FitResult Train(TrainingOptions options, TrainingTable table, TrainingTable validation, bool? onHost = null) =>
        NetworkTrainer.Fit(table, validation, 3, options, new FitContext { Seed = 5, Device = CPU, RowsOnHost = onHost });

    private static float[] Scores(Network network, Tensor features)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return Softmax.Of(network.forward(features)).contiguous().ToHost<float>();
    }

    private static void AreClose(float[] expected, float[] found, double tolerance, string what)
    {
        Assert.HasCount(expected.Length, found, what);
        for (var i = 0; i < expected.Length; i++)
        {
            if (!(Math.Abs(expected[i] - found[i]) <= tolerance))
                Assert.Fail($"{what}[{i}]: expected {expected[i]:G9}, got {found[i]:G9}.");
        }
    }
}
