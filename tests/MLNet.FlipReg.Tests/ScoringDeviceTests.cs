using FlipReg;
using FlipReg.Data;
using FlipReg.Networks;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.FlipReg.Scoring;
using MLNet.FlipReg.Tests.Support;
using TorchSharp;

namespace MLNet.FlipReg.Tests;

/// <summary>Where batches are scored: on the context's GPU, else on the CPU, wherever the model was trained.</summary>
[TestClass]
public sealed class ScoringDeviceTests
{
    private static readonly TrainerUnderTest _fer = TrainerUnderTest.Named("Fer");

    [TestMethod]
    public void The_context_chooses_the_device()
    {
        Assert.AreEqual("cpu", Device(new MLContext(), gpus: 2).Choose().ToString());
        Assert.AreEqual("cuda:1", Device(new MLContext { GpuDeviceId = 1 }, gpus: 2).Choose().ToString());
        var absent = Device(new MLContext { GpuDeviceId = 2 }, gpus: 2);
        for (var i = 0; i < 2; i++)
        {
            Assertions.Throws<InvalidOperationException>(() => absent.Choose(), "CUDA device 2 must be present. Got 2 CUDA devices.", "set MLContext.FallbackToCpu", "or load the model in a context without GpuDeviceId.");
        }
    }

    [TestMethod]
    public void The_cpu_serves_where_the_context_allows_it_and_says_so_once()
    {
        var context = new MLContext { GpuDeviceId = 0, FallbackToCpu = true };
        var warnings = Warnings(context);
        var device = Device(context, gpus: 0);
        Assert.AreEqual("cpu", device.Choose().ToString());
        Assert.AreEqual("cpu", device.Choose().ToString());
        CollectionAssert.AreEqual(new[] { "CUDA device 0 must be present. Got 0 CUDA devices. Scoring runs on the CPU." }, warnings);
    }

    [TestMethod]
    public void A_model_loads_anywhere_and_scores_where_its_context_says()
    {
        if (torch.cuda.is_available())
            Assert.Inconclusive("This machine has a GPU.");
        var plain = new MLContext(1);
        using var trained = _fer.Fit(plain);
        var saved = ModelZip.Save(plain, trained);
        var expected = Blobs.Scores(plain, trained.Transform(Blobs.Keyed(plain)));

        var strict = new MLContext { GpuDeviceId = 0 };
        using var loaded = (FlipRegPredictionTransformer)strict.Model.Load(new MemoryStream(saved), out _);
        var view = loaded.Transform(Blobs.Keyed(strict));
        Assertions.Throws<InvalidOperationException>(() => Blobs.Scores(strict, view), "CUDA device 0 must be present. Got 0 CUDA devices.");
        Assert.AreEqual(60, view.GetColumn<int>("Id").Count(), "Without scores no device is needed.");
        // Rows one by one need none either.
        using var engine = strict.Model.CreatePredictionEngine<BlobRow, KeyedScore>(loaded);
        Assert.HasCount(3, engine.Predict(Blobs.Rows(1)[0]).Score);

        var lenient = new MLContext { GpuDeviceId = 0, FallbackToCpu = true };
        var warnings = Warnings(lenient);
        using var fallen = (FlipRegPredictionTransformer)lenient.Model.Load(new MemoryStream(saved), out _);
        Assertions.AreSame(expected, Blobs.Scores(lenient, fallen.Transform(Blobs.Keyed(lenient))));
        Assertions.AreSame(expected, Blobs.Scores(lenient, fallen.Transform(Blobs.Keyed(lenient))));
        CollectionAssert.AreEqual(new[] { "CUDA device 0 must be present. Got 0 CUDA devices. Scoring runs on the CPU." }, warnings);
    }

    [TestMethod]
    public void On_another_device_all_is_computed_there_and_read_once_a_batch()
    {
        using var trained = _fer.Fit(new MLContext(1), o => (o.Network, o.InputEncoding) = (NetworkSpec.Mlp([]), InputEncoding.None));
        using var rows = new RowMemory(4, 4);
        var reads = HostReads.Count;
        // The meta device computes shapes alone (and knows linear layers and softmax). It refuses operands on two devices as a GPU does, and comes
        // as far as the read of the scores.
        var error = Assert.Throws<Exception>(() => trained.Model.Scores.Score(new torch.Device(DeviceType.META), new RowsToScore(rows, 3), new float[9]));
        StringAssert.Contains(error.Message, "Cannot copy out of meta tensor", StringComparison.Ordinal);
        Assert.AreEqual(1, HostReads.Count - reads);
        var scores = new float[9];
        trained.Model.Scores.Score(torch.CPU, new RowsToScore(rows, 3), scores);
        Assert.AreEqual(3, scores.Sum(), 1e-5);
    }

    [TestMethod]
    public void A_gpu_scores_as_the_cpu_does_whichever_trained()
    {
        if (!torch.cuda.is_available())
            Assert.Inconclusive("This machine has no GPU.");
        foreach (var device in new[] { DeviceKind.Cpu, DeviceKind.Cuda })
        {
            var cpu = new MLContext(1);
            using var trained = _fer.Fit(cpu, o => (o.Device, o.Network) = (device, NetworkSpec.Mlp([64, 64], batchNorm: true)));
            var saved = ModelZip.Save(cpu, trained);
            var gpu = new MLContext { GpuDeviceId = 0 };
            using var loaded = (FlipRegPredictionTransformer)gpu.Model.Load(new MemoryStream(saved), out _);
            Assert.AreEqual("cuda:0", loaded.Device.Choose().ToString());
            var rows = Blobs.Rows(3000);
            Assertions.AreClose(Blobs.Scores(cpu, trained.Transform(Blobs.Keyed(cpu, rows))), Blobs.Scores(gpu, loaded.Transform(Blobs.Keyed(gpu, rows))), 1e-5);
        }
    }

    [TestMethod]
    public void Wide_layers_get_few_rows_at_once()
    {
        var context = new MLContext(1);
        using var trained = _fer.Fit(context, o => (o.Network, o.Epochs) = (NetworkSpec.Mlp([200_000]), 1));
        var schema = new ScoreSchema(Blobs.Keyed(context).Schema, trained.Model);
        Assert.AreEqual(400_003, schema.RowValues);
        using var source = Blobs.Keyed(context, 300).GetRowCursor(schema.Input);
        using var cursor = new ScoringCursor(schema, trained.Model.Scores, torch.CPU, source, [.. schema.Output.Select(_ => true)]);
        Assert.AreEqual((1 << 24) / 400_003, cursor.Capacity);
    }

    private sealed class KeyedScore
    {
        public float[] Score { get; set; } = [];
    }

    private static ScoringDevice Device(MLContext context, int gpus) => new((IHostEnvironment)context, () => gpus);

    private static List<string> Warnings(MLContext context)
    {
        var warnings = new List<string>();
        context.Log += (_, e) =>
        {
            if (e.Kind == ChannelMessageKind.Warning)
                warnings.Add(e.RawMessage);
        };
        return warnings;
    }
}
