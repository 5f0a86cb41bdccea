using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.FlipReg.Scoring;

/// <summary>
/// An input schema with the columns that scoring adds, as the trainers of ML.NET do: PredictedLabel, then Score. Input columns keep
/// their index.
/// </summary>
internal sealed class ScoreSchema : FeatureSchema
{
    public const string SetId = "ScoreColumnSetId";

    public ScoreSchema(DataViewSchema input, FlipRegModelParameters model)
        : base(input, model)
    {
        Kind = model.Kind;
        ScoreValues = Kind.ValuesPerRow(model.ClassCount);
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        Kind.AddColumns(builder, NextSetId(input), model.ClassCount, model.Names);
        Output = builder.ToSchema();
    }

    public override DataViewSchema Output { get; }

    /// <summary>What is made of the network's logits.</summary>
    public ScoreKind Kind { get; }

    /// <summary>Values that are computed for one row.</summary>
    public int ScoreValues { get; }

    /// <summary>A getter of a column that scoring adds.</summary>
    /// <param name="index">Its index in <see cref="Output"/>.</param>
    /// <param name="batch">The scores.</param>
    /// <param name="row">Tells the row in the batch; throws where there is none.</param>
    public Delegate Getter(int index, ScoreBatch batch, Func<int> row) => Kind.Getter(index - Input.Count, batch, row);

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
