using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Images;
using MLNet.FlipReg.Scoring;
using static System.FormattableString;

namespace MLNet.FlipReg.Training;

/// <summary>The checked columns of a view that training reads.</summary>
internal sealed record TrainingColumns(DataViewSchema.Column Label, DataViewSchema.Column Features, DataViewSchema.Column? Weight, int Classes, ClassNames? ClassNames)
{
    /// <summary>How the feature column's images are read; null where it holds a vector of features.</summary>
    public ImageOptions? Images { get; init; }

    /// <summary>Values of a row.</summary>
    public int Width => Images?.Shape.Values ?? ((VectorDataViewType)Features.Type).Size;

    /// <summary>A class's name as text; its key where the keys have no values.</summary>
    public string ClassName(int index) => ClassNames?.Texts[index] ?? Invariant($"key {index + 1}");

    /// <summary>Finds and checks the columns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of the wrong type.</exception>
    public static TrainingColumns Of(DataViewSchema schema, TrainingOptions options, ScoreKind kind, string parameter, bool withWeights = true)
    {
        var present = schema.Where(c => !c.IsHidden).Select(c => c.Name).ToList();
        var label = schema.GetColumnOrNull(options.LabelColumnName);
        var features = schema.GetColumnOrNull(options.FeatureColumnName);
        kind.CheckLabel(Shape(label), options.LabelColumnName, present, parameter);
        ColumnRules.CheckFeatures(Shape(features), options.FeatureColumnName, present, parameter, options.Images);
        if (options.Images is { } images)
            _ = ImageColumnKinds.Of(features!.Value.Type, options.FeatureColumnName, images.Shape, parameter);
        DataViewSchema.Column? weight = null;
        if (withWeights && options.ExampleWeightColumnName is { } name)
        {
            weight = schema.GetColumnOrNull(name);
            ColumnRules.CheckWeights(Shape(weight), name, present, parameter);
        }

        var (classes, names) = kind.Classes(label!.Value, parameter);
        if (withWeights)
            ColumnRules.CheckClassWeights(options.ClassWeights, options.LabelColumnName, classes, names?.Texts);
        return new TrainingColumns(label.Value, features!.Value, weight, classes, names) { Images = options.Images };
    }

    /// <summary>Checks that validation rows have the classes and the features of the training rows.</summary>
    public void CheckSameAs(TrainingColumns training, string parameter)
    {
        if (Width != training.Width)
            throw ColumnRules.Bad($"Column '{Features.Name}' of the validation data must have {training.Width} values, as in training. Got {Width}. Use the same transforms for both.", parameter);
        if (((VectorDataViewType)Features.Type).Dimensions is { Length: 3 } own && ((VectorDataViewType)training.Features.Type).Dimensions is { Length: 3 } other && !own.SequenceEqual(other))
            throw ColumnRules.Bad($"Column '{Features.Name}' of the validation data must have the dimensions {InvariantText.List(other)}, as in training. Got {InvariantText.List(own)}. Use the same transforms for both.", parameter);
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

    private static string Describe(TrainingColumns columns) => columns.ClassNames is null
        ? Invariant($"{columns.Classes} without names") + (columns.Classes == 1 ? ", as MapValueToKey gives for data without rows or labels" : "")
        : string.Join(", ", columns.ClassNames.Texts.Take(20).Select(t => $"'{t}'")) + (columns.Classes > 20 ? ", …" : "");
}
