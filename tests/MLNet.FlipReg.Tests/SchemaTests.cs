using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>Types and annotations of the output, as ML.NET 5.0.0's own trainers have them (tests/Golden/mlnet/context.json).</summary>
[TestClass]
public sealed class SchemaTests
{
    private const string Set = "ScoreColumnSetId Key<UInt32, 0-2147483646>";

    [TestMethod]
    public void Text_labels()
    {
        var schema = Output(["red", "green", "blue"]);
        Assert.AreEqual("PredictedLabel Key<UInt32, 0-2>: ScoreColumnKind String=MulticlassClassification, ScoreValueKind String=PredictedLabel, "
            + $"KeyValues Vector<String, 3>=red green blue, {Set}=1", Describe(schema, "PredictedLabel"));
        Assert.AreEqual($"Score Vector<Single, 3>: ScoreColumnKind String=MulticlassClassification, {Set}=1, ScoreValueKind String=Score, "
            + "TrainingLabelValues Vector<String, 3>=red green blue, SlotNames Vector<String, 3>=red green blue", Describe(schema, "Score"));
        Assert.AreEqual("PredictedLabel", schema[^2].Name);
        Assert.AreEqual("Score", schema[^1].Name);
    }

    [TestMethod]
    public void Number_labels_do_not_become_slot_names()
    {
        var schema = Output([10, 20, 30]);
        Assert.AreEqual("PredictedLabel Key<UInt32, 0-2>: ScoreColumnKind String=MulticlassClassification, ScoreValueKind String=PredictedLabel, "
            + $"KeyValues Vector<Int32, 3>=10 20 30, {Set}=1", Describe(schema, "PredictedLabel"));
        Assert.AreEqual($"Score Vector<Single, 3>: ScoreColumnKind String=MulticlassClassification, {Set}=1, ScoreValueKind String=Score, "
            + "TrainingLabelValues Vector<Int32, 3>=10 20 30", Describe(schema, "Score"));
    }

    [TestMethod]
    public void Keys_without_values()
    {
        var context = new MLContext(1);
        var data = context.Data.LoadFromEnumerable(Enumerable.Range(0, 12).Select(i => new KeyRow { Label = (byte)(i % 3), Features = [i % 3, 1] }));
        using var model = Trainer(context).Fit(data);
        var schema = model.GetOutputSchema(data.Schema);
        Assert.AreEqual($"PredictedLabel Key<UInt32, 0-2>: ScoreColumnKind String=MulticlassClassification, ScoreValueKind String=PredictedLabel, {Set}=1",
            Describe(schema, "PredictedLabel"), "A byte key is predicted as UInt32, as by ML.NET's trainers.");
        Assert.AreEqual($"Score Vector<Single, 3>: ScoreColumnKind String=MulticlassClassification, {Set}=1, ScoreValueKind String=Score", Describe(schema, "Score"));
        Assert.IsNull(model.Model.ClassNames);
    }

    [TestMethod]
    public void A_second_trainer_in_a_chain_gets_the_next_set_id()
    {
        var context = new MLContext(1);
        var data = Blobs.Keyed(context);
        var model = Trainer(context).Append(Trainer(context)).Fit(data);
        var schema = model.Transform(data).Schema;
        var ids = schema.Where(c => c.Name is "Score" or "PredictedLabel").Select(c =>
        {
            uint id = 0;
            c.Annotations.GetValue("ScoreColumnSetId", ref id);
            return $"{c.Name} {id}{(c.IsHidden ? " hidden" : "")}";
        });
        CollectionAssert.AreEqual(new[] { "PredictedLabel 1 hidden", "Score 1 hidden", "PredictedLabel 2", "Score 2" }, ids.ToArray());
        model.Dispose();
    }

    [TestMethod]
    public void Input_columns_keep_place_type_and_annotations()
    {
        var context = new MLContext(1);
        var data = context.Transforms.Concatenate("Features", "Features", "Weight").Fit(Blobs.Keyed(context)).Transform(Blobs.Keyed(context));
        using var model = Trainer(context).Fit(data);
        var schema = model.Transform(data).Schema;
        foreach (var column in data.Schema)
        {
            Assert.AreEqual(column.Name, schema[column.Index].Name);
            Assert.AreEqual(column.Type, schema[column.Index].Type);
            Assert.AreEqual(column.IsHidden, schema[column.Index].IsHidden);
            CollectionAssert.AreEqual(column.Annotations.Schema.Select(a => a.Name).ToArray(), schema[column.Index].Annotations.Schema.Select(a => a.Name).ToArray());
        }
    }

    [TestMethod]
    public void Predicted_keys_turn_back_into_labels_of_their_own_type()
    {
        Turns(["x", "ÿ, \"quoted\"", " "]);
        Turns([10, 20, 30]);
        Turns([1.5f, float.NegativeInfinity, 3f]);
        Turns([1e300, 2.0, 0.1]);
        Turns([(byte)1, (byte)2, (byte)255]);
        Turns([long.MinValue, 0L, long.MaxValue]);
        Turns([ulong.MaxValue, 1UL, 2UL]);
        Turns([new DateTime(2024, 2, 29, 1, 2, 3, DateTimeKind.Utc), new DateTime(1999, 1, 1, 0, 0, 0, DateTimeKind.Utc), DateTime.UnixEpoch]);
        Turns([TimeSpan.FromTicks(1), TimeSpan.MaxValue, TimeSpan.Zero]);
        Turns([true, false]);

        static void Turns<T>(T[] labels)
        {
            var context = new MLContext(1);
            var view = context.Data.LoadFromEnumerable(Rows(labels));
            var keyed = Keys(context, labels).Transform(view);
            using var model = Trainer(context).Fit(keyed);
            using var stream = new MemoryStream();
            context.Model.Save(model, keyed.Schema, stream);
            stream.Position = 0;
            var loaded = context.Model.Load(stream, out _);
            foreach (var transformer in new[] { model, loaded })
            {
                var scored = transformer.Transform(keyed);
                var back = context.Transforms.Conversion.MapKeyToValue("Back", "PredictedLabel").Fit(scored).Transform(scored);
                CollectionAssert.AreEqual(model.Model.ClassNames!.ToArray(), ((FlipRegPredictionTransformer)transformer).Model.ClassNames!.ToArray());
                var keys = back.GetColumn<uint>("PredictedLabel").ToArray();
                CollectionAssert.AreEqual(keys.Select(k => labels[k - 1]).ToArray(), back.GetColumn<T>("Back").ToArray());
            }

            ((IDisposable)loaded).Dispose();
        }
    }

    private static DataViewSchema Output<T>(T[] labels)
    {
        var context = new MLContext(1);
        var keyed = Keys(context, labels).Transform(context.Data.LoadFromEnumerable(Rows(labels)));
        using var model = Trainer(context).Fit(keyed);
        return model.GetOutputSchema(keyed.Schema);
    }

    private static ITransformer Keys<T>(MLContext context, T[] labels) =>
        context.Transforms.Conversion.MapValueToKey("Label").Fit(context.Data.LoadFromEnumerable(labels.Select(label => new Row<T> { Label = label, Features = [0, 0] })));

    private static IEnumerable<Row<T>> Rows<T>(T[] labels) =>
        Enumerable.Range(0, 12).Select(i => new Row<T> { Label = labels[i % labels.Length], Features = [i % labels.Length, 1] });

    private static FlipRegTrainer<CrossEntropyOptions> Trainer(MLContext context) =>
        context.MulticlassClassification.Trainers.CrossEntropy(new CrossEntropyOptions { Epochs = 3, Network = NetworkSpec.Mlp([4]) });

    private static string Describe(DataViewSchema schema, string name)
    {
        var column = schema[name];
        var annotations = column.Annotations.Schema.Select(a => $"{a.Name} {a.Type}={Value(column.Annotations, a)}");
        return $"{name} {column.Type}: {string.Join(", ", annotations)}";
    }

    private static string Value(DataViewSchema.Annotations annotations, DataViewSchema.Column column) => column.Type.RawType switch
    {
        var t when t == typeof(uint) => Get<uint>(annotations, column).ToString(System.Globalization.CultureInfo.InvariantCulture),
        var t when t == typeof(ReadOnlyMemory<char>) => Get<ReadOnlyMemory<char>>(annotations, column).ToString(),
        var t when t == typeof(VBuffer<int>) => string.Join(" ", Get<VBuffer<int>>(annotations, column).DenseValues()),
        _ => string.Join(" ", Get<VBuffer<ReadOnlyMemory<char>>>(annotations, column).DenseValues()),
    };

    private static T Get<T>(DataViewSchema.Annotations annotations, DataViewSchema.Column column)
    {
        T value = default!;
        annotations.GetValue(column.Name, ref value);
        return value;
    }

    private sealed class Row<T>
    {
        public T Label { get; set; } = default!;

        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }

    private sealed class KeyRow
    {
        [KeyType(3)]
        public byte Label { get; set; }

        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }
}
