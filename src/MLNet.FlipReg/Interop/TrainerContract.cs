using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Scoring;
using MLNet.FlipReg.Training;

namespace MLNet.FlipReg.Interop;

/// <summary>What a trainer promises a pipeline before any data is read.</summary>
internal static class TrainerContract
{
    /// <summary>Features need no normalizer, as they are encoded in Fit; rows are read once, so caching them does not; validation rows are welcome.</summary>
    public static TrainerInfo Info { get; } = new(normalization: false, calibration: false, caching: false, supportValid: true);

    /// <summary>The columns after the trainer, for columns before it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column that training needs is missing or of the wrong type.</exception>
    public static SchemaShape OutputSchema(SchemaShape inputSchema, TrainingOptions options, ScoreKind kind)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var present = inputSchema.Select(c => c.Name).ToList();
        kind.CheckLabel(Find(inputSchema, options.LabelColumnName), options.LabelColumnName, present, nameof(inputSchema));
        ColumnRules.CheckInputs(options, name => Find(inputSchema, name), present, nameof(inputSchema));
        if (options.ExampleWeightColumnName is { } weight)
            ColumnRules.CheckWeights(Find(inputSchema, weight), weight, present, nameof(inputSchema));
        var label = inputSchema.First(c => c.Name == options.LabelColumnName);
        return new SchemaShape(inputSchema.Where(c => !kind.Columns.Contains(c.Name)).Concat(kind == ScoreKind.Binary ? BinaryColumns() : [PredictedLabel(label), Score(label)]));
    }

    /// <summary>The columns after a calibrator: of a multiclass model those of before, of a binary one with Probability.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The score column is missing.</exception>
    public static SchemaShape CalibratedSchema(SchemaShape inputSchema, string score, TemperatureKind kind)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        if (Find(inputSchema, score) is null)
            throw ColumnRules.Bad($"The score column '{score}' must be among the data's columns. Got {string.Join(", ", inputSchema.Select(c => $"'{c.Name}'"))}. Put the calibrator after the trainer, or name another column.", nameof(inputSchema));
        return kind != TemperatureKind.Binary
            ? inputSchema
            : new SchemaShape(inputSchema.Where(c => c.Name != BinaryScores.ProbabilityColumn).Append(BinaryColumns().Single(c => c.Name == BinaryScores.ProbabilityColumn)));
    }

    private static ColumnShape? Find(SchemaShape schema, string name)
    {
        foreach (var column in schema)
        {
            if (column.Name == name)
                return new ColumnShape(name, TypeText(column), column.ItemType.RawType, column.IsKey, column.Kind != SchemaShape.Column.VectorKind.Scalar, column.Kind == SchemaShape.Column.VectorKind.Vector);
        }

        return null;
    }

    private static string TypeText(SchemaShape.Column column)
    {
        var item = column.IsKey ? $"Key<{column.ItemType}>" : column.ItemType.ToString();
        return column.Kind switch
        {
            SchemaShape.Column.VectorKind.Vector => $"Vector<{item}> of known size",
            SchemaShape.Column.VectorKind.VariableVector => $"Vector<{item}>",
            _ => item!,
        };
    }

    private static SchemaShape.Column PredictedLabel(SchemaShape.Column label) =>
        new("PredictedLabel", SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, true,
            new SchemaShape([.. KeyValues(label), .. ScoreAnnotations()]));

    private static SchemaShape.Column Score(SchemaShape.Column label)
    {
        var annotations = ScoreAnnotations().ToList();
        foreach (var values in KeyValues(label).Where(v => v.Kind == SchemaShape.Column.VectorKind.Vector))
        {
            annotations.Add(new SchemaShape.Column("TrainingLabelValues", values.Kind, values.ItemType, false));
            if (values.ItemType is TextDataViewType)
                annotations.Add(new SchemaShape.Column("SlotNames", values.Kind, values.ItemType, false));
        }

        return new SchemaShape.Column("Score", SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, new SchemaShape(annotations));
    }

    private static IEnumerable<SchemaShape.Column> BinaryColumns()
    {
        var annotations = new SchemaShape(ScoreAnnotations());
        var normalized = new SchemaShape(ScoreAnnotations().Append(new SchemaShape.Column("IsNormalized", SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, false)));
        return
        [
            new(ScoreKind.PredictedLabel, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, false, annotations),
            new(ScoreKind.Score, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false, annotations),
            new(BinaryScores.ProbabilityColumn, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false, normalized),
        ];
    }

    private static IEnumerable<SchemaShape.Column> KeyValues(SchemaShape.Column label) => label.Annotations.Where(a => a.Name == "KeyValues");

    private static IEnumerable<SchemaShape.Column> ScoreAnnotations() =>
    [
        new("ScoreColumnSetId", SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, true),
        new("ScoreColumnKind", SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, false),
        new("ScoreValueKind", SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, false),
    ];
}
