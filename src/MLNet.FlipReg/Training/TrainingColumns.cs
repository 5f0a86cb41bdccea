using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Images;
using MLNet.FlipReg.Scoring;
using static System.FormattableString;

namespace MLNet.FlipReg.Training;

/// <summary>The checked columns of a view that training reads.</summary>
internal sealed record TrainingColumns(DataViewSchema.Column Label, FeatureSources Features, DataViewSchema.Column? Weight, int Classes, ClassNames? ClassNames)
{
    /// <summary>How the feature column's images are read; null where it holds a vector of features.</summary>
    public ImageOptions? Images { get; init; }

    /// <summary>Values of a row.</summary>
    public int Width => Features.Width;

    /// <summary>A class's name as text; its key where the keys have no values.</summary>
    public string ClassName(int index) => ClassNames?.Texts[index] ?? Invariant($"key {index + 1}");

    /// <summary>Finds and checks the columns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of the wrong type.</exception>
    public static TrainingColumns Of(DataViewSchema schema, TrainingOptions options, ScoreKind kind, string parameter, bool withWeights = true)
    {
        var present = schema.Where(c => !c.IsHidden).Select(c => c.Name).ToList();
        var label = schema.GetColumnOrNull(options.LabelColumnName);
        kind.CheckLabel(Shape(label), options.LabelColumnName, present, parameter);
        ColumnRules.CheckInputs(options, name => Shape(schema.GetColumnOrNull(name)), present, parameter);
        if (options.Images is { } images)
            _ = ImageColumnKinds.Of(schema[options.FeatureColumnName].Type, options.FeatureColumnName, images.Shape, parameter);
        DataViewSchema.Column? weight = null;
        if (withWeights && options.ExampleWeightColumnName is { } name)
        {
            weight = schema.GetColumnOrNull(name);
            ColumnRules.CheckWeights(Shape(weight), name, present, parameter);
        }

        var (classes, names) = kind.Classes(label!.Value, parameter);
        if (withWeights)
            ColumnRules.CheckClassWeights(options.ClassWeights, options.LabelColumnName, classes, names?.Texts);
        return new TrainingColumns(label.Value, Sources(schema, options, parameter), weight, classes, names) { Images = options.Images };
    }

    /// <summary>The columns that features come from, which are of the right types.</summary>
    private static FeatureSources Sources(DataViewSchema schema, TrainingOptions options, string parameter)
    {
        DataViewSchema.Column[] numbers = [.. options.Numbers.Select(name => schema[name])], categories = [.. options.Categories.Select(name => schema[name])];
        if (options.Images is { } images)
            return new FeatureSources(new FeatureColumns(numbers[0].Name, images.Shape.Values), numbers);
        if (numbers is [{ Type: VectorDataViewType vector } one] && categories.Length == 0)
            return new FeatureSources(new FeatureColumns(one.Name, vector.Size), numbers);
        return new FeatureSources(
            new FeatureColumns([
                .. numbers.Select(column => new FeatureColumn(column.Name, SizeOf(column.Type), null)),
                .. categories.Select(column => new FeatureColumn(column.Name, SizeOf(column.Type), ColumnRules.CheckCategoryCount(column.Type, column.Name, parameter))),
            ]),
            [.. numbers, .. categories]);
    }

    /// <summary>Checks that validation rows have the classes and the features of the training rows.</summary>
    public void CheckSameAs(TrainingColumns training, string parameter)
    {
        foreach (var (column, trained) in Features.Columns.All.Zip(training.Features.Columns.All))
        {
            if (column.Width != trained.Width)
                throw ColumnRules.Bad($"Column '{column.Name}' of the validation data must have {trained.Width} values, as in training. Got {column.Width}. Use the same transforms for both.", parameter);
            if (column.Categories != trained.Categories)
                throw ColumnRules.Bad($"Column '{column.Name}' of the validation data must have the {trained.Categories} categories of training. Got {column.Categories}. Fit MapValueToKey on the training data and apply it to both.", parameter);
        }

        if (Dimensions is { } own && training.Dimensions is { } other && !own.SequenceEqual(other))
            throw ColumnRules.Bad($"Column '{Features.One.Name}' of the validation data must have the dimensions {InvariantText.List(other)}, as in training. Got {InvariantText.List(own)}. Use the same transforms for both.", parameter);
        if (Classes != training.Classes || !Equals(ClassNames, training.ClassNames))
            throw ColumnRules.Bad($"Column '{Label.Name}' of the validation data must have the classes of training ({Describe(training)}). Got {Describe(this)}. Fit MapValueToKey on the training data and apply it to both.", parameter);
    }

    public static ColumnShape? Shape(DataViewSchema.Column? column)
    {
        if (column is not { } found)
            return null;
        var vector = found.Type as VectorDataViewType;
        var item = vector?.ItemType ?? found.Type;
        return new ColumnShape(found.Name, found.Type.ToString()!, item.RawType, item is KeyDataViewType, vector is not null, vector?.IsKnownSize == true);
    }

    /// <summary>The three dimensions of the one feature column's vectors, where it has them.</summary>
    private IReadOnlyList<int>? Dimensions => Images is null && Features.Columns.AreOneVector && ((VectorDataViewType)Features.One.Type).Dimensions is { Length: 3 } dimensions ? dimensions : null;

    /// <summary>Values of a row: 1 of a column that holds no vectors.</summary>
    public static int SizeOf(DataViewType type) => (type as VectorDataViewType)?.Size ?? 1;

    private static string Describe(TrainingColumns columns) => columns.ClassNames is null
        ? Invariant($"{columns.Classes} without names") + (columns.Classes == 1 ? ", as MapValueToKey gives for data without rows or labels" : "")
        : string.Join(", ", columns.ClassNames.Texts.Take(20).Select(t => $"'{t}'")) + (columns.Classes > 20 ? ", …" : "");
}
