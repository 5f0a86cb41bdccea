using FlipReg;
using FlipReg.Tests.Networks.Images;
using Microsoft.ML;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>Networks for images under every trainer: trained, saved, loaded, exported, gone on with.</summary>
[TestClass]
public sealed class ImageNetworkTests : IDisposable
{
    private const double Tolerance = 2e-5;

    private static readonly int[] _first = [Stripes.Channels, Stripes.Height, Stripes.Width];
    private static readonly int[] _last = [Stripes.Height, Stripes.Width, Stripes.Channels];

    private readonly string _folder = Directory.CreateTempSubdirectory("images").FullName;

    public static IEnumerable<object[]> Trainers => TrainerUnderTest.Rows;

    public static IEnumerable<object[]> Networks => from network in ImageNetworks.All from opset in new[] { 12, 17 } select new object[] { network.Name, network.Spec, opset };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void Every_kind_of_layer_for_images_is_in_these_networks() => CollectionAssert.IsSubsetOf(
        typeof(LayerSpec).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(LayerSpec)) && t != typeof(SiluSpec) && t != typeof(CategoryEmbeddingSpec) && t != typeof(MemberInputSpec)).ToArray(),
        ImageNetworks.All.SelectMany(n => global::FlipReg.Networks.LayerTree.All(n.Spec.Layers)).Select(layer => layer.GetType()).Distinct().ToArray());

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Every_trainer_learns_images_and_its_file_scores_the_same(TrainerUnderTest trainer)
    {
        var context = new MLContext(1);
        using var model = trainer.CreateFast(context, Small).Fit(Stripes.View(context, Stripes.Rows(90), _first));
        var test = Stripes.View(context, Stripes.Rows(60, seed: 2), _first);
        var scored = model.Transform(test);
        Assert.IsGreaterThan(0.9, context.MulticlassClassification.Evaluate(scored).MicroAccuracy, trainer.Name);
        var path = Path.Combine(_folder, "model.zip");
        context.Model.SaveFile(model, test.Schema, path);
        using var loaded = (FlipRegPredictionTransformer)new MLContext().Model.LoadFile(path, out _);
        Assert.AreEqual(model.Model.Network, loaded.Model.Network);
        Assertions.AreClose(Blobs.Scores(context, scored), Blobs.Scores(context, loaded.Transform(test)), 0);
    }

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Onnx_Runtime_gives_our_scores(string name, NetworkSpec network, int opset)
    {
        var context = new MLContext(1);
        using var model = TrainerUnderTest.All[0].CreateFast(context, o => (o.Network, o.Epochs) = (network, 2)).Fit(Stripes.View(context, Stripes.Rows(30, interleaved: true), _last));
        Assert.AreEqual(ImageLayout.ChannelsLast, model.Model.Network.Layout);
        using var stream = new MemoryStream();
        model.Model.SaveOnnx(stream, new OnnxOptions { OpsetVersion = opset });
        OnnxChecker.Check(stream.ToArray());
        using var onnx = new OnnxScores(stream.ToArray());
        var rows = Stripes.Rows(12, seed: 3, interleaved: true);
        var (scores, _) = onnx.Run<string>([OnnxScores.Rows("Features", [.. rows.Select(r => r.Features)])]);
        Assertions.AreClose(Blobs.Scores(context, model.Transform(Stripes.View(context, rows, _last))), scores, Tolerance);
        var (one, _) = onnx.Run<string>([OnnxScores.Rows("Features", [rows[0].Features])]);
        Assertions.AreClose([scores[0]], one, Tolerance);
    }

    [TestMethod]
    public void Dimensions_tell_the_shape_and_the_order_does_not_matter()
    {
        var context = new MLContext(1);
        FlipRegPredictionTransformer Fit(IDataView data, ImageShape? shape = null) => TrainerUnderTest.Named("Fer").CreateFast(context, o =>
        {
            Small(o);
            (o.Epochs, o.ImageShape) = (1, shape);
        }).Fit(data);
        using var first = Fit(Stripes.View(context, Stripes.Rows(30), _first));
        using var last = Fit(Stripes.View(context, Stripes.Rows(30, interleaved: true), _last));
        using var flat = Fit(Stripes.View(context, Stripes.Rows(30)), new ImageShape(Stripes.Channels, Stripes.Height, Stripes.Width));
        using var given = Fit(Stripes.View(context, Stripes.Rows(30, interleaved: true), _last), new ImageShape(Stripes.Channels, Stripes.Height, Stripes.Width));
        Assert.AreEqual(new ImageShape(3, 9, 8), first.Model.Network.Image);
        Assert.AreEqual(first.Model.Network, flat.Model.Network);
        Assert.AreEqual(last.Model.Network, given.Model.Network);
        var expected = Blobs.Scores(context, first.Transform(Stripes.View(context, Stripes.Rows(9, seed: 2), _first)));
        Assertions.AreClose(expected, Blobs.Scores(context, flat.Transform(Stripes.View(context, Stripes.Rows(9, seed: 2)))), 0);
        Assertions.AreClose(expected, Blobs.Scores(context, last.Transform(Stripes.View(context, Stripes.Rows(9, seed: 2, interleaved: true), _last))), 1e-3);
        Assertions.Throws<ArgumentOutOfRangeException>(() => last.Transform(Stripes.View(context, Stripes.Rows(9), _first)), "Column 'Features' must hold images of 9, 8, 3, in this order, as in training. Got 3, 9, 8.");
    }

    [TestMethod]
    public void Shapes_that_cannot_be_are_errors()
    {
        var context = new MLContext(1);
        void Fails(string message, Action<TrainingOptions> change, params int[] dimensions) => Assertions.Throws<ArgumentOutOfRangeException>(
            () => TrainerUnderTest.Named("Fer").CreateFast(context, o =>
            {
                Small(o);
                change(o);
            }).Fit(Stripes.View(context, Stripes.Rows(9), dimensions)), message);
        Fails("Column 'Features' must have the three dimensions of an image, or ImageShape must be given, where Network takes images. Got 216 values in 1 dimensions. Set ImageShape = new ImageShape(channels, height, width).", _ => { });
        Fails("Column 'Features' must have 1, 3 or 4 channels either first or last, where ImageShape is not given. Got 3, 24, 3. Set ImageShape", _ => { }, 3, 24, 3);
        Fails("Column 'Features' must have 1, 3 or 4 channels either first or last, where ImageShape is not given. Got 2, 12, 9.", _ => { }, 2, 12, 9);
        Fails("Column 'Features' must have the 192 values of ImageShape, 3 × 8 × 8. Got 216.", o => o.ImageShape = new ImageShape(3, 8, 8));
        Fails("Column 'Features' must have the dimensions of ImageShape, 3 × 8 × 9, in the order (C, H, W) or (H, W, C). Got 3, 9, 8.", o => o.ImageShape = new ImageShape(3, 8, 9), _first);
        Fails("Conv2dSpec must get images of at least 10 pixels in height and width. Got 3 × 9 × 8. Use larger images, or a network with fewer strides.", o => o.Network = new NetworkSpec { Layers = [new Conv2dSpec(4, 10), new FlattenSpec()] }, _first);
        Fails("MaxPoolSpec must get images of at least 2 pixels", o => o.Network = NetworkSpec.SmallCnn([2, 2, 2, 2, 2]), _first);
        Fails("LinearSpec must get lists of values. Got images of 4 × 9 × 8. Put FlattenSpec or GlobalAveragePoolSpec before it.", o => o.Network = new NetworkSpec { Layers = [new Conv2dSpec(4, 3, 1, 1)] }, _first);
        Fails("Conv2dSpec must get images. Got rows of 216 values.", o => o.Network = new NetworkSpec { Layers = [new FlattenSpec(), new Conv2dSpec(4, 3, 1, 1)] }, _first);
    }

    /// <summary>Batch norms have state of their own: it is in checkpoints, in the best epoch's weights, in the average and in a warm start.</summary>
    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void A_fit_that_was_stopped_ends_as_one_that_was_not(TrainerUnderTest trainer)
    {
        void Change(TrainingOptions options)
        {
            Small(options);
            (options.Epochs, options.WeightAverage, options.Keep, options.ValidationFraction) = (4, 1, KeptWeights.Best, 0.2);
        }

        var context = new MLContext(1);
        var data = Stripes.View(context, Stripes.Rows(45), _first);
        using var whole = trainer.CreateFast(context, Change).Fit(data);
        Assert.ThrowsExactly<TimeoutException>(() => trainer.CreateFast(context, o =>
        {
            Change(o);
            (o.CheckpointDirectory, o.Progress) = (_folder, report => _ = report.Epoch == 2 ? throw new TimeoutException() : 0);
        }).Fit(data));
        using var goneOn = trainer.CreateFast(context, o =>
        {
            Change(o);
            o.CheckpointDirectory = _folder;
        }).Fit(data);
        Assert.AreEqual(Assertions.Fingerprint(whole.Model), Assertions.Fingerprint(goneOn.Model));

        using var further = trainer.CreateFast(context, o =>
        {
            Change(o);
            (o.InitialModel, o.LearningRate, o.Epochs) = (whole.Model, 1e-9, 1);
            o.EarlyStopping = new EarlyStopping { Patience = 1 };
        }).Fit(data);
        Assertions.AreClose(Blobs.Scores(context, whole.Transform(data)), Blobs.Scores(context, further.Transform(data)), 0.2);
        Assertions.Throws<ArgumentException>(() => trainer.CreateFast(context, o =>
        {
            Change(o);
            (o.InitialModel, o.ImageShape) = (whole.Model, new ImageShape(3, 8, 9));
        }).Fit(Stripes.View(context, Stripes.Rows(9))), "InitialModel must have been trained on the images of the data, 3 × 8 × 9, ChannelsFirst. Got 3 × 9 × 8, ChannelsFirst.");
    }

    private static void Small(TrainingOptions options) => (options.Network, options.Epochs, options.Threads) = (NetworkSpec.SmallCnn([8, 8]), 6, 1);
}
