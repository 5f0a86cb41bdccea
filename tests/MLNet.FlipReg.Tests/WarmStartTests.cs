using System.Runtime.CompilerServices;
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>A fit that starts from a trained model: what is taken over, and what is refused.</summary>
[TestClass]
public sealed class WarmStartTests
{
    /// <summary>So small that no weight changes.</summary>
    private const double TinyRate = 1e-30;

    private static readonly MLContext _context = new(1);
    private static readonly string[] _names = ["red", "green", "blue"];
    private static FlipRegPredictionTransformer _initial = null!;

    public static IEnumerable<object[]> Trainers => TrainerUnderTest.Rows;

    [ClassInitialize]
    public static void Train(TestContext _) => _initial = TrainerUnderTest.Named("Fer").Fit(_context, o => o.Epochs = 30);

    [ClassCleanup]
    public static void Free() => _initial.Dispose();

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void The_first_epoch_is_about_as_good_as_the_model(TrainerUnderTest trainer)
    {
        var data = Keyed(Blobs.Rows(60, seed: 4), _names);
        using var warm = trainer.CreateFast(_context, o => (o.Epochs, o.LearningRate, o.InitialModel) = (1, 0.001, _initial.Model)).Fit(data);
        using var cold = trainer.CreateFast(_context, o => (o.Epochs, o.LearningRate) = (1, 0.001)).Fit(data);
        var before = _context.MulticlassClassification.Evaluate(_initial.Transform(data)).MicroAccuracy;
        Assert.IsGreaterThan(0.9, before);
        Assert.AreEqual(before, warm.Model.History[0].TrainingAccuracy, 0.05);
        Assert.IsLessThan(before - 0.2, cold.Model.History[0].TrainingAccuracy);
    }

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Where_nothing_is_learned_nothing_changes(TrainerUnderTest trainer)
    {
        var before = Assertions.Fingerprint(_initial.Model);
        using var still = trainer.CreateFast(_context, o => Still(o, _initial.Model)).Fit(Keyed(Blobs.Rows(60), _names));
        Assert.AreEqual(before, Assertions.Fingerprint(still.Model));
        using var further = trainer.CreateFast(_context, o => o.InitialModel = _initial.Model).Fit(Keyed(Blobs.Rows(60), _names));
        using var again = trainer.CreateFast(_context, o => o.InitialModel = _initial.Model).Fit(Keyed(Blobs.Rows(60), _names));
        Assert.AreNotEqual(before, Assertions.Fingerprint(further.Model));
        Assert.AreEqual(Assertions.Fingerprint(further.Model), Assertions.Fingerprint(again.Model));
        Assert.AreEqual(before, Assertions.Fingerprint(_initial.Model), "The initial model stays as it is.");
        Assert.DoesNotContain("initialModel", further.Model.OptionsJson, StringComparison.OrdinalIgnoreCase);
    }

    [TestMethod]
    public void Classes_are_matched_by_name()
    {
        var lines = Infos(() => Check(["blue", "red", "green"]));
        CollectionAssert.Contains(lines, "Starts from a model of 3 classes: 3 taken over, 0 new, 0 dropped.");
        lines = Infos(() => Check(["mauve", "blue", "red", "green"]));
        CollectionAssert.Contains(lines, "Starts from a model of 3 classes: 3 taken over, 1 new 'mauve', 0 dropped.");
        lines = Infos(() => Check(["blue", "green"]));
        CollectionAssert.Contains(lines, "Starts from a model of 3 classes: 2 taken over, 0 new, 1 dropped 'red'.");
        lines = Infos(() => Check(["green", "mauve", "red", "pink"]));
        CollectionAssert.Contains(lines, "Starts from a model of 3 classes: 2 taken over, 2 new 'mauve', 'pink', 1 dropped 'blue'.");

        static void Check(string[] names)
        {
            using var model = Trainer(o => Still(o, _initial.Model)).Fit(Keyed(Blobs.Rows(60).Where(r => names.Contains(r.Label)), names));
            CollectionAssert.AreEqual(names, model.Model.ClassNames!.ToArray());
            var (old, now) = (_initial.Model.GetWeights(), model.Model.GetWeights());
            for (var i = 0; i < old.Count - 2; i++)
                CollectionAssert.AreEqual(old[i].Values, now[i].Values, old[i].Name);
            foreach (var last in new[] { old.Count - 2, old.Count - 1 })
            {
                var width = last == old.Count - 2 ? 8 : 1;
                for (var k = 0; k < names.Length; k++)
                {
                    var output = now[last].Values.AsSpan(k * width, width);
                    var source = Array.IndexOf(_names, names[k]);
                    if (source >= 0)
                        CollectionAssert.AreEqual(old[last].Values.AsSpan(source * width, width).ToArray(), output.ToArray(), names[k]);
                    else
                        // Uniform in ±1/√8, and drawn: none 0.
                        Assert.IsFalse(output.ContainsAnyExceptInRange(-0.354f, 0.354f) || output.Contains(0), names[k]);
                }
            }
        }
    }

    [TestMethod]
    public void A_new_class_is_learned()
    {
        string[] names = ["mauve", "green", "blue", "red"];
        var rows = Blobs.Rows(80);
        foreach (var row in rows.Where(r => r.Id % 5 == 4))
            (row.Label, row.Features) = ("mauve", [.. row.Features.Select(x => x - 2)]);
        var data = Keyed(rows, names);
        using var model = Trainer(o => (o.Epochs, o.InitialModel) = (20, _initial.Model)).Fit(data);
        Assert.IsGreaterThan(0.95, _context.MulticlassClassification.Evaluate(model.Transform(data)).MacroAccuracy);
    }

    [TestMethod]
    public void No_class_in_common_is_a_warning()
    {
        var context = new MLContext(1);
        var warnings = Log.Warnings(context);
        using var model = TrainerUnderTest.Named("Ols").CreateFast(context, o => o.InitialModel = _initial.Model).Fit(Keyed(Renamed(Blobs.Rows(30)), ["Red", "Green", "Blue"], context));
        CollectionAssert.AreEqual(new[] { "InitialModel shares no class with the data: only its hidden layers are taken over. Its classes are 'red', 'green', 'blue', those of the data 'Red', 'Green', 'Blue'." }, warnings);
    }

    [TestMethod]
    public void Saved_and_loaded_it_is_the_same_start()
    {
        var data = Keyed(Blobs.Rows(60, seed: 3), _names);
        using var loaded = (IDisposable)_context.Model.Load(new MemoryStream(ModelZip.Save(_context, _initial)), out _);
        var trainer = _context.MulticlassClassification.Trainers.Fer((FerOptions)TrainerUnderTest.Named("Fer").FastOptions());
        using var one = trainer.Fit(data, null, _initial.Model);
        using var two = trainer.Fit(data, null, (ITransformer)loaded);
        using var three = trainer.Fit(data, Keyed(Blobs.Rows(30, seed: 5), _names), _initial);
        Assert.AreEqual(Assertions.Fingerprint(one.Model), Assertions.Fingerprint(two.Model));
        Assert.AreEqual(Assertions.Fingerprint(one.Model), Assertions.Fingerprint(three.Model));
        Assert.AreEqual(30, three.Model.History[0].Validation!.Rows);
        using var cold = trainer.Fit(data);
        Assert.AreNotEqual(Assertions.Fingerprint(cold.Model), Assertions.Fingerprint(one.Model));
    }

    [TestMethod]
    public void In_a_pipeline_whose_keys_come_in_another_order()
    {
        IEstimator<ITransformer> Pipeline(Action<TrainingOptions> change) => _context.Transforms.Conversion.MapValueToKey("Label")
            .Append(TrainerUnderTest.Named("Fer").CreateFast(_context, change)).Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        var rows = Blobs.Rows(60);
        using var first = (IDisposable)Pipeline(o => o.Epochs = 30).Fit(_context.Data.LoadFromEnumerable(rows));
        using var file = (IDisposable)_context.Model.Load(new MemoryStream(ModelZip.Save(_context, (ITransformer)first)), out _);
        var initial = ((IEnumerable<ITransformer>)file).OfType<FlipRegPredictionTransformer>().Single().Model;
        Array.Reverse(rows);
        var data = _context.Data.LoadFromEnumerable(rows);
        using var second = (IDisposable)Pipeline(o => Still(o, initial)).Fit(data);
        var classifier = ((IEnumerable<ITransformer>)second).OfType<FlipRegPredictionTransformer>().Single();
        CollectionAssert.AreEqual(new[] { "blue", "green", "red" }, classifier.Model.ClassNames!.ToArray());
        var (old, now) = (((ITransformer)first).Transform(data), ((ITransformer)second).Transform(data));
        CollectionAssert.AreEqual(old.GetColumn<string>("PredictedLabel").ToArray(), now.GetColumn<string>("PredictedLabel").ToArray());
        Assertions.AreClose([.. Blobs.Scores(_context, old).Select(s => s.Reverse().ToArray())], Blobs.Scores(_context, now), 1e-6);

        using var onnx = new MemoryStream();
        classifier.Model.SaveOnnx(onnx);
        using var scores = new OnnxScores(onnx.ToArray());
        Assertions.AreClose(Blobs.Scores(_context, now), scores.Run<string>([OnnxScores.Rows("Features", [.. rows.Select(r => r.Features)])]).Scores, 1e-5);
    }

    [TestMethod]
    public void Without_names_the_order_decides()
    {
        NamelessRow[] Nameless(int rows) => [.. Blobs.Rows(rows).Select(r => new NamelessRow { Label = (uint)(Array.IndexOf(_names, r.Label) + 1), Features = r.Features })];
        var data = _context.Data.LoadFromEnumerable(Nameless(60));
        using var still = Trainer(o => Still(o, _initial.Model)).Fit(data);
        Assert.AreEqual(Assertions.Fingerprint(_initial.Model), Assertions.Fingerprint(still.Model));
        using var back = Trainer(o => Still(o, still.Model)).Fit(Keyed(Blobs.Rows(60), _names));
        Assert.AreEqual(Assertions.Fingerprint(_initial.Model), Assertions.Fingerprint(back.Model));
        Assertions.Throws<ArgumentException>(() => Trainer(o => Still(o, still.Model)).Fit(Keyed(Blobs.Rows(60), ["red", "green", "blue", "mauve"])),
            "InitialModel must have 4 classes, as the label's key: where one of the two has no class names, they are matched by their order. Got 3. Make the label's key with Conversion.MapValueToKey for both trainings.");
    }

    [TestMethod]
    public void Other_features_or_layers_are_refused()
    {
        Fails(o => o.FeatureColumnName = "Wide", "InitialModel must have been trained on 5 features, as the data have. Got a model of 4. Prepare the data with the transforms of its training, or start without it.");
        Fails(o => o.Network = NetworkSpec.Mlp([9]), "InitialModel must have the layers of the option Network. Layer 0 (counted from 0) is to be Linear 8 → 9. Got Linear 8 → 8. Set Network = new NetworkSpec { Layers = [.. initialModel.Network.Layers.SkipLast(1)] }, or start without the model.");
        Fails(o => o.Network = NetworkSpec.Mlp([8, 8]), "Layer 2 (counted from 0) is to be Linear 8 → 8. Got Linear 8 → 3.");
        Fails(o => o.Network = NetworkSpec.Mlp([]), "Layer 0 (counted from 0) is to be Linear 8 → 3. Got Linear 8 → 8.");
        Fails(o => o.Network = NetworkSpec.Mlp([8], batchNorm: true), "Layer 1 (counted from 0) is to be BatchNorm 8 (momentum 0.1, epsilon 1E-05). Got ReLU.");
        using var normed = Trainer(o => (o.Epochs, o.Network) = (1, NetworkSpec.Mlp([8], batchNorm: true))).Fit(Keyed(Blobs.Rows(30), _names));
        Fails(o => (o.InitialModel, o.Network) = (normed.Model, new NetworkSpec { Layers = [new LinearSpec(8), new BatchNormSpec(0.2), new ReluSpec()] }),
            "Layer 1 (counted from 0) is to be BatchNorm 8 (momentum 0.2, epsilon 1E-05). Got BatchNorm 8 (momentum 0.1, epsilon 1E-05).");
        // The remedy.
        using var further = Trainer(o => (o.InitialModel, o.Network) = (normed.Model, new NetworkSpec { Layers = [.. normed.Model.Network.Layers.SkipLast(1)] })).Fit(Keyed(Blobs.Rows(30), _names));

        static void Fails(Action<TrainingOptions> change, string part) =>
            Assertions.Throws<ArgumentException>(() => Trainer(((Action<TrainingOptions>)(o => o.InitialModel = _initial.Model)) + change)
                .Fit(_context.Transforms.Concatenate("Wide", "Features", "Weight").Fit(Keyed(Blobs.Rows(30), _names)).Transform(Keyed(Blobs.Rows(30), _names))), part);
    }

    [TestMethod]
    public void A_disposed_model_is_refused()
    {
        var model = TrainerUnderTest.Named("Fer").Fit(_context);
        model.Dispose();
        Assertions.Throws<ObjectDisposedException>(() => Trainer(o => o.InitialModel = model.Model).Fit(Keyed(Blobs.Rows(30), _names)),
            "InitialModel must not be disposed when Fit is called. Got a disposed model. Load it again, or dispose it after Fit.");
    }

    [TestMethod]
    public void A_chain_must_hold_one_classifier()
    {
        var data = Keyed(Blobs.Rows(30), _names);
        var trainer = _context.MulticlassClassification.Trainers.Fer((FerOptions)TrainerUnderTest.Named("Fer").FastOptions());
        var none = _context.Transforms.CopyColumns("Copy", "Features").Fit(data);
        Assertions.Throws<ArgumentException>(() => trainer.Fit(data, null, none), "initialModel must be a classifier of this library, or a chain that holds one. Got ColumnCopyingTransformer with 0. Pass the classifier's Model.");
        Assertions.Throws<ArgumentException>(() => trainer.Fit(data, null, none.Append(_initial).Append(none.Append(_initial))), "with 2. Pass the classifier's Model.");
        Assert.ThrowsExactly<ArgumentNullException>(() => trainer.Fit(data, null, (ITransformer)null!));
        Assert.ThrowsExactly<ArgumentNullException>(() => trainer.Fit(data, null, (FlipRegModelParameters)null!));
        using var one = trainer.Fit(data, null, none.Append(none.Append(_initial)));
        Assert.HasCount(5, one.Model.History);
    }

    [TestMethod]
    public void Names_that_are_one_text_are_refused()
    {
        var start = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var rows = Blobs.Rows(30).Select(r => new DateRow { Label = start.AddMilliseconds(Array.IndexOf(_names, r.Label)), Features = r.Features });
        var data = _context.Data.LoadFromEnumerable(rows);
        Assertions.Throws<ArgumentException>(() => Trainer(o => o.InitialModel = _initial.Model).Fit(_context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data)),
            "Classes must have distinct names as text to be matched by name. Got '01/01/2026 00:00:00' twice in the label's key. Convert the label to text before Conversion.MapValueToKey.");
    }

    [TestMethod]
    public void The_result_does_not_keep_the_model_alive()
    {
        var (initial, further) = Further();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.IsFalse(initial.TryGetTarget(out _));
        further.Dispose();

        [MethodImpl(MethodImplOptions.NoInlining)]
        static (WeakReference<FlipRegModelParameters> Initial, FlipRegPredictionTransformer Further) Further()
        {
            using var model = TrainerUnderTest.Named("Fer").Fit(_context);
            return (new(model.Model), Trainer(o => o.InitialModel = model.Model).Fit(Keyed(Blobs.Rows(30), _names)));
        }
    }

    private static IEstimator<FlipRegPredictionTransformer> Trainer(Action<TrainingOptions> change) => TrainerUnderTest.Named("Fer").CreateFast(_context, change);

    private static void Still(TrainingOptions options, FlipRegModelParameters initial) =>
        (options.InitialModel, options.LearningRate, options.WeightDecay) = (initial, TinyRate, 0);

    /// <summary>Rows whose label's keys come in the order of the names.</summary>
    private static IDataView Keyed(IEnumerable<BlobRow> rows, string[] names, MLContext? context = null)
    {
        context ??= _context;
        var order = context.Data.LoadFromEnumerable(names.Select(name => new BlobRow { Label = name, Features = new float[4] }));
        return context.Transforms.Conversion.MapValueToKey("Label").Fit(order).Transform(context.Data.LoadFromEnumerable(rows));
    }

    private static IEnumerable<BlobRow> Renamed(BlobRow[] rows)
    {
        foreach (var row in rows)
            row.Label = char.ToUpperInvariant(row.Label[0]) + row.Label[1..];
        return rows;
    }

    private static List<string> Infos(Action action)
    {
        var lines = new List<string>();
        void Add(object? sender, LoggingEventArgs e)
        {
            if (e.Kind == ChannelMessageKind.Info)
                lines.Add(e.RawMessage);
        }

        _context.Log += Add;
        action();
        _context.Log -= Add;
        return lines;
    }

    private sealed class NamelessRow
    {
        [KeyType(3)]
        public uint Label { get; set; }

        [VectorType(4)]
        public float[] Features { get; set; } = [];
    }

    private sealed class DateRow
    {
        public DateTime Label { get; set; }

        [VectorType(4)]
        public float[] Features { get; set; } = [];
    }
}
