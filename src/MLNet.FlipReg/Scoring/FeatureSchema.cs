using FlipReg;
using FlipReg.Encoders;
using Microsoft.ML;
using MLNet.FlipReg.Images;
using MLNet.FlipReg.Training;
using static System.FormattableString;

namespace MLNet.FlipReg.Scoring;

/// <summary>An input schema, and behind it columns that are computed from those that hold features. Input columns keep their index.</summary>
internal abstract class FeatureSchema
{
    protected FeatureSchema(DataViewSchema input, FlipRegModelParameters model)
    {
        (Input, Encoder, RowValues, Images) = (input, model.Encoder, model.Network.RowValues(), model.ImageInput);
        Features = new FeatureSources(model.Features, [.. model.Features.All.Select(column => Find(input, column, model.Features.AreOneVector, Images?.Options))]);
        if (Images is not null)
            ImageKind = ImageColumnKinds.Of(Features.One.Type, Features.One.Name, Images.Options.Shape, nameof(input));
        else if (Features.Columns.AreOneVector)
            ImageColumn.CheckSame(model.Network, Features.One, nameof(input));
    }

    public DataViewSchema Input { get; }

    public abstract DataViewSchema Output { get; }

    /// <summary>The columns that hold features.</summary>
    public FeatureSources Features { get; }

    /// <summary>How images are read; null where the features are vectors.</summary>
    public ImageInput? Images { get; }

    /// <summary>How the feature column holds images.</summary>
    public ImageColumnKind ImageKind { get; }

    /// <summary>Values of a row, before it is encoded.</summary>
    public int Width => Encoder.RawWidth;

    /// <summary>Maps rows to the network's.</summary>
    public InputEncoder Encoder { get; }

    /// <summary>Values that the network's layers give for one row.</summary>
    public long RowValues { get; }

    /// <summary>Whether a column of <see cref="Output"/> is one of those behind.</summary>
    public bool IsAdded(int index) => index >= Input.Count;

    /// <summary>Which columns of <see cref="Output"/> a caller needs.</summary>
    public bool[] ActiveColumns(IEnumerable<DataViewSchema.Column> needed)
    {
        var active = new bool[Output.Count];
        foreach (var column in needed)
        {
            if (column.Index >= active.Length || column.Name != Output[column.Index].Name)
                throw new ArgumentException(Invariant($"Column '{column.Name}' must belong to the schema of the view. Got index {column.Index} of {active.Length} columns. Take it from the view's own Schema."), nameof(needed));
            active[column.Index] = true;
        }

        return active;
    }

    /// <summary>The input columns behind active output columns.</summary>
    public IEnumerable<DataViewSchema.Column> InputColumns(bool[] active)
    {
        var added = NeedsFeatures(active);
        return Input.Where(c => active[c.Index] || (added && Features.Contains(c)));
    }

    /// <summary>Whether one of the active output columns is computed from the features.</summary>
    public bool NeedsFeatures(bool[] active) => active.AsSpan(Input.Count).Contains(true);

    private static DataViewSchema.Column Find(DataViewSchema input, FeatureColumn column, bool isOneVector, ImageOptions? images)
    {
        var (name, found) = (column.Name, input.GetColumnOrNull(column.Name));
        var present = input.Where(c => !c.IsHidden).Select(c => c.Name);
        if (found is null)
            throw ColumnRules.Bad($"The feature column '{name}' must be among the data's columns. Got {string.Join(", ", present.Select(p => $"'{p}'"))}. Apply the transforms of training, or CopyColumns(\"{name}\", ...) where the column has another name.", nameof(input));
        var shape = TrainingColumns.Shape(found);
        if (isOneVector)
            ColumnRules.CheckFeatures(shape, name, present, nameof(input), images);
        else if (column.Categories is null)
            ColumnRules.CheckNumbers(shape, name, present, nameof(input));
        else
            ColumnRules.CheckCategories(shape, name, present, nameof(input));
        if (images is not null)
            return found.Value;
        var width = TrainingColumns.SizeOf(found.Value.Type);
        if (width != column.Width)
            throw ColumnRules.Bad($"Column '{name}' must have {column.Width} values, as in training. Got {width}. Apply the transforms of training.", nameof(input));
        if (column.Categories is { } categories && ColumnRules.CheckCategoryCount(found.Value.Type, name, nameof(input)) is var count && count != categories)
            throw ColumnRules.Bad($"Column '{name}' must have {categories} categories, as in training. Got {count}. Apply the transforms that were fitted for the training.", nameof(input));
        return found.Value;
    }
}
