using System.Text.Json.Nodes;
using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>What is refused of columns of numbers and of categories, before a row is read where it can be.</summary>
[TestClass]
public sealed class ColumnErrorTests
{
    private static readonly MLContext _context = new(1);
    private static readonly TrainerUnderTest _trainer = TrainerUnderTest.Named("Fer");
    private static FlipRegPredictionTransformer _model = null!;

    [ClassInitialize]
    public static void Train(TestContext _) => _model = _trainer.CreateFast(_context, Purchase.NameColumns).Fit(View(Purchase.Rows(60)));

    [ClassCleanup]
    public static void Free() => _model.Dispose();

    [TestMethod]
    public void Columns_of_other_types_are_named_with_the_remedy()
    {
        var raw = _context.Transforms.Conversion.MapValueToKey("Label").Append(_context.Transforms.CopyColumns("Copy", "Label")).Append(_context.Transforms.Conversion.ConvertType("Whole", "Price", DataKind.Double)).Fit(_context.Data.LoadFromEnumerable(Purchase.Rows(10))).Transform(_context.Data.LoadFromEnumerable(Purchase.Rows(10)));
        Refused(o => o.CategoricalColumnNames = ["Shop"], "Column 'Shop' must be a key, or a vector of keys. Got String. Add Conversion.MapValueToKey(\"Shop\").");
        Refused(o => o.CategoricalColumnNames = ["Tags"], "Column 'Tags' must be a key, or a vector of keys. Got Vector<String, 2>. Add Conversion.MapValueToKey(\"Tags\").");
        Refused(o => o.NumericColumnNames = ["Whole"], "Column 'Whole' must be Single, or a vector of Single. Got Double. Add Conversion.ConvertType(\"Whole\", outputKind: DataKind.Single).");
        Refused(o => o.NumericColumnNames = ["Absent"], "The numeric column 'Absent' must be among the data's columns. Got 'Label', 'Price',");
        Refused(o => o.CategoricalColumnNames = ["Absent"], "The categorical column 'Absent' must be among the data's columns. Got 'Label', 'Price',");
        raw = _context.Transforms.Text.TokenizeIntoWords("Words", "Shop").Append(_context.Transforms.Conversion.MapValueToKey("Words")).Fit(raw).Transform(raw);
        Refused(o => o.CategoricalColumnNames = ["Words"], "Column 'Words' must have one known size. Got Vector<Key<UInt32, 0-3>>");
        Assertions.Throws<ArgumentOutOfRangeException>(() => _trainer.CreateFast(_context, o => o.NumericColumnNames = ["Copy"]).Fit(raw), "Column 'Copy' must be Single, or a vector of Single. Got Key<UInt32, 0-2>. Name it in CategoricalColumnNames.");

        void Refused(Action<TrainingOptions> name, string message)
        {
            var estimator = _trainer.CreateFast(_context, name);
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => estimator.Fit(raw)).Message, message, StringComparison.Ordinal);
            // Before there are data, types are told in other words.
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => estimator.GetOutputSchema(Shapes.Of(_context, raw))).Message, message[..message.IndexOf(". Got", StringComparison.Ordinal)], StringComparison.Ordinal);
        }
    }

    [TestMethod]
    [DataRow("Price", "Price", "CategoricalColumnNames must name columns that have no other part, each once. Got 'Price', which is in NumericColumnNames already.")]
    [DataRow("Label", "Shop", "NumericColumnNames must name columns that have no other part, each once. Got 'Label', which is in LabelColumnName already.")]
    [DataRow("Price,Price", "Shop", "NumericColumnNames must name columns that have no other part, each once. Got 'Price', which is in NumericColumnNames already.")]
    [DataRow("", "Shop", "NumericColumnNames must name columns. Got an empty text.")]
    public void Options_that_contradict_each_other(string numbers, string categories, string message) =>
        Assertions.Throws<ArgumentOutOfRangeException>(() => _context.BinaryClassification.Trainers.Ols(new OlsOptions { NumericColumnNames = numbers.Split(','), CategoricalColumnNames = categories.Split(',') }), message);

    [TestMethod]
    public void A_network_has_one_embedding() =>
        Assertions.Throws<ArgumentOutOfRangeException>(
            () => _context.MulticlassClassification.Trainers.Fer(new FerOptions { CategoricalColumnNames = ["Shop"], Network = new NetworkSpec { Layers = [new CategoryEmbeddingSpec(0, [new(3, 2)])] } }),
            "Network must not begin with an embedding where CategoricalColumnNames are given: the trainer adds it. Got a CategoryEmbeddingSpec.");

    [TestMethod]
    public void Other_numbers_of_categories_are_an_error_with_both()
    {
        var fewer = _context.Transforms.Conversion.MapKeyToValue("Shop").Append(_context.Transforms.Conversion.MapValueToKey("Shop", maximumNumberOfKeys: 4)).Fit(View(Purchase.Rows(60))).Transform(View(Purchase.Rows(60)));
        Assertions.Throws<ArgumentOutOfRangeException>(() => _model.Transform(fewer), "Column 'Shop' must have 5 categories, as in training. Got 4. Apply the transforms that were fitted for the training.");
        Assertions.Throws<ArgumentOutOfRangeException>(() => _model.GetOutputSchema(fewer.Schema), "Column 'Shop' must have 5 categories, as in training. Got 4.");
        Assertions.Throws<ArgumentOutOfRangeException>(() => _model.Explain(fewer), "Column 'Shop' must have 5 categories, as in training. Got 4.");
        var trainer = (FlipRegTrainer<FerOptions>)_trainer.CreateFast(_context, Purchase.NameColumns);
        Assertions.Throws<ArgumentOutOfRangeException>(() => trainer.Fit(View(Purchase.Rows(60)), fewer), "Column 'Shop' of the validation data must have the 5 categories of training. Got 4. Fit MapValueToKey on the training data and apply it to both.");
        Assertions.Throws<ArgumentException>(() => trainer.Fit(fewer, null, _model), "InitialModel must have been trained on 4, 3, 3 categories, as the data have. Got a model of 5, 3, 3 categories.");
        var wider = _context.Transforms.Concatenate("Sizes", "Sizes", "Price").Fit(fewer).Transform(View(Purchase.Rows(60)));
        Assertions.Throws<ArgumentOutOfRangeException>(() => _model.Transform(wider), "Column 'Sizes' must have 2 values, as in training. Got 3.");
        Assertions.Throws<ArgumentOutOfRangeException>(() => _model.Transform(_context.Transforms.DropColumns("Tags").Fit(fewer).Transform(View(Purchase.Rows(60)))), "The feature column 'Tags' must be among the data's columns.");
    }

    [TestMethod]
    public void Too_many_categories_are_refused()
    {
        var data = _context.Transforms.Conversion.Hash("Hashed", "Weight", numberOfBits: 24).Fit(View(Purchase.Rows(10))).Transform(View(Purchase.Rows(10)));
        Assertions.Throws<ArgumentOutOfRangeException>(() => _trainer.CreateFast(_context, o => o.CategoricalColumnNames = ["Hashed"]).Fit(data), "Column 'Hashed' must have at most 16777215 categories. Got 16777216. Make the key with Conversion.MapValueToKey(\"Hashed\"), or with Conversion.Hash(\"Hashed\", numberOfBits: 20)");
    }

    [TestMethod]
    public void A_bad_number_is_found_in_its_own_column()
    {
        var rows = Purchase.Rows(20);
        rows[7].Price = float.NegativeInfinity;
        Assertions.Throws<InvalidOperationException>(() => _trainer.CreateFast(_context, Purchase.NameColumns).Fit(View(rows)), "Column 'Price' must hold finite numbers. Got -Infinity in row 7 (counted from 0) of the training data as given to the trainer, after any filter or shuffle. Add Transforms.Expression(\"Price\"");
        rows[7].Price = 1;
        rows[9].Sizes[1] = float.NaN;
        Assertions.Throws<InvalidOperationException>(() => _trainer.CreateFast(_context, o =>
        {
            Purchase.NameColumns(o);
            o.Missing = MissingValues.Error;
        }).Fit(View(rows)), "Column 'Sizes' must hold finite numbers. Got NaN in row 9, slot 1 (both counted from 0)");
    }

    [TestMethod]
    public void What_asks_for_one_feature_column_gets_an_error_that_says_so()
    {
        const string Rule = "The features must come from one vector of numbers where one feature column is asked for, as ML.NET's PermutationFeatureImportance and OneVersusAll do. Got the columns 'Price', 'Sizes', 'Shop' (5 categories), 'Tags' (2 × 3 categories).";
        var scored = _model.Transform(View(Purchase.Rows(60)));
        Assertions.Throws<InvalidOperationException>(() => _context.MulticlassClassification.PermutationFeatureImportance(_model, scored), Rule);
        Assertions.Throws<InvalidOperationException>(() => _ = _model.FeatureColumnName, Rule);
        var binary = _context.BinaryClassification.Trainers.Fer(new FerOptions { CategoricalColumnNames = ["Shop"] });
        Assertions.Throws<ArgumentException>(() => _context.MulticlassClassification.Trainers.OneVersusAll(binary), "binaryEstimator must read one feature column, a vector, in ML.NET's OneVersusAll. Got 'Shop'.");
        Assertions.Throws<ArgumentOutOfRangeException>(() => _model.Explain(View(Purchase.Rows(3)), new ExplainOptions { Baseline = [1, 2] }), "Baseline must hold one value for each of the 6 slots of the columns 'Price', 'Sizes', 'Shop' (5 categories), 'Tags' (2 × 3 categories). Got 2.");
    }

    [TestMethod]
    public void An_altered_file_is_refused()
    {
        var saved = ModelZip.Save(_context, _model);
        Refused(json => json["columns"] = new JsonArray(), "must have at least 1 and at most 1048576 columns. Got 0.");
        Refused(json => json["columns"]![2]!["categories"] = 6, "must have columns with the categories that the network embeds.");
        Refused(json => json["columns"]![2]!["categories"] = 0, "Got 'Shop' with 1 slots and 0 categories.");
        Refused(json => json["columns"]![1]!["width"] = 3, "must have columns of as many slots as its encoding");
        Refused(json => json["columns"]![1]!["width"] = int.MaxValue, "Got 'Sizes' with 2147483647 slots and no categories.");
        Refused(json => json["columns"]![1]!["name"] = "Price", "must have columns with names of their own");
        Refused(json => json["columns"]![0]!["categories"] = 5, "those of numbers first");
        Refused(json => json["columns"]!.AsArray().Add(null), "");
        Refused(json => json.Remove("columns"), "must name the label and the feature column");
        Refused(json => json["featureColumn"] = "Features", "must name the label and the feature column");

        void Refused(Action<JsonObject> alter, string part)
        {
            var zip = new ModelZip(saved);
            var json = JsonNode.Parse(zip.Json)!.AsObject();
            alter(json);
            zip.Json = json.ToJsonString();
            var error = Assert.Throws<Exception>(() => _context.Model.Load(new MemoryStream(zip.ToBytes()), out _));
            while (error.InnerException is { } inner && error is not FormatException)
                error = inner;
            Assert.IsInstanceOfType<FormatException>(error);
            StringAssert.Contains(error.Message, part, StringComparison.Ordinal);
        }
    }

    private static IDataView View(IEnumerable<Purchase> rows) => Purchase.View(_context, rows);
}
