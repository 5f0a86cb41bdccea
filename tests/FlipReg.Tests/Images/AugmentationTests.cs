using FlipReg.Data;
using FlipReg.Images;
using FlipReg.Regularizers;
using FlipReg.Regularizers.CrossEntropy;
using FlipReg.Training;
using FlipReg.Training.Checkpoints;
using static TorchSharp.torch;

namespace FlipReg.Tests.Images;

/// <summary>What is drawn for images and what is made of it, on whole batches.</summary>
[TestClass]
public sealed class AugmentationTests
{
    private const int Steps = 50;
    private const int BatchSize = 32;
    private static readonly ImageShape _shape = new(3, 12, 10);

    /// <summary>All that can be asked for at once.</summary>
    private static readonly ImageAugmentation _all = new() { CropPadding = 2, HorizontalFlip = 0.5, TrivialAugment = true, Cutout = 5, Mixup = 0.4, CutMix = 1 };

    [TestMethod]
    public void A_batch_follows_from_seed_epoch_and_step_alone()
    {
        using var whole = Batches(7, 1, 0, 4);
        using var scope = NewDisposeScope();
        // Four steps at once, and one by one: the same.
        var parts = cat([.. Enumerable.Range(0, 4).Select(step => Batches(7, 1, step, 1))]);
        AreEqual(whole, parts);
        AreEqual(whole, Batches(7, 1, 0, 4));
        foreach (var other in new[] { Batches(8, 1, 0, 4), Batches(7, 2, 0, 4) })
            Assert.IsGreaterThan(1000, whole.ne(other).sum().ToHost<long>()[0]);

        static Tensor Batches(int seed, int epoch, int step, int steps)
        {
            using var table = ImageTables.Table(100, 4, _shape);
            var options = new CrossEntropyOptions { BatchSize = 25, Images = new ImageOptions { Shape = _shape, Augmentation = _all } }.Resolve(100, 3, seed);
            using var encoded = table.Encoded(PixelScaling.Of(table.Pixels!, options.Images!).ToEncoder());
            using var rows = new EpochRows(encoded, 4, options, RowWeights.Of(encoded, 4, ClassWeights.None), CPU, 5);
            rows.Shuffle(epoch);
            return rows.Block(step, steps, epoch).Features;
        }
    }

    [TestMethod]
    public void Crops_and_flips_move_pixels_as_drawn()
    {
        var options = new ImageAugmentation { CropPadding = 3, HorizontalFlip = 0.3 };
        var draws = Draws(options);
        Assert.AreEqual(0.3, draws.Flip.Average(flip => flip ? 1 : 0), 0.04);
        for (var offset = 0; offset <= 6; offset++)
        {
            Assert.AreEqual(1.0 / 7, draws.Top.Average(top => top == offset ? 1 : 0), 0.03);
            Assert.AreEqual(1.0 / 7, draws.Left.Average(left => left == offset ? 1 : 0), 0.03);
        }

        var bytes = ImageTables.Bytes(Steps * BatchSize, _shape);
        var varied = new ImageAugmenter(options, _shape, 1).Vary(ImageTables.Images(bytes, _shape), draws).ToHost<byte>();
        for (var row = 0; row < Steps * BatchSize; row += 7)
        {
            for (var i = 0; i < _shape.Values; i++)
            {
                var (c, y, x) = (i / 120, i / 10 % 12, i % 10);
                var (fromY, fromX) = (y + (int)draws.Top[row] - 3, (draws.Flip[row] ? 9 - x : x) + (int)draws.Left[row] - 3);
                var expected = fromY is >= 0 and < 12 && fromX is >= 0 and < 10 ? bytes[(row * _shape.Values) + (c * 120) + (fromY * 10) + fromX] : 0;
                Assert.AreEqual(expected, varied[(row * _shape.Values) + i], $"row {row}, value {i}");
            }
        }
    }

    [TestMethod]
    public void Resized_crops_have_the_area_asked_for()
    {
        var draws = Draws(new ImageAugmentation { ResizedCropArea = 0.25, HorizontalFlip = 0.5 });
        var areas = draws.Crop.Select(box => (double)box.Height * box.Width).ToList();
        Assert.IsGreaterThanOrEqualTo(0.249, areas.Min());
        Assert.IsLessThanOrEqualTo(1.001, areas.Max());
        // Large areas of a wide aspect do not fit, and are drawn again: the mean is a little below that of an even distribution.
        Assert.AreEqual(0.58, areas.Average(), 0.05);
        Assert.IsTrue(draws.Crop.All(box => box.Top >= 0 && box.Left >= 0 && box.Top + box.Height <= 1.0001 && box.Left + box.Width <= 1.0001));
        Assert.IsTrue(draws.Crop.All(box => box.Height / box.Width is > 0.74f and < 1.34f || box.Height * box.Width > 0.999f));

        // A ramp stays a ramp: the crop's first and last columns tell where they come from.
        var ramp = Enumerable.Range(0, 32 * 32).Select(i => i % 32 * 8f).ToArray();
        var image = tensor(ramp).view(1, 1, 32, 32);
        var crop = AffineSampler.Sample(image, AffineSampler.Crops([new(0.25f, 0.5f, 0.5f, 0.25f)], [false])).ToHost<float>();
        Assert.AreEqual(8 * ((0.5 * 32) + (0.5 * 0.25) - 0.5), crop[0], 1e-3);
        var mirrored = AffineSampler.Sample(image, AffineSampler.Crops([new(0.25f, 0.5f, 0.5f, 0.25f)], [true])).ToHost<float>();
        CollectionAssert.AreEqual(crop[..32].Reverse().Select(v => MathF.Round(v, 2)).ToArray(), mirrored[..32].Select(v => MathF.Round(v, 2)).ToArray());
    }

    [TestMethod]
    public void Affine_maps_move_images_as_they_say()
    {
        var image = rand([2, 3, 8, 8], generator: new Generator(1)).mul(255);
        AreClose(image, AffineSampler.Sample(image, [1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0]), 1e-3);
        // A quarter turn: x' = y, y' = −x.
        AreClose(image.transpose(2, 3).flip(3), AffineSampler.Sample(image, [0, 1, 0, -1, 0, 0, 0, 1, 0, -1, 0, 0]), 1e-2);
        // Two pixels to the left, black behind.
        var shifted = AffineSampler.Sample(image, [1, 0, 0.5f, 0, 1, 0, 1, 0, 0.5f, 0, 1, 0]);
        AreClose(image.narrow(3, 2, 6), shifted.narrow(3, 0, 6), 1e-3);
        Assert.AreEqual(0f, shifted.narrow(3, 6, 2).abs().max().ToHost<float>()[0], 1e-3f);
        var map = AffineSampler.Map(ImageChange.Rotate, 1, new ImageShape(3, 20, 10));
        Assert.AreEqual(Math.Cos(Math.PI / 6), map[0], 1e-6);
        // On an image twice as high as wide the turn is the same one in pixels.
        Assert.AreEqual(2 * Math.Sin(Math.PI / 6), map[1], 1e-6);
        Assert.AreEqual(-Math.Sin(Math.PI / 6) / 2, map[3], 1e-6);
    }

    [TestMethod]
    public void Changes_do_what_their_names_say()
    {
        var pattern = ImageTables.Images(ImageTables.Bytes(1, _shape), _shape).to(float32);
        AreClose(pattern.mul(0.1), Change(ImageChange.Brightness, -1), 1e-3);
        AreClose(pattern.mul(1.9).clamp(0, 255), Change(ImageChange.Brightness, 1), 1e-3);
        AreClose(pattern, Change(ImageChange.Color, 0), 1e-3);
        AreClose(pattern, Change(ImageChange.Sharpness, 0), 1e-3);
        AreClose(pattern, Change(ImageChange.Solarize, 0), 1e-3);
        AreClose(pattern.neg().add(255), Change(ImageChange.Solarize, 1), 1e-3);
        AreClose(pattern.div(16).floor().mul(16), Change(ImageChange.Posterize, 1), 1e-3);
        AreClose(pattern, Change(ImageChange.Posterize, 0), 1e-3);
        var grey = pattern.narrow(1, 0, 1).expand(1, 3, 12, 10).contiguous();
        AreClose(grey, Change(ImageChange.Color, 0.7f, grey), 1e-2);
        Assert.IsLessThan(pattern.std().ToHost<float>()[0] * 0.2f, Change(ImageChange.Contrast, -1).std().ToHost<float>()[0]);
        var stretched = Change(ImageChange.AutoContrast, 0, pattern.div(2).add(20));
        Assert.AreEqual(0f, stretched.amin([2, 3]).max().ToHost<float>()[0], 1e-3f);
        Assert.AreEqual(255f, stretched.amax([2, 3]).min().ToHost<float>()[0], 1e-2f);
        var flat = full([1, 3, 12, 10], 77f);
        foreach (var change in new[] { ImageChange.Contrast, ImageChange.Sharpness, ImageChange.Color, ImageChange.AutoContrast })
            AreClose(flat, Change(change, 0.9f, flat), 1e-2);
        // Smoothed where the factor is below 1: a lone bright pixel spreads.
        var dot = zeros([1, 1, 12, 10]);
        dot.narrow(2, 5, 1).narrow(3, 5, 1).fill_(130);
        var smooth = Change(ImageChange.Sharpness, -1, dot).ToHost<float>();
        Assert.AreEqual(13 + (0.9 * 50), smooth[55], 1e-2);
        Assert.AreEqual(0.9 * 10, smooth[54], 1e-2);

        Tensor Change(ImageChange change, float strength, Tensor? images = null)
        {
            var source = (images ?? pattern).clone();
            var draws = new AugmentationDraws(new ImageAugmentation { TrivialAugment = true }, _shape, 1);
            (draws.Change[0], draws.Strength[0]) = (change, strength);
            return ImageChanges.Apply(source, draws);
        }
    }

    [TestMethod]
    public void Trivial_augment_draws_every_change_and_stays_in_range()
    {
        var options = new ImageAugmentation { TrivialAugment = true };
        var draws = Draws(options);
        foreach (var change in Enum.GetValues<ImageChange>())
            Assert.AreEqual(1.0 / 13, draws.Change.Average(drawn => drawn == change ? 1 : 0), 0.025, change.ToString());
        Assert.AreEqual(0, draws.Strength.Where((_, i) => draws.Change[i] < ImageChange.Posterize).Average(), 0.06);
        Assert.AreEqual(0.5, draws.Strength.Where((_, i) => draws.Change[i] >= ImageChange.Posterize).Average(), 0.06);
        var varied = new ImageAugmenter(options, _shape, 1).Vary(ImageTables.Images(ImageTables.Bytes(Steps * BatchSize, _shape), _shape), draws);
        Assert.IsGreaterThanOrEqualTo(-1e-3f, varied.min().ToHost<float>()[0]);
        Assert.IsLessThanOrEqualTo(255.01f, varied.max().ToHost<float>()[0]);
    }

    [TestMethod]
    public void Cutout_blanks_the_squares_drawn()
    {
        var options = new ImageAugmentation { Cutout = 4 };
        var draws = Draws(options);
        var rows = Steps * BatchSize;
        var left = new ImageAugmenter(options, _shape, 1).BlankAndMix(ones([rows, _shape.Values]), draws).ToHost<float>();
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < _shape.Values; i++)
            {
                var (y, x) = (i / 10 % 12, i % 10);
                var blank = y >= draws.CutTop[row] && y < draws.CutTop[row] + 4 && x >= draws.CutLeft[row] && x < draws.CutLeft[row] + 4;
                Assert.AreEqual(blank ? 0f : 1f, left[(row * _shape.Values) + i]);
            }
        }

        // Its centre is anywhere in the image.
        CollectionAssert.AreEquivalent(Enumerable.Range(-2, 12).Select(i => (long)i).ToArray(), draws.CutTop.Distinct().ToArray());
    }

    [TestMethod]
    [DataRow(0.2)]
    [DataRow(1.0)]
    [DataRow(3.0)]
    public void Mixup_blends_pairs_of_a_step_by_beta(double alpha)
    {
        var options = new ImageAugmentation { Mixup = alpha };
        var draws = Draws(options, 2000);
        var shares = draws.Share.Where((_, i) => i % BatchSize == 0).ToList();
        Assert.AreEqual(0.5, shares.Average(), 0.03);
        Assert.AreEqual(1 / (4 * ((2 * alpha) + 1)), shares.Average(share => Math.Pow(share - 0.5, 2)), 0.01);
        for (var first = 0; first < 2000 * BatchSize; first += BatchSize)
            CollectionAssert.AreEquivalent(Enumerable.Range(first, BatchSize).Select(i => (long)i).ToArray(), draws.Partner[first..(first + BatchSize)]);

        var few = Draws(options, 2);
        var images = rand([2 * BatchSize, _shape.Values], generator: new Generator(2));
        var labels = arange(2 * BatchSize);
        var mixed = new ImageAugmenter(options, _shape, 1).BlankAndMix(images, few);
        var share = tensor(few.Share).view(-1, 1);
        AreClose(images.mul(share).add(images.index_select(0, tensor(few.Partner)).mul(share.neg().add(1))), mixed, 1e-6);
        var mix = new ImageAugmenter(options, _shape, 1).Labels(labels, few)!;
        CollectionAssert.AreEqual(few.Partner, mix.Labels.ToHost<long>());
        CollectionAssert.AreEqual(few.Share, mix.Share.ToHost<float>());
    }

    [TestMethod]
    public void CutMix_counts_labels_by_the_pixels_that_are_left()
    {
        var options = new ImageAugmentation { CutMix = 1 };
        var draws = Draws(options);
        var rows = Steps * BatchSize;
        // Each image is its own number: a mixed one has two.
        var images = arange(rows).to(float32).view(-1, 1).expand(rows, _shape.Values).contiguous();
        var mixed = new ImageAugmenter(options, _shape, 1).BlankAndMix(images, draws).ToHost<float>();
        for (var row = 0; row < rows; row++)
        {
            var pixels = mixed.AsSpan(row * _shape.Values, _shape.Values).ToArray();
            Assert.IsTrue(pixels.All(value => value == row || value == draws.Partner[row]));
            if (draws.Partner[row] != row)
                Assert.AreEqual(draws.Share[row], pixels.Count(value => value == row) / (double)_shape.Values, 1e-5);
        }

        Assert.IsGreaterThan(20, draws.Share.Distinct().Count());
    }

    [TestMethod]
    public void The_gradient_on_mixed_labels_is_that_of_the_loss()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (labels, partners) = (tensor(new long[] { 0, 1, 2, 1 }), tensor(new long[] { 2, 1, 0, 0 }));
        var batch = new Batch(null, labels, arange(4), full([4, 1], 0.25f)) { Classes = 3, Epoch = 1, Epochs = 1, Mix = new LabelMix(partners, tensor(new[] { 0.3f, 0.6f, 1f, 0f }).view(-1, 1)) };
        var logits = rand([4, 3], generator: new Generator(3)).mul(4);
        using var method = new CrossEntropyRegularizer();
        method.Prepare(batch);
        var gradient = method.LossGradient(batch, new Outputs(logits));
        using var grad = enable_grad();
        var variable = logits.detach().requires_grad_();
        method.Loss(batch, new Outputs(variable)).backward();
        AreClose(variable.grad!, gradient, 1e-6);
        // Of the last row all belongs to the partner's class.
        var single = nn.functional.cross_entropy(logits.narrow(0, 3, 1), partners.narrow(0, 3, 1)).ToHost<float>()[0];
        var ofPartner = new Batch(null, labels.narrow(0, 3, 1), arange(1), ones([1, 1])) { Classes = 3, Epoch = 1, Epochs = 1, Mix = new LabelMix(partners.narrow(0, 3, 1), zeros([1, 1])) };
        Assert.AreEqual(single, method.Loss(ofPartner, new Outputs(logits.narrow(0, 3, 1))).ToHost<float>()[0], 1e-6f);
    }

    [TestMethod]
    public void A_fit_that_was_stopped_ends_with_the_bits_of_one_that_was_not()
    {
        var directory = Directory.CreateTempSubdirectory("checkpoints").FullName;
        using var table = ImageTables.Table(90, 3, _shape);
        using var validation = ImageTables.Table(60, 3, _shape, seed: 2);
        var options = new CrossEntropyOptions { Epochs = 4, BatchSize = 10, Network = NetworkSpec.Mlp([6]), Images = new ImageOptions { Shape = _shape, Augmentation = _all } };
        var expected = Whole(int.MaxValue);
        (options.CheckpointDirectory, options.CheckpointMinutes) = (directory, 1e-9);
        var stops = 0;
        while (true)
        {
            try
            {
                Assert.AreEqual(expected, Whole(1 + (stops * 3)));
                break;
            }
            catch (OperationCanceledException)
            {
                stops++;
            }
        }

        Assert.IsGreaterThan(3, stops);
        Directory.Delete(directory, recursive: true);

        string Whole(int stepsAllowed)
        {
            var steps = 0;
            using var store = options.CheckpointDirectory is { } folder ? CheckpointStore.Open(folder, _ => { }) : null;
            var result = NetworkTrainer.Fit(table, validation, 3, options, new FitContext { Seed = 4, Device = CPU, Checkpoints = store, IsCanceled = () => ++steps > stepsAllowed });
            using (result.Network)
                return string.Join(",", result.Network.FlatParameters.ToHost<float>()) + result.History[^1].Validation!.Loss;
        }
    }

    private static AugmentationDraws Draws(ImageAugmentation options, int steps = Steps) => new ImageAugmenter(options, _shape, 11).Draw(1, 0, steps * BatchSize, BatchSize);

    private static void AreEqual(Tensor expected, Tensor actual) => CollectionAssert.AreEqual(expected.ToHost<float>(), actual.ToHost<float>());

    private static void AreClose(Tensor expected, Tensor actual, double tolerance) =>
        Assert.IsLessThan(tolerance, expected.sub(actual).abs().max().to(float64).ToHost<double>()[0]);
}
