using FlipReg;
using FlipReg.Encoders;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Training;
using static System.FormattableString;

namespace MLNet.FlipReg.Scoring;

/// <summary>
/// An input schema with the two columns that scoring adds, as the trainers of ML.NET do: PredictedLabel, then Score. Input columns keep
/// their index.
/// </summary>
internal sealed class ScoreSchema
{
    private const string SetId = "ScoreColumnSetId";

    public ScoreSchema(DataViewSchema input, FlipRegModelParameters model)
    {
        Input = input;
        Classes = model.ClassCount;
        Encoder = model.Encoder;
        RowValues = model.Network.RowValues();
        var name = model.FeatureColumnName;
        var features = input.GetColumnOrNull(name);
        var present = input.Where(c => !c.IsHidden).Select(c => c.Name);
        if (features is null)
            throw ColumnRules.Bad($"The feature column '{name}' must be among the data's columns. Got {string.Join(", ", present.Select(p => $"'{p}'"))}. Apply the transforms of training, or CopyColumns(\"{name}\", ...) where the column has another name.", nameof(input));
        ColumnRules.CheckFeatures(TrainingColumns.Shape(features), name, present, nameof(input));
        Features = features.Value;
        var width = ((VectorDataViewType)Features.Type).Size;
        if (width != model.FeatureCount)
            throw ColumnRules.Bad($"Column '{name}' must have {model.FeatureCount} values, as in training. Got {width}. Apply the transforms of training.", nameof(input));
        var set = NextSetId(input);
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumn("PredictedLabel", new KeyDataViewType(typeof(uint), Classes), LabelAnnotations(set, model.Names));
        builder.AddColumn("Score", new VectorDataViewType(NumberDataViewType.Single, Classes), ScoreAnnotations(set, model.Names));
        Output = builder.ToSchema();
    }

    public DataViewSchema Input { get; }

    public DataViewSchema Output { get; }

    public DataViewSchema.Column Features { get; }

    public int Width => ((VectorDataViewType)Features.Type).Size;

    public int Classes { get; }

    /// <summary>Maps rows to the network's.</summary>
    public InputEncoder Encoder { get; }

    /// <summary>Values that the network's layers give for one row.</summary>
    public long RowValues { get; }

    public int PredictedLabelIndex => Input.Count;

    public int ScoreIndex => Input.Count + 1;

    /// <summary>Whether a column of <see cref="Output"/> is one that scoring adds.</summary>
    public bool IsAdded(int index) => index >= Input.Count;

    /// <summary>Which columns of <see cref="Output"/> a caller needs.</summary>
    public bool[] ActiveColumns(IEnumerable<DataViewSchema.Column> needed)
    {
        var active = new bool[Output.Count];
        foreach (var column in needed)
        {
            if (column.Index >= active.Length || column.Name != Output[column.Index].Name)
                throw new ArgumentException(Invariant($"Column '{column.Name}' must belong to the schema of the scored data. Got index {column.Index} of {active.Length} columns. Take it from the view's own Schema."), nameof(needed));
            active[column.Index] = true;
        }

        return active;
    }

    /// <summary>The input columns behind active output columns.</summary>
    public IEnumerable<DataViewSchema.Column> InputColumns(bool[] active)
    {
        var scores = active[PredictedLabelIndex] || active[ScoreIndex];
        return Input.Where(c => active[c.Index] || (scores && c.Index == Features.Index));
    }

    private static DataViewSchema.Annotations LabelAnnotations(uint set, ClassNames? names)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        AddKind(builder);
        AddValueKind(builder, "PredictedLabel");
        names?.AddTo(builder, "KeyValues");
        AddSet(builder, set);
        return builder.ToAnnotations();
    }

    private static DataViewSchema.Annotations ScoreAnnotations(uint set, ClassNames? names)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        AddKind(builder);
        AddSet(builder, set);
        AddValueKind(builder, "Score");
        names?.AddTo(builder, "TrainingLabelValues");
        if (names?.AreText == true)
            names.AddTo(builder, "SlotNames");
        return builder.ToAnnotations();
    }

    private static void AddKind(DataViewSchema.Annotations.Builder builder) =>
        builder.AddPrimitiveValue("ScoreColumnKind", TextDataViewType.Instance, "MulticlassClassification".AsMemory());

    private static void AddValueKind(DataViewSchema.Annotations.Builder builder, string kind) =>
        builder.AddPrimitiveValue("ScoreValueKind", TextDataViewType.Instance, kind.AsMemory());

    private static void AddSet(DataViewSchema.Annotations.Builder builder, uint set) =>
        builder.AddPrimitiveValue(SetId, new KeyDataViewType(typeof(uint), int.MaxValue), set);

    /// <summary>Evaluate finds the columns that belong together by a number; it takes the highest.</summary>
    private static uint NextSetId(DataViewSchema input)
    {
        uint highest = 0;
        foreach (var annotations in input.Select(c => c.Annotations))
        {
            if (annotations.Schema.GetColumnOrNull(SetId)?.Type is not KeyDataViewType type || type.RawType != typeof(uint))
                continue;
            uint set = 0;
            annotations.GetValue(SetId, ref set);
            highest = Math.Max(highest, set);
        }

        return highest + 1;
    }
}
