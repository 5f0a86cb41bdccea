using Microsoft.ML.Data;

namespace Microsoft.ML.Tests.Golden.Training;

/// <summary>The columns PredictedLabel and Score with the annotations that stock trainers give them.</summary>
internal static class ScoreColumns
{
    public const string PredictedLabel = "PredictedLabel";
    public const string Score = "Score";

    private const string SetId = "ScoreColumnSetId";
    private const string KeyValues = "KeyValues";

    public static void AddTo(DataViewSchema.Builder builder, int classCount, uint setId, DataViewSchema.Annotations label)
    {
        var predicted = new DataViewSchema.Annotations.Builder();
        AddCommon(predicted, PredictedLabel, setId);
        predicted.Add(label, kind => kind == KeyValues);
        builder.AddColumn(PredictedLabel, new KeyDataViewType(typeof(uint), classCount), predicted.ToAnnotations());

        var score = new DataViewSchema.Annotations.Builder();
        AddCommon(score, Score, setId);
        if (label.Schema.GetColumnOrNull(KeyValues) is { Type: VectorDataViewType type })
        {
            object values = AnnotationValues.Read(label, KeyValues);
            AnnotationValues.Add(score, "TrainingLabelValues", type, values);
            if (type.ItemType is TextDataViewType)
                AnnotationValues.Add(score, "SlotNames", type, values);
        }

        builder.AddColumn(Score, new VectorDataViewType(NumberDataViewType.Single, classCount), score.ToAnnotations());
    }

    /// <summary>One more than the highest number of an earlier trainer in the chain.</summary>
    public static uint NextSetId(DataViewSchema schema) =>
        1 + schema.Where(column => column.Annotations.Schema.GetColumnOrNull(SetId) is not null)
            .Select(column => (uint)AnnotationValues.Read(column.Annotations, SetId))
            .DefaultIfEmpty()
            .Max();

    private static void AddCommon(DataViewSchema.Annotations.Builder builder, string valueKind, uint setId)
    {
        builder.AddPrimitiveValue("ScoreColumnKind", TextDataViewType.Instance, "MulticlassClassification".AsMemory());
        builder.AddPrimitiveValue("ScoreValueKind", TextDataViewType.Instance, valueKind.AsMemory());
        builder.AddPrimitiveValue(SetId, new KeyDataViewType(typeof(uint), int.MaxValue), setId);
    }
}
