using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Scoring;

namespace MLNet.FlipReg.Explaining;

/// <summary>An input schema with the columns of an explanation. Contributions have the slot names of the features.</summary>
internal sealed class ExplanationSchema : FeatureSchema
{
    /// <param name="input">The data's schema.</param>
    /// <param name="model">The model.</param>
    /// <param name="baseline">What the baseline is, in words.</param>
    public ExplanationSchema(DataViewSchema input, FlipRegModelParameters model, string baseline)
        : base(input, model)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumn("ExplainedClass", new KeyDataViewType(typeof(uint), model.ClassCount), ClassAnnotations(model.Names));
        builder.AddColumn("ScoreDifference", NumberDataViewType.Single, BaselineAnnotations(baseline));
        builder.AddColumn("FeatureContributions", new VectorDataViewType(NumberDataViewType.Single, Width), ContributionAnnotations());
        builder.AddColumn("ContributionError", NumberDataViewType.Single);
        Output = builder.ToSchema();
    }

    public override DataViewSchema Output { get; }

    public int ClassIndex => Input.Count;

    public int DifferenceIndex => Input.Count + 1;

    public int ContributionsIndex => Input.Count + 2;

    private static DataViewSchema.Annotations ClassAnnotations(ClassNames? names)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        names?.AddTo(builder, "KeyValues");
        return builder.ToAnnotations();
    }

    private static DataViewSchema.Annotations BaselineAnnotations(string baseline)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.AddPrimitiveValue("Baseline", TextDataViewType.Instance, baseline.AsMemory());
        return builder.ToAnnotations();
    }

    private DataViewSchema.Annotations ContributionAnnotations()
    {
        var builder = new DataViewSchema.Annotations.Builder();
        if (Features.SlotNames() is { } slots)
            builder.Add("SlotNames", new VectorDataViewType(TextDataViewType.Instance, Width), (ref VBuffer<ReadOnlyMemory<char>> names) => slots.CopyTo(ref names));
        return builder.ToAnnotations();
    }
}
