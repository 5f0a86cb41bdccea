using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>Every bad input is an error that names the thing, the rule, the value and the remedy. For all trainers.</summary>
[TestClass]
public sealed class BadInputTests
{
    public static IEnumerable<object[]> Trainers => TrainerUnderTest.Rows;

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void No_rows(TrainerUnderTest trainer) =>
        Fails<InvalidOperationException>(trainer, c => Blobs.Keyed(c, []), "The training data must hold at least one row. Got none.");

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void One_class(TrainerUnderTest trainer) =>
        Fails<InvalidOperationException>(trainer, c => Blobs.Keyed(c, Blobs.Rows(30).Where(r => r.Label == "green")),
            "Column 'Label' must hold at least two classes. Got only 'green' in all 10 rows of the training data.");

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Label_missing_as_column(TrainerUnderTest trainer) =>
        FailsInSchema(trainer, c => Blobs.Keyed(c), "The label column 'Klass' must be among the data's columns. Got 'Id', 'Label', 'Weight', 'Features'. Add the column, or name another one in LabelColumnName.",
            o => o.LabelColumnName = "Klass");

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Label_not_a_key(TrainerUnderTest trainer) =>
        FailsInSchema(trainer, c => c.Data.LoadFromEnumerable(Blobs.Rows(9)), "Column 'Label' must be a key. Got String. Add Conversion.MapValueToKey(\"Label\").");

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Label_key_of_too_many_classes(TrainerUnderTest trainer) =>
        Fails<ArgumentOutOfRangeException>(trainer, c => c.Data.LoadFromEnumerable(new[] { new HashedRow { Label = 1 } }),
            "Column 'Label' must have at most 1048576 classes. Got 2000000.");

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Label_key_above_its_count(TrainerUnderTest trainer) =>
        Fails<InvalidOperationException>(trainer, c => new LyingView(Blobs.Keyed(c, Blobs.Rows(9)), row: 6, key: 7),
            "Column 'Label' must hold keys up to 3. Got 7 in row 6 (counted from 0) of the training data as given to the trainer, after any filter or shuffle.");

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Feature_column_missing(TrainerUnderTest trainer) =>
        FailsInSchema(trainer, c => Blobs.Keyed(c), "The feature column 'Pixels' must be among the data's columns.", o => o.FeatureColumnName = "Pixels");

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Feature_column_not_single(TrainerUnderTest trainer) =>
        FailsInSchema(trainer, c => c.Transforms.Conversion.ConvertType("Features", outputKind: DataKind.Double).Fit(Blobs.Keyed(c)).Transform(Blobs.Keyed(c)),
            "Column 'Features' must be a vector of Single. Got Vector<Double", "Add Conversion.ConvertType(\"Features\", outputKind: DataKind.Single).");

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Feature_column_not_a_vector(TrainerUnderTest trainer) =>
        FailsInSchema(trainer, c => Blobs.Keyed(c), "Column 'Weight' must be a vector of Single. Got Single. Add Concatenate(\"Features\", \"Weight\").", o => o.FeatureColumnName = "Weight");

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Feature_column_of_unknown_size(TrainerUnderTest trainer) =>
        FailsInSchema(trainer, c => c.Data.LoadFromEnumerable(new[] { new LooseRow { Label = 1, Features = [1, 2] }, new LooseRow { Label = 2, Features = [1] } }),
            "Column 'Features' must have one known size. Got Vector<Single>, whose size may change from row to row.");

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Feature_vector_that_breaks_its_promised_size(TrainerUnderTest trainer) =>
        Fails<InvalidOperationException>(trainer, c => new LyingView(Blobs.Keyed(c, Blobs.Rows(9)), row: 6, length: 3),
            "Column 'Features' must hold 4 values in every row. Got 3 in row 6 (counted from 0) of the training data as given to the trainer, after any filter or shuffle.");

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Feature_not_a_number(TrainerUnderTest trainer)
    {
        var rows = Blobs.Rows(30);
        rows[17].Features[2] = float.NaN;
        Fails<InvalidOperationException>(trainer, c => Blobs.Keyed(c, rows),
            "Column 'Features' must hold finite numbers. Got NaN in row 17, slot 2 (both counted from 0) of the training data as given to the trainer, after any filter or shuffle. Set Missing = MissingValues.Encode, add Transforms.ReplaceMissingValues(\"Features\")", o => o.Missing = MissingValues.Error);
    }

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Feature_infinite_and_named(TrainerUnderTest trainer)
    {
        var rows = Blobs.Rows(30).Select(r => new WideRow { Label = r.Label, A = r.Features[0], B = r.Features[1] }).ToArray();
        rows[3].B = float.NegativeInfinity;
        Fails<InvalidOperationException>(trainer, c =>
        {
            var view = c.Data.LoadFromEnumerable(rows);
            return c.Transforms.Conversion.MapValueToKey("Label").Append(c.Transforms.Concatenate("Features", "A", "B")).Fit(view).Transform(view);
        }, "Got -Infinity in row 3, slot 1 'B' (both counted from 0) of the training data as given to the trainer, after any filter or shuffle.");
    }

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Weight_column_missing(TrainerUnderTest trainer) =>
        FailsInSchema(trainer, c => Blobs.Keyed(c), "The example weight column 'W' must be among the data's columns.", o => o.ExampleWeightColumnName = "W");

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Weight_column_not_single(TrainerUnderTest trainer) =>
        FailsInSchema(trainer, c => Blobs.Keyed(c), "Column 'Id' must be Single, to serve as example weight. Got Int32.", o => o.ExampleWeightColumnName = "Id");

    [TestMethod]
    [DataRow(-0.5f, "-0.5")]
    [DataRow(float.NaN, "NaN")]
    [DataRow(float.PositiveInfinity, "Infinity")]
    public void Weight_not_allowed(float weight, string text)
    {
        foreach (var trainer in TrainerUnderTest.All)
        {
            var rows = Blobs.Rows(9);
            rows[8].Weight = weight;
            Fails<InvalidOperationException>(trainer, c => Blobs.Keyed(c, rows), $"Column 'Weight' must hold finite weights of at least 0. Got {text} in row 8 (counted from 0) of the training data as given to the trainer, after any filter or shuffle.",
                o => o.ExampleWeightColumnName = "Weight");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Weights_all_zero(TrainerUnderTest trainer)
    {
        var rows = Blobs.Rows(9);
        foreach (var row in rows)
            row.Weight = 0;
        Fails<InvalidOperationException>(trainer, c => Blobs.Keyed(c, rows), "The training data must hold a row with a weight above 0.", o => o.ExampleWeightColumnName = "Weight");
    }

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Options_out_of_range(TrainerUnderTest trainer)
    {
        var context = new MLContext();
        Assertions.Throws<ArgumentOutOfRangeException>(() => Create(o => o.Epochs = 0), "Epochs must be at least 1", "Got 0.");
        Assertions.Throws<ArgumentOutOfRangeException>(() => Create(o => o.LearningRate = double.NaN), "LearningRate must be above 0", "Got NaN.");
        Assertions.Throws<ArgumentOutOfRangeException>(() => Create(o => o.LabelColumnName = ""), "LabelColumnName must be given");
        void Create(Action<TrainingOptions> change)
        {
            try
            {
                trainer.CreateFast(context, change);
            }
            catch (System.Reflection.TargetInvocationException e)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerException!);
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Loss_that_stops_being_finite(TrainerUnderTest trainer) =>
        Fails<TrainingDivergedException>(trainer, c => Blobs.Keyed(c), ["The loss stopped being finite in epoch ", ", step ", "Lower LearningRate"],
            o => (o.LearningRate, o.Momentum) = (1e6, 0.99));

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Validation_data_of_other_shape(TrainerUnderTest trainer)
    {
        var context = new MLContext();
        var training = Blobs.Keyed(context);
        var otherNames = context.Transforms.Conversion.MapValueToKey("Label").Fit(View(context, "one", "two", "three")).Transform(View(context, "one", "two", "three"));
        var narrow = context.Data.LoadFromEnumerable(new[] { new NarrowRow { Label = 1, Features = [1, 2] } });
        Assertions.Throws<ArgumentOutOfRangeException>(() => trainer.Create(context, trainer.FastOptions(), otherNames).Fit(training),
            "Column 'Label' of the validation data must have the classes of training ('red', 'green', 'blue'). Got 'one', 'two', 'three'.");
        Assertions.Throws<ArgumentOutOfRangeException>(() => trainer.Create(context, trainer.FastOptions(), narrow).Fit(training),
            "Column 'Features' of the validation data must have 4 values, as in training. Got 2.");
        Assertions.Throws<InvalidOperationException>(() => trainer.Create(context, trainer.FastOptions(), Blobs.Keyed(context, [])).Fit(training),
            "The validation data must hold at least one row. Got none.");
    }

    [TestMethod]
    public void Nothing_given()
    {
        var context = new MLContext();
        var trainers = context.MulticlassClassification.Trainers;
        Assert.ThrowsExactly<ArgumentNullException>(() => trainers.Fer((FerOptions)null!));
        Assert.ThrowsExactly<ArgumentNullException>(() => ((MulticlassClassificationCatalog.MulticlassClassificationTrainers)null!).Fer());
        Assert.ThrowsExactly<ArgumentNullException>(() => trainers.Fer().Fit(null!));
        Assert.ThrowsExactly<ArgumentNullException>(() => trainers.Fer().GetOutputSchema(null!));
    }

    [TestMethod]
    public void Scoring_data_of_other_shape()
    {
        var context = new MLContext();
        using var model = TrainerUnderTest.Named("Fer").Fit(context);
        Assertions.Throws<ArgumentOutOfRangeException>(() => model.Transform(context.Data.LoadFromEnumerable(new[] { new NarrowRow { Features = [1, 2] } })),
            "Column 'Features' must have 4 values, as in training. Got 2. Apply the transforms of training.");
        Assertions.Throws<ArgumentOutOfRangeException>(() => model.GetOutputSchema(context.Data.LoadFromEnumerable(new[] { new WideRow() }).Schema),
            "The feature column 'Features' must be among the data's columns. Got 'Label', 'A', 'B'. Apply the transforms of training, or CopyColumns(\"Features\", ...) where the column has another name.");
        var doubles = context.Transforms.Conversion.ConvertType("Features", outputKind: DataKind.Double).Fit(Blobs.Keyed(context)).Transform(Blobs.Keyed(context));
        Assertions.Throws<ArgumentOutOfRangeException>(() => model.Transform(doubles), "Column 'Features' must be a vector of Single. Got Vector<Double, 4>. Add Conversion.ConvertType(\"Features\", outputKind: DataKind.Single).");
        Assertions.Throws<ArgumentOutOfRangeException>(() => context.Model.CreatePredictionEngine<WideRow, ScoredRow>(model), "The feature column 'Features' must be among the data's columns. Got 'Label', 'A', 'B'.");
        var scored = model.Transform(new LyingView(Blobs.Keyed(context, 9), row: 2, length: 5));
        Assertions.Throws<InvalidOperationException>(() => Blobs.Scores(context, scored), "Column 'Features' must hold 4 values in every row. Got 5.");
        Assert.ThrowsExactly<ArgumentNullException>(() => model.Transform(null!));
        Assert.ThrowsExactly<ArgumentNullException>(() => model.GetOutputSchema(null!));
    }

    /// <summary>A column's type: estimator chains ask GetOutputSchema first, a bare trainer is asked to fit. Both must say so.</summary>
    private static void FailsInSchema(TrainerUnderTest trainer, Func<MLContext, IDataView> data, params object[] rest)
    {
        var parts = rest.OfType<string>().ToArray();
        var change = rest.OfType<Action<TrainingOptions>>().SingleOrDefault();
        Fails<ArgumentOutOfRangeException>(trainer, data, parts, change);
        var context = new MLContext();
        var shape = Shapes.Of(context, data(context));
        // The shape knows no sizes of vectors, so its texts of types differ a little.
        Assertions.Throws<ArgumentOutOfRangeException>(() => trainer.CreateFast(context, change).GetOutputSchema(shape), parts[0].Split(". Got")[0]);
    }

    private static void FailsInSchema(TrainerUnderTest trainer, Func<MLContext, IDataView> data, string part, Action<TrainingOptions> change) =>
        FailsInSchema(trainer, data, [part, change]);

    private static void Fails<TException>(TrainerUnderTest trainer, Func<MLContext, IDataView> data, string part, Action<TrainingOptions>? change = null)
        where TException : Exception => Fails<TException>(trainer, data, [part], change);

    private static void Fails<TException>(TrainerUnderTest trainer, Func<MLContext, IDataView> data, string[] parts, Action<TrainingOptions>? change = null)
        where TException : Exception
    {
        var context = new MLContext();
        Assertions.Throws<TException>(() => trainer.CreateFast(context, change).Fit(data(context)), parts);
    }

    private static IDataView View(MLContext context, params string[] labels) =>
        context.Data.LoadFromEnumerable(labels.Select(label => new BlobRow { Label = label, Features = new float[4] }));

    private sealed class HashedRow
    {
        [KeyType(2_000_000)]
        public uint Label { get; set; }

        [VectorType(2)]
        public float[] Features { get; set; } = new float[2];
    }

    private sealed class LooseRow
    {
        [KeyType(2)]
        public uint Label { get; set; }

        public float[] Features { get; set; } = [];
    }

    private sealed class NarrowRow
    {
        [KeyType(3)]
        public uint Label { get; set; }

        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }

    private sealed class WideRow
    {
        public string Label { get; set; } = "";

        public float A { get; set; }

        public float B { get; set; }
    }
}
