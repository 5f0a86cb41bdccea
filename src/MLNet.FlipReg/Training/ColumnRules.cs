using FlipReg;
using Microsoft.ML.Data;
using MLNet.FlipReg.Images;

namespace MLNet.FlipReg.Training;

/// <summary>A column as both kinds of schema describe it: SchemaShape before data is seen, DataViewSchema afterwards.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="TypeText">The column's type as text, for messages.</param>
/// <param name="ItemType">The scalar type, or the type of a vector's items; of a key, its raw type.</param>
/// <param name="IsKey">Whether the items are keys.</param>
/// <param name="IsVector">Whether the column holds vectors.</param>
/// <param name="IsKnownSize">Whether all its vectors have one size, fixed by the schema.</param>
internal readonly record struct ColumnShape(string Name, string TypeText, Type ItemType, bool IsKey, bool IsVector, bool IsKnownSize);

/// <summary>What training and scoring ask of columns, with the words to say so.</summary>
internal static class ColumnRules
{
    /// <summary>Classes a label may have at most; beyond that a softmax layer is the wrong tool, and a wrong key count the likely cause.</summary>
    internal const int MaximumClasses = 1 << 20;

    /// <summary>Categories a column may have at most: numbers up to there are exact as Single.</summary>
    internal const int MaximumCategories = (1 << 24) - 1;

    public static void CheckKeyLabel(ColumnShape? column, string name, IEnumerable<string> present, string parameter)
    {
        var label = Label(column, name, present, parameter);
        if (label.IsVector || !label.IsKey)
            throw Bad($"Column '{name}' must be a key. Got {label.TypeText}. Add Conversion.MapValueToKey(\"{name}\").", parameter);
    }

    public static void CheckBooleanLabel(ColumnShape? column, string name, IEnumerable<string> present, string parameter)
    {
        var label = Label(column, name, present, parameter);
        if (label.IsVector || label.IsKey || label.ItemType != typeof(bool))
            throw Bad($"Column '{name}' must be Boolean. Got {label.TypeText}. {BooleanRemedy(label, name)}", parameter);
    }

    /// <summary>Checks the feature column.</summary>
    /// <param name="column">The column, where there is one.</param>
    /// <param name="name">Its name.</param>
    /// <param name="present">The columns that there are.</param>
    /// <param name="parameter">The argument that has them.</param>
    /// <param name="images">How images are read, where the column holds these.</param>
    public static void CheckFeatures(ColumnShape? column, string name, IEnumerable<string> present, string parameter, ImageOptions? images = null)
    {
        if (images is not null)
        {
            ImageColumnKinds.Check(column, name, present, parameter);
            return;
        }

        if (column is not { } features)
            throw MissingFeatures(name, present, parameter);
        if (!features.IsKey && (features.ItemType == typeof(MLImage) || (!features.IsVector && features.ItemType == typeof(ReadOnlyMemory<char>) && name.Contains("path", StringComparison.OrdinalIgnoreCase))))
            throw Bad($"Column '{name}' must be a vector of Single. Got {features.TypeText}. Set Images = new ImageOptions {{ ... }} where it holds images or paths of images.", parameter);
        if (features.IsKey || features.ItemType != typeof(float))
            throw Bad($"Column '{name}' must be a vector of Single. Got {features.TypeText}. Add Conversion.ConvertType(\"{name}\", outputKind: DataKind.Single).", parameter);
        if (!features.IsVector)
            throw Bad($"Column '{name}' must be a vector of Single. Got {features.TypeText}. Add Concatenate(\"Features\", \"{name}\").", parameter);
        CheckKnownSize(features, parameter);
    }

    /// <summary>Checks the columns that features come from.</summary>
    /// <param name="options">The options that name them.</param>
    /// <param name="find">A column by its name, or null.</param>
    /// <param name="present">The columns that there are.</param>
    /// <param name="parameter">The argument that has them.</param>
    public static void CheckInputs(TrainingOptions options, Func<string, ColumnShape?> find, IEnumerable<string> present, string parameter)
    {
        if (options.ReadsFeatureColumn)
            CheckFeatures(find(options.FeatureColumnName), options.FeatureColumnName, present, parameter, options.Images);
        foreach (var name in options.NumericColumnNames ?? [])
            CheckNumbers(find(name), name, present, parameter);
        foreach (var name in options.Categories)
            CheckCategories(find(name), name, present, parameter);
    }

    public static void CheckNumbers(ColumnShape? column, string name, IEnumerable<string> present, string parameter)
    {
        var numbers = column ?? throw Missing(name, "numeric", nameof(TrainingOptions.NumericColumnNames), present, parameter);
        if (numbers.IsKey)
            throw Bad($"Column '{name}' must be Single, or a vector of Single. Got {numbers.TypeText}. Name it in {nameof(TrainingOptions.CategoricalColumnNames)}.", parameter);
        if (numbers.ItemType != typeof(float))
            throw Bad($"Column '{name}' must be Single, or a vector of Single. Got {numbers.TypeText}. Add Conversion.ConvertType(\"{name}\", outputKind: DataKind.Single).", parameter);
        CheckKnownSize(numbers, parameter);
    }

    public static void CheckCategories(ColumnShape? column, string name, IEnumerable<string> present, string parameter)
    {
        var categories = column ?? throw Missing(name, "categorical", nameof(TrainingOptions.CategoricalColumnNames), present, parameter);
        if (!categories.IsKey)
            throw Bad($"Column '{name}' must be a key, or a vector of keys. Got {categories.TypeText}. Add Conversion.MapValueToKey(\"{name}\").", parameter);
        CheckKnownSize(categories, parameter);
    }

    /// <summary>The number of categories of a column of keys.</summary>
    public static int CheckCategoryCount(DataViewType type, string name, string parameter)
    {
        var key = (KeyDataViewType)((type as VectorDataViewType)?.ItemType ?? type);
        if (key.Count > MaximumCategories)
            throw Bad($"Column '{name}' must have at most {MaximumCategories} categories. Got {key.Count}. Make the key with Conversion.MapValueToKey(\"{name}\"), or with Conversion.Hash(\"{name}\", numberOfBits: 20), which shares vectors between categories.", parameter);
        return (int)key.Count;
    }

    public static void CheckWeights(ColumnShape? column, string name, IEnumerable<string> present, string parameter)
    {
        if (column is not { } weights)
            throw Missing(name, "example weight", "ExampleWeightColumnName", present, parameter);
        if (weights.IsVector || weights.IsKey || weights.ItemType != typeof(float))
            throw Bad($"Column '{name}' must be Single, to serve as example weight. Got {weights.TypeText}. Add Conversion.ConvertType(\"{name}\", outputKind: DataKind.Single).", parameter);
    }

    /// <summary>The number of classes of a key column. Whether there are at least two the rows must show: a key made of no rows has one, too.</summary>
    public static int CheckClassCount(KeyDataViewType key, string name, string parameter)
    {
        if (key.Count > MaximumClasses)
            throw Bad($"Column '{name}' must have at most {MaximumClasses} classes. Got {key.Count}. Make the key with Conversion.MapValueToKey(\"{name}\") on data that holds all classes.", parameter);
        return (int)key.Count;
    }

    /// <summary>Checks that given class weights are as many as the classes.</summary>
    public static void CheckClassWeights(ClassWeights weights, string labelName, int classes, IReadOnlyList<string>? names)
    {
        if (weights.Values is not { } values || values.Count == classes)
            return;
        var order = names is null ? "in the order of the label's key" : $"in the order {string.Join(", ", names.Take(20).Select(name => $"'{name}'"))}{(classes > 20 ? ", …" : "")}";
        throw Bad($"ClassWeights must hold one value for each of the {classes} classes of column '{labelName}'. Got {values.Count} ({weights}). Give them {order}, or use ClassWeights.Balanced.", nameof(ClassWeights));
    }

    /// <summary>An error about a column, in the invariant culture.</summary>
    public static ArgumentOutOfRangeException Bad(FormattableString message, string parameter) => new(parameter, FormattableString.Invariant(message));

    private static void CheckKnownSize(ColumnShape column, string parameter)
    {
        if (column is { IsVector: true, IsKnownSize: false })
            throw Bad($"Column '{column.Name}' must have one known size. Got {column.TypeText}, whose size may change from row to row. Give it a size, for instance with [VectorType(n)].", parameter);
    }

    /// <summary>How a label becomes a Boolean. Comparing serves labels of 0 and 1, and of -1 and 1.</summary>
    private static string BooleanRemedy(ColumnShape label, string name)
    {
        var (text, values) = ($"Transforms.Expression(\"{name}\", \"x : x == \\\"yes\\\"\", \"{name}\"), with the text that is to be true in place of yes", "Conversion.MapKeyToValue");
        if (label.IsVector)
            return "Name a column of single values in LabelColumnName.";
        if (label.IsKey)
            return $"Add {values}(\"{name}\") and {text}; or use MulticlassClassification.Trainers, which take keys.";
        if (label.ItemType == typeof(ReadOnlyMemory<char>))
            return $"Add {text}.";
        var (number, convert) = ($"Transforms.Expression(\"{name}\", \"x : x > 0\", \"{name}\")", $"Conversion.ConvertType(\"{name}\", outputKind: DataKind.Single)");
        return label.ItemType == typeof(float) || label.ItemType == typeof(double) || label.ItemType == typeof(int) || label.ItemType == typeof(long) ? $"Add {number}." : $"Add {convert} and {number}.";
    }

    private static ColumnShape Label(ColumnShape? column, string name, IEnumerable<string> present, string parameter) =>
        column ?? throw Missing(name, "label", "LabelColumnName", present, parameter);

    /// <summary>The error where there is no feature column.</summary>
    public static ArgumentOutOfRangeException MissingFeatures(string name, IEnumerable<string> present, string parameter) => Missing(name, "feature", "FeatureColumnName", present, parameter);

    private static ArgumentOutOfRangeException Missing(string name, string role, string option, IEnumerable<string> present, string parameter) =>
        Bad($"The {role} column '{name}' must be among the data's columns. Got {string.Join(", ", present.Select(p => $"'{p}'"))}. Add the column, or name another one in {option}.", parameter);
}
