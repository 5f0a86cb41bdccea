using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Training;
using static System.FormattableString;

namespace MLNet.FlipReg.Calibration;

/// <summary>A scored row: its label, from 0, its scores and, where asked for, its true label.</summary>
internal delegate void TakeRow(int label, ReadOnlySpan<float> scores, int? trueLabel);

/// <summary>Reads labels and scores of a scored view of any multiclass trainer, and checks every value.</summary>
internal sealed class ScoredRows
{
    /// <summary>How far probabilities may be from a sum of 1.</summary>
    private const double SumTolerance = 1e-3;

    private readonly IDataView _view;
    private readonly DataViewSchema.Column _label;
    private readonly DataViewSchema.Column _score;
    private readonly DataViewSchema.Column? _true;

    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public ScoredRows(IDataView view, string labelName, string scoreName, string? trueName)
    {
        _view = view;
        _label = ScoredColumns.Label(view.Schema, labelName);
        _score = ScoredColumns.Find(view.Schema, scoreName, "score");
        if (_score.Type is not VectorDataViewType { IsKnownSize: true } type || !type.ItemType.Equals(NumberDataViewType.Single))
            throw ColumnRules.Bad($"Column '{scoreName}' must be a vector of Single of known size. Got {_score.Type}. Pass data that a multiclass model scored.", nameof(view));
        Classes = ColumnRules.CheckClassCount((KeyDataViewType)_label.Type, labelName, nameof(view));
        if (type.Size != Classes)
            throw ColumnRules.Bad($"Column '{scoreName}' must hold one score for each of the {Classes} classes of column '{labelName}'. Got {type.Size}. Use the label that the model was trained with.", nameof(view));
        _true = trueName is null ? null : ScoredColumns.True(view.Schema, trueName, _label);
    }

    /// <summary>Number of classes.</summary>
    public int Classes { get; }

    /// <summary>The score column.</summary>
    public DataViewSchema.Column Score => _score;

    /// <summary>Hands out the rows that have a label and scores that are numbers, and returns how many have not.</summary>
    /// <param name="take">Gets each row.</param>
    /// <param name="probabilities">Whether the scores must be probabilities.</param>
    /// <exception cref="InvalidOperationException">Scores are not probabilities, or no row is left.</exception>
    public long Read(TakeRow take, bool probabilities)
    {
        using var cursor = _view.GetRowCursor(_true is { } column ? [_label, _score, column] : [_label, _score]);
        var (readLabel, readScore) = (KeyReader.Of(cursor, _label), cursor.GetGetter<VBuffer<float>>(_score));
        var readTrue = _true is { } truth ? KeyReader.Of(cursor, truth) : null;
        VBuffer<float> buffer = default;
        var scores = new float[Classes];
        long row = 0, skipped = 0;
        for (; cursor.MoveNext(); row++)
        {
            readScore(ref buffer);
            buffer.CopyTo(scores);
            var (label, truth1) = (readLabel(), readTrue?.Invoke());
            if (label == 0 || label > (ulong)Classes || truth1 == 0 || !AreNumbers(scores))
            {
                skipped++;
                continue;
            }

            if (probabilities)
                Check(scores, row);
            take((int)label - 1, scores, (int?)truth1 - 1);
        }

        return skipped < row
            ? skipped
            : throw new InvalidOperationException(Invariant($"The data must hold a row with a label in column '{_label.Name}' and scores that are numbers in column '{_score.Name}'. Got none in {row} rows. Check the label's source and the model."));
    }

    private static bool AreNumbers(float[] scores)
    {
        foreach (var score in scores)
        {
            if (float.IsNaN(score))
                return false;
        }

        return true;
    }

    private void Check(float[] scores, long row)
    {
        double sum = 0;
        foreach (var score in scores)
        {
            if (!(score is >= 0 and <= 1.00001f))
                throw NotProbabilities(Invariant($"{score} in row {row} (counted from 0)"));
            sum += score;
        }

        if (Math.Abs(sum - 1) > SumTolerance)
            throw NotProbabilities(Invariant($"a sum of {sum} in row {row} (counted from 0)"));
    }

    private InvalidOperationException NotProbabilities(string got) =>
        new($"Column '{_score.Name}' must hold probabilities, which sum to 1. Got {got}. Add MulticlassClassification.TemperatureCalibrator(scoresAreLogits: true) after a trainer whose scores are not, such as SdcaNonCalibrated.");
}

/// <summary>Finds the columns of scored data.</summary>
internal static class ScoredColumns
{
    public static DataViewSchema.Column Find(DataViewSchema schema, string name, string role)
    {
        if (schema.GetColumnOrNull(name) is { } column)
            return column;
        var present = string.Join(", ", schema.Where(c => !c.IsHidden).Select(c => $"'{c.Name}'"));
        throw ColumnRules.Bad($"The {role} column '{name}' must be among the data's columns. Got {present}. Pass scored data, or name another column.", "data");
    }

    public static DataViewSchema.Column Label(DataViewSchema schema, string name)
    {
        var label = Find(schema, name, "label");
        ColumnRules.CheckKeyLabel(TrainingColumns.Shape(label), name, [], "data");
        return label;
    }

    public static DataViewSchema.Column BooleanLabel(DataViewSchema schema, string name)
    {
        var label = Find(schema, name, "label");
        ColumnRules.CheckBooleanLabel(TrainingColumns.Shape(label), name, [], "data");
        return label;
    }

    public static DataViewSchema.Column Single(DataViewSchema schema, string name, string role)
    {
        var column = Find(schema, name, role);
        return column.Type is NumberDataViewType && column.Type.RawType == typeof(float)
            ? column
            : throw ColumnRules.Bad($"Column '{name}' must be Single. Got {column.Type}. Pass data that a calibrated binary model scored, or name another column.", "data");
    }

    /// <summary>The column of true labels, of the type and with the classes of the labels.</summary>
    public static DataViewSchema.Column True(DataViewSchema schema, string name, DataViewSchema.Column label)
    {
        var column = Find(schema, name, "true label");
        return column.Type.Equals(label.Type)
            ? column
            : throw ColumnRules.Bad($"Column '{name}' must have the type of column '{label.Name}', {label.Type}. Got {column.Type}. Make both with the same MapValueToKey.", "data");
    }
}
