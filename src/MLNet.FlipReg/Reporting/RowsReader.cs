using System.Globalization;
using FlipReg;
using FlipReg.Metrics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Scoring;
using MLNet.FlipReg.Training;

namespace MLNet.FlipReg.Reporting;

/// <summary>Scores a view with a model and counts what comes of it: one pass over the rows, and another over the images of the worst ones.</summary>
internal sealed class RowsReader
{
    private readonly IDataView _scored;
    private readonly TrainingReportOptions _options;
    private readonly DataViewSchema.Column _label;
    private readonly DataViewSchema.Column? _id;
    private readonly RowImages? _images;
    private readonly IReadOnlyList<string> _classes;
    private readonly bool _isBinary;

    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of the wrong type, or has other classes than the model.</exception>
    public RowsReader(FlipRegPredictionTransformerBase transformer, IDataView data, TrainingReportOptions options)
    {
        var model = transformer.Model;
        (_options, _isBinary) = (options, model.Kind == ScoreKind.Binary);
        _label = CheckedLabel(model, data.Schema);
        _id = options.IdColumnName is { } id ? Column(data.Schema, id, nameof(options.IdColumnName)) : null;
        if (_id?.Type is VectorDataViewType)
            throw ColumnRules.Bad($"Column '{_id.Value.Name}' must be a scalar, to name rows. Got {_id.Value.Type}. Name another one in IdColumnName.", nameof(data));
        _images = options.ImageColumnName is { } image ? new RowImages(Column(data.Schema, image, nameof(options.ImageColumnName))) : null;
        _classes = model.ClassNames ?? (_isBinary ? ["False", "True"] : [.. Enumerable.Range(1, model.ClassCount).Select(key => key.ToString(CultureInfo.InvariantCulture))]);
        _scored = transformer.Transform(data);
    }

    /// <summary>Reads the rows.</summary>
    public RowsReport Read()
    {
        var counts = new Dictionary<(int Label, int Prediction), long>();
        var worst = new PriorityQueue<ReportedRow, (double Probability, long Row)>(Comparer<(double Probability, long Row)>.Create((a, b) => b.CompareTo(a)));
        var (loss, right, rows, leftOut) = (0.0, 0L, 0L, 0L);
        using (var cursor = _scored.GetRowCursor([_label, .. ScoreColumns(), .. _id is { } idColumn ? [idColumn] : Array.Empty<DataViewSchema.Column>()]))
        {
            var label = KeyReader.Of(cursor, _label);
            var probabilities = ProbabilitiesGetter(cursor);
            var id = _id is { } column ? TextGetter.Of(cursor, column) : () => (rows + leftOut).ToString(CultureInfo.InvariantCulture);
            var values = new float[_classes.Count];
            while (cursor.MoveNext())
            {
                var own = (int)Math.Min(label(), int.MaxValue) - 1;
                probabilities(values);
                if (own < 0 || own >= values.Length || float.IsNaN(values[0]))
                {
                    leftOut++;
                    continue;
                }

                var prediction = CalibrationMath.Highest(values);
                loss += CalibrationMath.LogLoss(values[own]);
                right += prediction == own ? 1 : 0;
                counts[(own, prediction)] = counts.GetValueOrDefault((own, prediction)) + 1;
                var rank = ((double)values[own], rows + leftOut);
                if (worst.Count < _options.Rows)
                    worst.Enqueue(new ReportedRow(rows + leftOut, id(), own, prediction, values[own], values[prediction]), rank);
                else if (_options.Rows > 0 && worst.TryPeek(out _, out var best) && rank.CompareTo(best) < 0)
                    worst.EnqueueDequeue(new ReportedRow(rows + leftOut, id(), own, prediction, values[own], values[prediction]), rank);
                rows++;
            }
        }

        var listed = worst.UnorderedItems.OrderBy(item => item.Priority).Select(item => item.Element).ToList();
        return new RowsReport(_classes)
        {
            Rows = rows,
            RowsLeftOut = leftOut,
            Accuracy = rows == 0 ? 0 : (double)right / rows,
            LogLoss = rows == 0 ? 0 : loss / rows,
            Confusion = [.. counts.OrderBy(pair => pair.Key).Select(pair => new ConfusionCount(pair.Key.Label, pair.Key.Prediction, pair.Value))],
            WorstRows = _images is null ? listed : WithImages(listed, _images),
        };
    }

    private List<ReportedRow> WithImages(List<ReportedRow> rows, RowImages images)
    {
        var pictures = new Dictionary<long, byte[]?>();
        var wanted = rows.Select(row => row.Row).ToHashSet();
        using var cursor = _scored.GetRowCursor([images.Column]);
        var image = images.Getter(cursor);
        for (long row = 0; pictures.Count < wanted.Count && cursor.MoveNext(); row++)
        {
            if (wanted.Contains(row))
                pictures[row] = image();
        }

        return rows.ConvertAll(row => row with { Png = pictures.GetValueOrDefault(row.Row) is { } png ? png : null });
    }

    private IEnumerable<DataViewSchema.Column> ScoreColumns() => [_scored.Schema[_isBinary ? BinaryScores.ProbabilityColumn : ScoreKind.Score]];

    private Action<float[]> ProbabilitiesGetter(DataViewRowCursor cursor)
    {
        var column = ScoreColumns().First();
        if (_isBinary)
        {
            var ofTrue = cursor.GetGetter<float>(column);
            return values =>
            {
                ofTrue(ref values[1]);
                values[0] = 1 - values[1];
            };
        }

        var scores = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> buffer = default;
        return values =>
        {
            scores(ref buffer);
            buffer.CopyTo(values);
        };
    }

    private static DataViewSchema.Column CheckedLabel(FlipRegModelParameters model, DataViewSchema schema)
    {
        var name = model.LabelColumnName;
        var label = schema.GetColumnOrNull(name);
        model.Kind.CheckLabel(TrainingColumns.Shape(label), name, schema.Where(c => !c.IsHidden).Select(c => c.Name), "data");
        var (count, names) = model.Kind.Classes(label!.Value, "data");
        if (count != model.ClassCount || (model.Names is not null && names is not null && !Equals(names, model.Names)))
            throw ColumnRules.Bad($"Column '{name}' must have the model's {model.ClassCount} classes, in their order. Got {count}{(names is null ? "" : $": {string.Join(", ", names.Texts.Take(20).Select(t => $"'{t}'"))}{(count > 20 ? ", …" : "")}")}. Apply the MapValueToKey that was fitted on the training data.", "data");
        return label.Value;
    }

    private static DataViewSchema.Column Column(DataViewSchema schema, string name, string option) => schema.GetColumnOrNull(name)
        ?? throw ColumnRules.Bad($"{option} must name a column of the data. Got '{name}', but there are {string.Join(", ", schema.Where(c => !c.IsHidden).Select(c => $"'{c.Name}'"))}.", "data");
}
