using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>Features from several columns of numbers and of categories, on every trainer.</summary>
[TestClass]
public sealed class ColumnTests
{
    private static readonly MLContext _context = new(1);

    [TestMethod]
    [DynamicData(nameof(TrainerUnderTest.RowsOfAllKinds), typeof(TrainerUnderTest))]
    public void Categories_and_numbers_are_learned_kept_and_scored_alike(TrainerUnderTest trainer)
    {
        using var model = Fit(trainer, Purchase.Rows(600), o => (o.Epochs, o.LearningRate) = (60, 0.1));
        CollectionAssert.AreEqual(Purchase.Columns, model.FeatureColumnNames.ToArray());
        Assert.AreEqual(6, model.Model.FeatureCount);
        StringAssert.Contains(model.Model.Summary(), "3 categories)\n", StringComparison.Ordinal);
        StringAssert.Contains(model.Model.Summary(), "\nEmbedding ", StringComparison.Ordinal);
        var test = View(trainer, Purchase.Rows(300, seed: 2));
        var accuracy = trainer.IsBinary ? _context.BinaryClassification.Evaluate(model.Transform(test)).Accuracy : _context.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy;
        Assert.IsGreaterThan(0.93, accuracy);

        var odd = Purchase.Rows(100, seed: 3, unseen: true);
        var expected = trainer.Scores(_context, model.Transform(View(trainer, odd)));
        Assert.IsTrue(expected.All(row => row.All(float.IsFinite)));
        using var loaded = Reload(model);
        Assertions.AreSame(expected, trainer.Scores(_context, loaded.Transform(View(trainer, odd))));
        Assert.AreEqual(model.Model.Summary(), loaded.Model.Summary());
        CollectionAssert.AreEqual(Purchase.Columns, loaded.FeatureColumnNames.ToArray());
        Assertions.AreClose(expected, odd.Chunk(7).SelectMany(rows => trainer.Scores(_context, model.Transform(View(trainer, rows)))).ToArray(), 1e-6);
        var given = model.Transform(test).Schema;
        Assert.IsTrue(model.GetOutputSchema(test.Schema).Select(c => (c.Name, c.Type)).SequenceEqual(given.Select(c => (c.Name, c.Type))));
        Assert.IsNotNull(Trainer(trainer).GetOutputSchema(Shapes.Of(_context, test)).Single(c => c.Name == "Score"));
    }

    [TestMethod]
    public void A_prediction_engine_takes_raw_rows()
    {
        var chain = Purchase.Keys(_context);
        using var model = (FlipRegPredictionTransformer)Fit(TrainerUnderTest.Named("Fer"), Purchase.Rows(200));
        using var engine = _context.Model.CreatePredictionEngine<Purchase, ScoreRow>(new TransformerChain<ITransformer>(chain, model));
        var rows = Purchase.Rows(40, seed: 5, unseen: true);
        var expected = Blobs.Scores(_context, model.Transform(Purchase.View(_context, rows)));
        Assertions.AreClose(expected, [.. rows.Select(row => engine.Predict(row).Score)], 1e-6);
    }

    [TestMethod]
    public void Numbers_of_several_columns_are_those_of_a_concatenated_one_to_the_bit()
    {
        var trainer = TrainerUnderTest.Named("Ols");
        var rows = Purchase.Rows(200, unseen: true);
        var joined = _context.Transforms.Concatenate("Features", "Price", "Sizes").Fit(View(trainer, rows));
        foreach (var validation in new[] { 0.0, 0.25 })
        {
            using var one = trainer.CreateFast(_context, o => o.ValidationFraction = validation).Fit(joined.Transform(View(trainer, rows)));
            using var several = trainer.CreateFast(_context, o => (o.ValidationFraction, o.NumericColumnNames) = (validation, ["Price", "Sizes"])).Fit(View(trainer, rows));
            Assert.AreEqual(Assertions.Fingerprint(one.Model), Assertions.Fingerprint(several.Model));
            Assertions.AreSame(trainer.Scores(_context, one.Transform(joined.Transform(View(trainer, rows)))), trainer.Scores(_context, several.Transform(View(trainer, rows))));
        }

        // One vector, whatever option names it, is a feature column.
        using var single = trainer.CreateFast(_context, o => o.NumericColumnNames = ["Sizes"]).Fit(View(trainer, rows));
        Assert.AreEqual("Sizes", single.FeatureColumnName);
        using var set = trainer.CreateFast(_context, o => o.FeatureColumnName = "Sizes").Fit(View(trainer, rows));
        Assert.AreEqual(Assertions.Fingerprint(single.Model), Assertions.Fingerprint(set.Model));
    }

    [TestMethod]
    public void The_feature_column_is_read_where_it_is_set_and_left_out_with_a_warning_where_not()
    {
        var context = new MLContext(1);
        var warnings = new List<string>();
        context.Log += (_, e) =>
        {
            if (e.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
                warnings.Add(e.RawMessage);
        };
        var trainer = TrainerUnderTest.Named("CrossEntropy");
        var data = context.Transforms.CopyColumns("Features", "Sizes").Fit(View(trainer, Purchase.Rows(60))).Transform(View(trainer, Purchase.Rows(60)));
        using var without = trainer.CreateFast(context, o => o.CategoricalColumnNames = ["Shop"]).Fit(data);
        CollectionAssert.AreEqual(new[] { "Shop" }, without.FeatureColumnNames.ToArray());
        StringAssert.Contains(warnings.Single(), "Column 'Features' of the data is not read, as other columns are named as features. Set FeatureColumnName to it", StringComparison.Ordinal);
        using var with = trainer.CreateFast(context, o => (o.FeatureColumnName, o.CategoricalColumnNames) = ("Features", ["Shop"])).Fit(data);
        CollectionAssert.AreEqual(new[] { "Features", "Shop" }, with.FeatureColumnNames.ToArray());
        Assert.HasCount(1, warnings);
    }

    [TestMethod]
    public void Missing_and_unseen_keys_have_one_vector_the_mean_unless_training_has_them()
    {
        var trainer = TrainerUnderTest.Named("CrossEntropy");
        Purchase[] missing = [.. Purchase.Rows(5, seed: 9).Select(row => new Purchase { Label = row.Label, Price = row.Price, Sizes = row.Sizes, Shop = "", Tags = row.Tags })];
        Purchase[] unseen = [.. missing.Select(row => new Purchase { Label = row.Label, Price = row.Price, Sizes = row.Sizes, Shop = "Faro", Tags = row.Tags })];
        using var model = Fit(trainer, Purchase.Rows(300));
        Assertions.AreSame(Scores(trainer, model, missing), Scores(trainer, model, unseen));
        Check(model, isMean: true);
        using var trained = Fit(trainer, Purchase.Rows(300, unseen: true));
        Check(trained, isMean: false);

        static void Check(FlipRegPredictionTransformerBase model, bool isMean)
        {
            var table = model.Model.GetWeights()[0];
            var width = (int)table.Shape[1];
            Assert.AreEqual(6, table.Shape[0]);
            var means = Enumerable.Range(0, width).Select(i => Enumerable.Range(1, 5).Average(row => table.Values[(row * width) + i])).ToArray();
            Assert.AreEqual(isMean, means.Zip(table.Values).All(pair => Math.Abs(pair.First - pair.Second) < 1e-6));
        }
    }

    [TestMethod]
    public void Keys_of_every_type_alone_make_a_model()
    {
        var rows = Enumerable.Range(0, 120).Select(i => new KeyedRow { Label = (uint)(i % 3) + 1, Key = (uint)(i % 3) + 1, Many = [(uint)(i % 3) + 1, 0, 0, 2, 0] }).ToArray();
        var data = _context.Data.LoadFromEnumerable(rows);
        data = _context.Transforms.Conversion.ConvertType("Byte", "Key", DataKind.Byte)
            .Append(_context.Transforms.Conversion.ConvertType("UInt16", "Key", DataKind.UInt16))
            .Append(_context.Transforms.Conversion.ConvertType("UInt64", "Key", DataKind.UInt64))
            .Fit(data).Transform(data);
        Assert.AreEqual(typeof(ulong), ((KeyDataViewType)data.Schema["UInt64"].Type).RawType);
        using var model = TrainerUnderTest.Named("Fer").CreateFast(_context, o => (o.Epochs, o.LearningRate, o.CategoricalColumnNames) = (60, 0.1, ["Byte", "UInt16", "UInt64", "Many"])).Fit(data);
        Assert.AreEqual(1, _context.MulticlassClassification.Evaluate(model.Transform(data)).MicroAccuracy);
        StringAssert.StartsWith(model.Model.Summary(), "Input 8 → 8 (8 categories)\n");
        using var loaded = Reload(model);
        Assertions.AreSame(Blobs.Scores(_context, model.Transform(data)), Blobs.Scores(_context, loaded.Transform(data)));
    }

    [TestMethod]
    [DataRow(InputEncoding.None, MissingValues.Error)]
    [DataRow(InputEncoding.Standard, MissingValues.Encode)]
    public void Every_encoding_leaves_keys_alone(InputEncoding encoding, MissingValues missing)
    {
        var trainer = TrainerUnderTest.Named("Fer");
        using var model = Fit(trainer, Purchase.Rows(200), o => (o.InputEncoding, o.Missing, o.LearningRate) = (encoding, missing, 0.001));
        var rows = Purchase.Rows(50, seed: 2);
        using var loaded = Reload(model);
        Assertions.AreSame(Scores(trainer, model, rows), Scores(trainer, loaded, rows));
        Assert.AreEqual(model.Model.Summary(), loaded.Model.Summary());
        using var further = ((FlipRegTrainer<FerOptions>)trainer.CreateFast(_context, Columns(o => o.LearningRate = 1e-30))).Fit(View(trainer, Purchase.Rows(200, seed: 4)), null, loaded);
        Assertions.AreClose(Scores(trainer, model, rows), Scores(trainer, further, rows), 1e-6);
    }

    [TestMethod]
    public void Constant_numbers_leave_the_categories()
    {
        var trainer = TrainerUnderTest.Named("CrossEntropy");
        Purchase[] rows = [.. Purchase.Rows(100).Select(row => new Purchase { Label = row.Label, Price = 3, Sizes = [1, 1], Shop = row.Shop, Tags = row.Tags })];
        using var model = Fit(trainer, rows);
        StringAssert.StartsWith(model.Model.Summary(), "Input 6 → 4 (3 constant, 3 categories)\n");
        Assert.IsTrue(Scores(trainer, model, rows).All(row => row.All(float.IsFinite)));
        rows[0].Price = float.PositiveInfinity;
        Assert.IsTrue(Scores(trainer, model, rows)[0].All(float.IsNaN));
    }

    [TestMethod]
    public void Cross_validation_works()
    {
        var trainer = TrainerUnderTest.Named("CrossEntropy");
        var results = _context.MulticlassClassification.CrossValidate(View(trainer, Purchase.Rows(300)), trainer.CreateFast(_context, Columns(o => (o.Epochs, o.LearningRate) = (60, 0.1))), numberOfFolds: 2);
        Assert.IsTrue(results.All(fold => fold.Metrics.MicroAccuracy > 0.8), string.Join(", ", results.Select(fold => fold.Metrics.MicroAccuracy)));
    }

    [TestMethod]
    public void A_checkpoint_is_gone_on_from()
    {
        var folder = Directory.CreateTempSubdirectory("flipreg-columns-");
        try
        {
            var trainer = TrainerUnderTest.Named("Ols");
            var data = View(trainer, Purchase.Rows(200, unseen: true));
            using var whole = Fit(trainer, Purchase.Rows(200, unseen: true), o => o.Optimizer = OptimizerKind.AdamW);
            using var stop = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(() => trainer.CreateFast(_context, Columns(o => (o.Optimizer, o.CheckpointDirectory, o.CancellationToken, o.Progress) = (OptimizerKind.AdamW, folder.FullName, stop.Token, report =>
            {
                if (report.Epoch == 3)
                    stop.Cancel();
            }
            ))).Fit(data));
            using var rest = trainer.CreateFast(_context, Columns(o => (o.Optimizer, o.CheckpointDirectory) = (OptimizerKind.AdamW, folder.FullName))).Fit(data);
            Assert.AreEqual(Assertions.Fingerprint(whole.Model), Assertions.Fingerprint(rest.Model));
            var error = Assert.ThrowsExactly<InvalidOperationException>(() => trainer.CreateFast(_context, o => (o.Optimizer, o.CheckpointDirectory, o.NumericColumnNames) = (OptimizerKind.AdamW, folder.FullName, ["Price", "Sizes"])).Fit(data));
            StringAssert.Contains(error.Message, "CategoricalColumnNames was [\"Shop\",\"Tags\"] and is absent", StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [TestMethod]
    [DynamicData(nameof(TrainerUnderTest.RowsOfAllKinds), typeof(TrainerUnderTest))]
    public void Each_column_has_its_part_in_an_explanation(TrainerUnderTest trainer)
    {
        using var model = Fit(trainer, Purchase.Rows(400), o => (o.Epochs, o.LearningRate) = (30, 0.1));
        var explained = model.Explain(View(trainer, Purchase.Rows(30, seed: 2, unseen: true)));
        VBuffer<ReadOnlyMemory<char>> names = default;
        explained.Schema["FeatureContributions"].GetSlotNames(ref names);
        CollectionAssert.AreEqual(new[] { "Price", "Sizes.0", "Sizes.1", "Shop", "Tags.0", "Tags.1" }, names.DenseValues().Select(name => name.ToString()).ToArray());
        var contributions = explained.GetColumn<float[]>("FeatureContributions").ToArray();
        foreach (var (row, difference) in contributions.Zip(explained.GetColumn<float>("ScoreDifference")))
            Assert.AreEqual(difference, row.Sum(), (0.01 * Math.Abs(difference)) + 1e-5);
        if (trainer.IsBinary)
            return;
        var sizes = Enumerable.Range(0, 6).Select(slot => contributions.Average(row => Math.Abs(row[slot]))).ToArray();
        Assert.IsTrue(new[] { 0, 3, 4 }.All(decides => new[] { 1, 2, 5 }.All(idle => sizes[decides] > sizes[idle])), string.Join(", ", sizes));
    }

    private static Action<TrainingOptions> Columns(Action<TrainingOptions>? change = null) => options =>
    {
        Purchase.NameColumns(options);
        change?.Invoke(options);
    };

    private static IEstimator<FlipRegPredictionTransformerBase> Trainer(TrainerUnderTest trainer, Action<TrainingOptions>? change = null) => trainer.CreateAnyFast(_context, Columns(change));

    private static FlipRegPredictionTransformerBase Fit(TrainerUnderTest trainer, IEnumerable<Purchase> rows, Action<TrainingOptions>? change = null) => Trainer(trainer, change).Fit(View(trainer, rows));

    private static IDataView View(TrainerUnderTest trainer, IEnumerable<Purchase> rows) => Purchase.View(_context, rows, trainer.IsBinary);

    private static float[][] Scores(TrainerUnderTest trainer, FlipRegPredictionTransformerBase model, IEnumerable<Purchase> rows) => trainer.Scores(_context, model.Transform(View(trainer, rows)));

    private static FlipRegPredictionTransformerBase Reload(FlipRegPredictionTransformerBase model)
    {
        using var stream = new MemoryStream();
        _context.Model.Save(model, null, stream);
        stream.Position = 0;
        return (FlipRegPredictionTransformerBase)_context.Model.Load(stream, out _);
    }

    private sealed class ScoreRow
    {
        public float[] Score { get; set; } = [];
    }

    private sealed class KeyedRow
    {
        [KeyType(3)]
        public uint Label { get; set; }

        [KeyType(3)]
        public uint Key { get; set; }

        [KeyType(4)]
        [VectorType(5)]
        public uint[] Many { get; set; } = [];
    }
}
