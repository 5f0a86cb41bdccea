using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Reporting;
using MLNet.FlipReg.Training;

namespace MLNet.FlipReg.LabelIssues;

/// <summary>Labels and ids of the data whose labels are in question.</summary>
/// <param name="Labels">The labels.</param>
/// <param name="Ids">One a row, or null.</param>
/// <param name="Weights">Example weights, where they decide which rows were trained on, or null.</param>
internal sealed record IssueRows(LabelReader Labels, IReadOnlyList<string>? Ids, IReadOnlyList<float>? Weights)
{
    /// <summary>Names of the classes.</summary>
    public IReadOnlyList<string> ClassNames { get; } = [.. Enumerable.Range(0, Labels.Classes).Select(Labels.ClassName)];

    /// <summary>Reads the columns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">No row has a label.</exception>
    public static IssueRows Read(IDataView data, LabelIssueOptions options, string? weightColumn)
    {
        var present = data.Schema.Where(c => !c.IsHidden).Select(c => c.Name).ToList();
        var label = data.Schema.GetColumnOrNull(options.LabelColumnName);
        ColumnRules.CheckKeyLabel(TrainingColumns.Shape(label), options.LabelColumnName, present, nameof(data));
        var labels = LabelReader.Read(data, label!.Value);
        if (labels.Classes < 2)
            throw ColumnRules.Bad($"Column '{options.LabelColumnName}' must have at least 2 classes. Got {labels.Classes}. Fit MapValueToKey on data that holds all classes.", nameof(data));
        return new IssueRows(labels, options.IdColumnName is { } id ? ReadIds(data, id, present) : null, weightColumn is null ? null : ReadWeights(data, weightColumn));
    }

    private static List<float> ReadWeights(IDataView data, string name) =>
        data.Schema.GetColumnOrNull(name) is null
            ? throw ColumnRules.Bad($"The example weight column '{name}' of the training must be among the data's columns. Got none. Pass the data that the model was trained on.", nameof(data))
            : [.. data.GetColumn<float>(name)];

    private static List<string> ReadIds(IDataView data, string name, List<string> present)
    {
        if (data.Schema.GetColumnOrNull(name) is not { } column)
            throw ColumnRules.Bad($"The id column '{name}' must be among the data's columns. Got {string.Join(", ", present.Select(p => $"'{p}'"))}. Name another one in IdColumnName, or null: rows then have their number alone.", nameof(data));
        if (column.Type is not PrimitiveDataViewType)
            throw ColumnRules.Bad($"The id column '{name}' must hold single values. Got {column.Type}. Name another one in IdColumnName.", nameof(data));
        var ids = new List<string>();
        using var cursor = data.GetRowCursor([column]);
        var read = TextGetter.Of(cursor, column);
        while (cursor.MoveNext())
            ids.Add(read());
        return ids;
    }
}
