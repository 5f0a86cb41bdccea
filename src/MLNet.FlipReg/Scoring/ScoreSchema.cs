using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.FlipReg.Scoring;

/// <summary>
/// An input schema with the two columns that scoring adds, as the trainers of ML.NET do: PredictedLabel, then Score. Input columns keep
/// their index.
/// </summary>
internal sealed class ScoreSchema : FeatureSchema
{
    private const string SetId = "ScoreColumnSetId";

    public ScoreSchema(DataViewSchema input, FlipRegModelParameters model)
        : base(input, model)
    {
        Classes = model.ClassCount;
        var set = NextSetId(input);
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumn("PredictedLabel", new KeyDataViewType(typeof(uint), Classes), LabelAnnotations(set, model.Names));
        builder.AddColumn("Score", new VectorDataViewType(NumberDataViewType.Single, Classes), ScoreAnnotations(set, model.Names));
        Output = builder.ToSchema();
    }

    public override DataViewSchema Output { get; }

    public int Classes { get; }

    public int PredictedLabelIndex => Input.Count;

    public int ScoreIndex => Input.Count + 1;

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
