using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>Bad input of binary trainers is an error that names the thing, the rule, the value and the remedy; the remedies help.</summary>
[TestClass]
public sealed class BinaryInputTests
{
    private readonly MLContext _context = new(1);

    public static IEnumerable<object[]> Trainers => BinaryClassificationTests.Trainers;

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Labels_all_true_or_all_false(TrainerUnderTest trainer)
    {
        foreach (var (label, text) in new[] { ("green", "True"), ("red", "False") })
        {
            var data = trainer.Data(_context, Blobs.Rows(30).Where(r => r.Label == label));
            Assertions.Throws<InvalidOperationException>(() => trainer.CreateAnyFast(_context).Fit(data),
                $"Column 'Label' must hold at least two classes. Got only '{text}' in all 10 rows of the training data. Check the label and how the data was split.");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void No_rows(TrainerUnderTest trainer) =>
        Assertions.Throws<InvalidOperationException>(() => trainer.CreateAnyFast(_context).Fit(trainer.Data(_context, [])), "The training data must hold at least one row. Got none.");

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void No_label_column(TrainerUnderTest trainer) => Fails(trainer, trainer.Data(_context), "The label column 'Klass' must be among the data's columns. Got 'Id', ", o => o.LabelColumnName = "Klass");

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void A_label_of_another_type(TrainerUnderTest trainer)
    {
        var rows = _context.Data.LoadFromEnumerable(Rows());
        const string Text = "Transforms.Expression(\"Text\", \"x : x == \\\"yes\\\"\", \"Text\"), with the text that is to be true in place of yes";
        Fails(trainer, rows, $"Column 'Text' must be Boolean. Got String. Add {Text}.", o => o.LabelColumnName = "Text");
        foreach (var (name, type) in new[] { ("Single", "Single"), ("Double", "Double"), ("Int", "Int32"), ("Long", "Int64") })
            Fails(trainer, rows, $"Column '{name}' must be Boolean. Got {type}. Add Transforms.Expression(\"{name}\", \"x : x > 0\", \"{name}\").", o => o.LabelColumnName = name);
        Fails(trainer, rows, "Column 'Byte' must be Boolean. Got Byte. Add Conversion.ConvertType(\"Byte\", outputKind: DataKind.Single) and Transforms.Expression(\"Byte\", \"x : x > 0\", \"Byte\").", o => o.LabelColumnName = "Byte");
        Fails(trainer, rows, "Column 'Features' must be Boolean. Got Vector<Single", o => o.LabelColumnName = "Features");
        var keyed = _context.Transforms.Conversion.MapValueToKey("Text").Fit(rows).Transform(rows);
        Fails(trainer, keyed, "Column 'Text' must be Boolean. Got Key<UInt32", o => o.LabelColumnName = "Text");
        Fails(trainer, keyed, $"Add Conversion.MapKeyToValue(\"Text\") and {Text}; or use MulticlassClassification.Trainers, which take keys.", o => o.LabelColumnName = "Text");
    }

    [TestMethod]
    public void What_these_messages_advise_helps()
    {
        var rows = _context.Data.LoadFromEnumerable(Rows());
        Trains(rows, "Text", _context.Transforms.Expression("Text", "x : x == \"yes\"", "Text"));
        foreach (var name in new[] { "Single", "Double", "Int", "Long" })
            Trains(rows, name, _context.Transforms.Expression(name, "x : x > 0", name));
        Trains(rows, "Byte", _context.Transforms.Conversion.ConvertType("Byte", outputKind: DataKind.Single).Append(_context.Transforms.Expression("Byte", "x : x > 0", "Byte")));
        var keyed = _context.Transforms.Conversion.MapValueToKey("Text").Fit(rows).Transform(rows);
        Trains(keyed, "Text", _context.Transforms.Conversion.MapKeyToValue("Text").Append(_context.Transforms.Expression("Text", "x : x == \"yes\"", "Text")));
    }

    /// <summary>What ML.NET's own binary trainers take: a Boolean and nothing else.</summary>
    [TestMethod]
    public void Stock_trainers_take_no_other_label()
    {
        var rows = _context.Data.LoadFromEnumerable(Rows());
        foreach (var name in new[] { "Single", "Key" })
        {
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.BinaryClassification.Trainers.SdcaLogisticRegression(name).Fit(rows));
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.BinaryClassification.Trainers.LightGbm(name).Fit(rows));
        }
    }

    private static LabelRow[] Rows() => [.. Enumerable.Range(0, 60).Select(i => (Yes: i % 2 == 0, Index: i)).Select(p => new LabelRow
    {
        Text = p.Yes ? "yes" : "no",
        Single = p.Yes ? 1 : -1,
        Double = p.Yes ? 1 : 0,
        Int = p.Yes ? 1 : 0,
        Long = p.Yes ? 1 : -1,
        Byte = (byte)(p.Yes ? 1 : 0),
        Key = p.Yes ? 1u : 2u,
        Features = [p.Yes ? 1 : 0, p.Index % 7 / 20f],
    })];

    private void Fails(TrainerUnderTest trainer, IDataView data, string message, Action<TrainingOptions> change)
    {
        var estimator = trainer.CreateAnyFast(_context, change);
        Assertions.Throws<ArgumentOutOfRangeException>(() => estimator.Fit(data), message);
        var shape = Shapes.Of(_context, data);
        Assertions.Throws<ArgumentOutOfRangeException>(() => estimator.GetOutputSchema(shape), message.Split("Got")[0]);
    }

    private void Trains(IDataView data, string label, IEstimator<ITransformer> remedy)
    {
        var prepared = remedy.Fit(data).Transform(data);
        using var model = TrainerUnderTest.Named("binary CrossEntropy").CreateAnyFast(_context, o => (o.LabelColumnName, o.Epochs, o.LearningRate) = (label, 20, 0.1)).Fit(prepared);
        Assert.AreEqual(1, _context.BinaryClassification.Evaluate(model.Transform(prepared), label).Accuracy, label);
    }

    private sealed class LabelRow
    {
        public string Text { get; set; } = "";

        public float Single { get; set; }

        public double Double { get; set; }

        public int Int { get; set; }

        public long Long { get; set; }

        public byte Byte { get; set; }

        [KeyType(2)]
        public uint Key { get; set; }

        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }
}
