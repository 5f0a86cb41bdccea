using System.Text.Json.Nodes;
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLNet.FlipReg.Tests;

/// <summary>
/// The columns that our trainers add, against those that a stock trainer of ML.NET 5.0.0 added to the same data: types and all
/// annotations (tests/Golden/mlnet/annotations.json).
/// </summary>
[TestClass]
public sealed class GoldenAnnotationTests
{
    private static readonly JsonArray _cases = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "mlnet", "annotations.json")))!["cases"]!.AsArray();

    private readonly MLContext _context = new(1);

    [TestMethod]
    public void Text_labels()
    {
        var view = _context.Data.LoadFromEnumerable(Rows(k => new[] { "red", "green", "blue" }[k]));
        Compare("trainer-output-annotations", "beforeMapKeyToValue", Chain().Append(Trainer()), view);
        Compare("trainer-output-annotations", "afterMapKeyToValue", Chain().Append(Trainer()).Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel")), view);
    }

    [TestMethod]
    public void Number_labels()
    {
        var view = _context.Data.LoadFromEnumerable(Rows(k => 10 * (k + 1)));
        Compare("trainer-output-annotations-int-label", "schema", Chain().Append(Trainer()), view);
    }

    [TestMethod]
    public void Keys_without_values()
    {
        var view = _context.Data.LoadFromEnumerable(Rows(k => 0u).Select((r, i) => new KeyRow { Label = (byte)(i % 3), Features = [r.X1, r.X2] }));
        // A byte key too is predicted as UInt32.
        Compare("trainer-output-annotations-key-without-values", "schema", Trainer().Append(_context.Transforms.CopyColumns("Copy", "Label")), view);
    }

    [TestMethod]
    public void A_second_trainer_in_a_chain_gets_the_next_set_id()
    {
        var view = _context.Data.LoadFromEnumerable(Rows(k => 0u).Select((r, i) => new TwoClassRow { Label = (uint)(i % 2), Features = [r.X1, r.X2] }));
        Compare("score-column-set-id", "schema", Trainer().Append(Trainer()), view);
    }

    private static void Compare<T>(string id, string fact, EstimatorChain<T> chain, IDataView view)
        where T : class, ITransformer
    {
        var expected = _cases.Single(c => (string)c!["id"]! == id)!["expect"]![fact]!.AsArray().Where(c => (string)c!["name"]! is "PredictedLabel" or "Score").ToList();
        using var model = chain.Fit(view);
        var actual = model.Transform(view).Schema.Where(c => c.Name is "PredictedLabel" or "Score").Select(Describe)
            // A stock scorer puts a column next to the one that it hides; ours come last, after all columns of the input.
            .OrderBy(c => (string)c["name"]!, StringComparer.Ordinal).ToList();
        Assert.HasCount(expected.Count, actual);
        for (var i = 0; i < expected.Count; i++)
            Assert.AreEqual(expected[i]!.ToJsonString(), actual[i].ToJsonString());
    }

    private static JsonObject Describe(DataViewSchema.Column column)
    {
        var text = new JsonObject { ["name"] = column.Name, ["type"] = column.Type.ToString() };
        if (column.IsHidden)
            text["hidden"] = true;
        if (column.Annotations.Schema.Count > 0)
            text["annotations"] = new JsonObject(column.Annotations.Schema.Select(a => KeyValuePair.Create(a.Name,
                (JsonNode?)new JsonObject { ["type"] = a.Type.ToString(), ["value"] = Value(column.Annotations, a) })));
        return text;
    }

    private static JsonNode Value(DataViewSchema.Annotations annotations, DataViewSchema.Column column) => column.Type.RawType switch
    {
        var t when t == typeof(uint) => Get<uint>(annotations, column),
        var t when t == typeof(ReadOnlyMemory<char>) => Get<ReadOnlyMemory<char>>(annotations, column).ToString(),
        var t when t == typeof(VBuffer<int>) => new JsonArray([.. Get<VBuffer<int>>(annotations, column).DenseValues().Select(v => (JsonNode)v)]),
        _ => new JsonArray([.. Get<VBuffer<ReadOnlyMemory<char>>>(annotations, column).DenseValues().Select(v => (JsonNode)v.ToString())]),
    };

    private static T Get<T>(DataViewSchema.Annotations annotations, DataViewSchema.Column column)
    {
        T value = default!;
        annotations.GetValue(column.Name, ref value);
        return value;
    }

    private EstimatorChain<NormalizingTransformer> Chain() => _context.Transforms.Conversion.MapValueToKey("Label")
        .Append(_context.Transforms.Concatenate("Features", "X1", "X2"))
        .Append(_context.Transforms.NormalizeMinMax("Features"));

    private FlipRegTrainer<FerOptions> Trainer() => _context.MulticlassClassification.Trainers.Fer(new FerOptions { Epochs = 2, Network = NetworkSpec.Mlp([4]) });

    /// <summary>The rows of the recording.</summary>
    private static IEnumerable<Row<T>> Rows<T>(Func<int, T> label) => Enumerable.Range(0, 60).Select(i => new Row<T>
    {
        X1 = (i % 3 * 2) + (i * 7 % 10 / 20f),
        X2 = (i % 3 == 1 ? 3 : 0) + (i * 3 % 10 / 20f),
        Label = label(i % 3),
    });

    private sealed class Row<T>
    {
        public float X1 { get; set; }

        public float X2 { get; set; }

        public T Label { get; set; } = default!;
    }

    private sealed class KeyRow
    {
        [KeyType(3)]
        public byte Label { get; set; }

        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }

    private sealed class TwoClassRow
    {
        [KeyType(2)]
        public uint Label { get; set; }

        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }
}
