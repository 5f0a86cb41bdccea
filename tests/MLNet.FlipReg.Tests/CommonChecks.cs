using System.Reflection;
using System.Runtime.InteropServices;
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>The contract of every trainer: these run on all methods of the catalog.</summary>
[TestClass]
public sealed class CommonChecks
{
    /// <summary>Checks that a trainer is known to fail, with the reason. Empty is the aim.</summary>
    private static readonly Dictionary<(string Trainer, string Check), string> _exceptions = [];

    private static void Check(TrainerUnderTest trainer, Action body, [System.Runtime.CompilerServices.CallerMemberName] string check = "")
    {
        if (_exceptions.TryGetValue((trainer.Name, check), out var reason))
            Assert.Inconclusive(reason);
        body();
    }

    [TestMethod]
    public void The_catalog_has_trainers_and_none_is_excused_in_vain()
    {
        Assert.IsGreaterThanOrEqualTo(2, TrainerUnderTest.All.Count);
        foreach (var (trainer, check) in _exceptions.Keys)
        {
            TrainerUnderTest.Named(trainer);
            Assert.IsNotNull(typeof(CommonChecks).GetMethod(check), check);
        }
    }

    [TestMethod]
    [DynamicData(nameof(TrainerUnderTest.RowsOfAllKinds), typeof(TrainerUnderTest))]
    public void The_promised_schema_is_the_schema_that_comes(TrainerUnderTest trainer) => Check(trainer, () =>
    {
        var context = new MLContext();
        var data = trainer.Data(context);
        var estimator = trainer.CreateAnyFast(context);
        using var model = estimator.Fit(data);
        var promised = model.GetOutputSchema(data.Schema);
        var given = model.Transform(data).Schema;
        Assert.HasCount(given.Count, promised);
        for (var i = 0; i < given.Count; i++)
        {
            Assert.AreEqual(given[i].Name, promised[i].Name);
            Assert.AreEqual(given[i].Type, promised[i].Type);
            CollectionAssert.AreEqual(given[i].Annotations.Schema.Select(a => a.Name).ToList(), promised[i].Annotations.Schema.Select(a => a.Name).ToList());
        }

        var shape = estimator.GetOutputSchema(Shapes.Of(context, data));
        var added = given.Skip(data.Schema.Count).Select(c => c.Name).ToList();
        CollectionAssert.AreEqual(trainer.IsBinary ? ["PredictedLabel", "Score", "Probability"] : new[] { "PredictedLabel", "Score" }, added);
        foreach (var name in added)
        {
            var column = shape.Single(c => c.Name == name);
            var type = given[name].Type;
            Assert.AreEqual(type is KeyDataViewType, column.IsKey);
            Assert.AreEqual(type is VectorDataViewType, column.Kind == SchemaShape.Column.VectorKind.Vector);
            Assert.AreEqual(((type as VectorDataViewType)?.ItemType ?? type).RawType, column.ItemType.RawType);
            CollectionAssert.AreEquivalent(given[name].Annotations.Schema.Select(a => a.Name).ToList(), column.Annotations.Select(a => a.Name).ToList(), name);
        }
    });

    [TestMethod]
    [DynamicData(nameof(TrainerUnderTest.RowsOfAllKinds), typeof(TrainerUnderTest))]
    public void A_loaded_model_gives_the_same_scores(TrainerUnderTest trainer) => Check(trainer, () =>
    {
        var context = new MLContext();
        var data = trainer.Data(context);
        using var model = trainer.FitAny(context);
        using var stream = new MemoryStream();
        context.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        var other = new MLContext();
        var loaded = other.Model.Load(stream, out _);
        Assertions.AreSame(trainer.Scores(context, model.Transform(data)), trainer.Scores(other, loaded.Transform(data)));
        var inner = (FlipRegPredictionTransformerBase)loaded;
        Assert.AreEqual(model.GetType(), inner.GetType());
        Assert.AreEqual(Assertions.Fingerprint(model.Model), Assertions.Fingerprint(inner.Model));
        Assert.AreEqual(model.Model.Network, inner.Model.Network);
        Assert.AreEqual(model.Model.OptionsJson, inner.Model.OptionsJson);
        Assert.AreEqual(model.Model.MethodName, inner.Model.MethodName);
        Assert.AreEqual(model.FeatureColumnType, inner.FeatureColumnType);
        CollectionAssert.AreEqual(model.Model.ClassNames!.ToList(), inner.Model.ClassNames!.ToList());
        // Timings are no part of a saved model.
        CollectionAssert.AreEqual(model.Model.History.Select(r => r with { RowsPerSecond = 0, TimeLeft = default, WorkingSet = 0 }).ToList(), inner.Model.History.ToList());
        ((IDisposable)loaded).Dispose();
    });

    [TestMethod]
    [DynamicData(nameof(TrainerUnderTest.RowsForProcesses), typeof(TrainerUnderTest))]
    public void A_second_process_loads_the_model_and_scores_alike(TrainerUnderTest trainer) => Check(trainer, () =>
    {
        var context = new MLContext();
        using var model = trainer.FitAny(context);
        var file = Path.Combine(Path.GetTempPath(), $"flipreg-{Guid.NewGuid():N}.zip");
        try
        {
            context.Model.Save(model, null, file);
            var printed = FreshProcess.Run("score", file, "100");
            Assert.AreEqual(FreshScores(context, trainer, model, 100), printed);
        }
        finally
        {
            File.Delete(file);
        }
    });

    [TestMethod]
    [DynamicData(nameof(TrainerUnderTest.RowsOfAllKinds), typeof(TrainerUnderTest))]
    public void Fitting_again_gives_the_same_model_bit_for_bit(TrainerUnderTest trainer) => Check(trainer, () =>
    {
        var context = new MLContext();
        var estimator = trainer.CreateAnyFast(context);
        var data = trainer.Data(context);
        using var first = estimator.Fit(data);
        using var again = estimator.Fit(data);
        using var elsewhere = trainer.FitAny(new MLContext(3));
        Assert.AreEqual(Assertions.Fingerprint(first.Model), Assertions.Fingerprint(again.Model));
        Assert.AreEqual(Assertions.Fingerprint(first.Model), Assertions.Fingerprint(elsewhere.Model));
        using var otherSeed = trainer.FitAny(context, o => o.Seed = 8);
        Assert.AreNotEqual(Assertions.Fingerprint(first.Model), Assertions.Fingerprint(otherSeed.Model));
    });

    [TestMethod]
    [DynamicData(nameof(TrainerUnderTest.RowsOfAllKinds), typeof(TrainerUnderTest))]
    public void Another_fit_running_beside_it_changes_nothing(TrainerUnderTest trainer) => Check(trainer, () =>
    {
        using var alone = trainer.FitAny(new MLContext(), WithDropout);
        var fits = new FlipRegPredictionTransformerBase[4];
        Parallel.For(0, fits.Length, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
            fits[i] = trainer.FitAny(new MLContext(), o =>
            {
                WithDropout(o);
                o.Seed = i % 2 == 0 ? 7 : 100 + i;
            }));
        Assert.AreEqual(Assertions.Fingerprint(alone.Model), Assertions.Fingerprint(fits[0].Model));
        Assert.AreEqual(Assertions.Fingerprint(alone.Model), Assertions.Fingerprint(fits[2].Model));
        foreach (var fit in fits)
            fit.Dispose();
        static void WithDropout(TrainingOptions options) => options.Network = NetworkSpec.Mlp([8], batchNorm: true, dropout: 0.3);
    });

    [TestMethod]
    [DynamicData(nameof(TrainerUnderTest.RowsForProcesses), typeof(TrainerUnderTest))]
    public void A_second_process_trains_the_same_model(TrainerUnderTest trainer) => Check(trainer, () =>
        Assert.AreEqual(FreshProcess.Run("fit", trainer.OptionsType.FullName!, trainer.Catalog.Name), FreshProcess.Run("fit", trainer.OptionsType.FullName!, trainer.Catalog.Name)));

    [TestMethod]
    [DynamicData(nameof(TrainerUnderTest.RowsOfAllKinds), typeof(TrainerUnderTest))]
    public void Scores_do_not_depend_on_how_many_rows_are_scored_together(TrainerUnderTest trainer) => Check(trainer, () =>
    {
        var context = new MLContext();
        using var model = trainer.FitAny(context);
        var rows = Blobs.Rows(700, seed: 5);
        var together = trainer.Scores(context, model.Transform(context.Data.LoadFromEnumerable(rows)));
        var few = rows.Chunk(7).SelectMany(chunk => trainer.Scores(context, model.Transform(context.Data.LoadFromEnumerable(chunk)))).ToArray();
        var (engine, predict) = Engine(context, trainer, model);
        var single = rows.Select(predict).ToArray();
        engine.Dispose();
        // A binary score is a logit, which may be large; a probability is at most 1.
        var tolerance = trainer.IsBinary ? 1e-5 : 1e-6;
        Assertions.AreClose(together, few, tolerance);
        Assertions.AreClose(together, single, tolerance);
        foreach (var row in together)
        {
            if (trainer.IsBinary)
                Assert.AreEqual(1 / (1 + Math.Exp(-row[0])), row[1], 1e-6);
            else
                Assert.AreEqual(1, row.Sum(), 1e-5);
        }
    });

    [TestMethod]
    [DynamicData(nameof(TrainerUnderTest.RowsOfAllKinds), typeof(TrainerUnderTest))]
    public void It_learns(TrainerUnderTest trainer) => Check(trainer, () =>
    {
        var context = new MLContext(1);
        using var model = trainer.FitAny(context, o => (o.Epochs, o.LearningRate) = (40, 0.1));
        var scored = model.Transform(trainer.Data(context, 300, seed: 9));
        var right = trainer.IsBinary ? Right<bool>() : Right<uint>();
        Assert.IsGreaterThan(270, right.Count(r => r));
        Assert.HasCount(40, model.Model.History);

        IEnumerable<bool> Right<T>()
            where T : struct => scored.GetColumn<T>("Label").Zip(scored.GetColumn<T>("PredictedLabel"), (given, predicted) => given.Equals(predicted));
    });

    [TestMethod]
    [DynamicData(nameof(TrainerUnderTest.RowsOfAllKinds), typeof(TrainerUnderTest))]
    public void The_short_overload_builds_the_default_options(TrainerUnderTest trainer) => Check(trainer, () =>
    {
        var context = new MLContext(1);
        var parameters = trainer.ShortMethod.GetParameters();
        CollectionAssert.AreEqual(new[] { "catalog", "labelColumnName", "featureColumnName", "exampleWeightColumnName", "epochs" }, parameters.Take(5).Select(p => p.Name).ToArray());
        var estimator = trainer.CreateShort(context);
        var read = estimator.GetType().BaseType!.GetField("_options", BindingFlags.NonPublic | BindingFlags.Instance)!;
        var made = (TrainingOptions)read.GetValue(estimator)!;
        var defaults = (TrainingOptions)Activator.CreateInstance(trainer.OptionsType)!;
        foreach (var property in trainer.OptionsType.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetValue(defaults) is not System.Collections.IEnumerable || property.PropertyType == typeof(string))
                Assert.AreEqual(property.GetValue(defaults), property.GetValue(made), property.Name);
        }
    });

    [TestMethod]
    [DynamicData(nameof(TrainerUnderTest.RowsOfAllKinds), typeof(TrainerUnderTest))]
    public void Fitting_changes_neither_options_nor_input(TrainerUnderTest trainer) => Check(trainer, () =>
    {
        var context = new MLContext();
        var options = trainer.FastOptions();
        var before = System.Text.Json.JsonSerializer.Serialize(options, options.GetType());
        var rows = Blobs.Rows(30);
        var estimator = trainer.CreateAny(context, options);
        options.Epochs = 1;
        using var model = estimator.Fit(trainer.Data(context, rows));
        Assert.HasCount(5, model.Model.History, "The trainer must have kept a copy of its options.");
        options.Epochs = 5;
        Assert.AreEqual(before, System.Text.Json.JsonSerializer.Serialize(options, options.GetType()));
        CollectionAssert.AreEqual(Blobs.Rows(30).SelectMany(r => r.Features).ToList(), rows.SelectMany(r => r.Features).ToList());
    });

    [TestMethod]
    [DynamicData(nameof(TrainerUnderTest.RowsOfAllKinds), typeof(TrainerUnderTest))]
    public void Use_after_dispose_is_an_error(TrainerUnderTest trainer) => Check(trainer, () =>
    {
        var context = new MLContext();
        var data = trainer.Data(context);
        var model = trainer.FitAny(context);
        var scored = model.Transform(data);
        var (_, predict) = Engine(context, trainer, model);
        using var cursor = scored.GetRowCursor(scored.Schema);
        Assert.IsTrue(cursor.MoveNext());
        model.Dispose();
        model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => model.Transform(data));
        Assert.ThrowsExactly<ObjectDisposedException>(() => ((ITransformer)model).GetRowToRowMapper(data.Schema));
        Assert.ThrowsExactly<ObjectDisposedException>(() => scored.GetRowCursor(scored.Schema));
        Assert.ThrowsExactly<ObjectDisposedException>(() => model.Model.GetWeights());
        Assert.ThrowsExactly<ObjectDisposedException>(() => predict(Blobs.Rows(1)[0]));
        Assert.ThrowsExactly<ObjectDisposedException>(() => context.Model.Save(model, null, new MemoryStream()));
        Assert.ThrowsExactly<ObjectDisposedException>(() =>
        {
            if (trainer.IsBinary)
                cursor.GetGetter<float>(scored.Schema["Score"]).Read();
            else
                cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]).Read();
        });
    });

    /// <summary>A prediction engine that ends in the classifier, and what it gives for a row, as <see cref="TrainerUnderTest.Scores"/> has it.</summary>
    private static (IDisposable Engine, Func<BlobRow, float[]> Predict) Engine(MLContext context, TrainerUnderTest trainer, FlipRegPredictionTransformerBase model)
    {
        if (trainer.IsBinary)
        {
            var binary = context.Model.CreatePredictionEngine<BlobRow, BinaryScoredRow>(model);
            return (binary, row => binary.Predict(row).Scores);
        }

        var scored = model.Transform(context.Data.LoadFromEnumerable(Blobs.Rows(3)));
        var engine = context.Model.CreatePredictionEngine<BlobRow, ScoredRow>(new TransformerChain<ITransformer>(model, context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(scored)));
        return (engine, row => engine.Predict(row).Score);
    }

    private static string FreshScores(MLContext context, TrainerUnderTest trainer, FlipRegPredictionTransformerBase model, int count)
    {
        var rows = Enumerable.Range(0, count).Select(i => new BlobRow { Features = [(i % 3) + (i * 7 % 10 / 20f), i % 3 == 1 ? 3 : 0, i * 3 % 10 / 20f, 1] });
        var scores = trainer.Scores(context, model.Transform(context.Data.LoadFromEnumerable(rows))).SelectMany(r => r).ToArray();
        return Convert.ToHexString(MemoryMarshal.AsBytes<float>(scores));
    }
}
