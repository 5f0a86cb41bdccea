using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>The schema of scored data; its annotations are compared with recorded ones in <see cref="GoldenAnnotationTests"/>.</summary>
[TestClass]
public sealed class SchemaTests
{
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

    private static ITransformer Keys<T>(MLContext context, T[] labels) =>
        context.Transforms.Conversion.MapValueToKey("Label").Fit(context.Data.LoadFromEnumerable(labels.Select(label => new Row<T> { Label = label, Features = [0, 0] })));

    private static IEnumerable<Row<T>> Rows<T>(T[] labels) =>
        Enumerable.Range(0, 12).Select(i => new Row<T> { Label = labels[i % labels.Length], Features = [i % labels.Length, 1] });

    private static FlipRegTrainer<CrossEntropyOptions> Trainer(MLContext context) =>
        context.MulticlassClassification.Trainers.CrossEntropy(new CrossEntropyOptions { Epochs = 3, Network = NetworkSpec.Mlp([4]) });

    private sealed class Row<T>
    {
        public T Label { get; set; } = default!;

        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }
}
