using System.Runtime.InteropServices;
using FlipReg;
using FlipReg.Data;
using FlipReg.Encoders;
using FlipReg.Images;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Images;
using MLNet.FlipReg.Scoring;
using static System.FormattableString;

namespace MLNet.FlipReg.Training;

/// <summary>Copies features, labels and weights out of a view in one pass, and checks every value on the way.</summary>
internal sealed class TableReader : IDisposable
{
    /// <summary>Rows between two looks at the cancellation flag.</summary>
    private const int RowsPerPoll = 1024;

    private readonly TrainingColumns _columns;
    private readonly string _what;
    private readonly MissingValues _missing;
    private readonly int _width;
    private readonly FeatureCollector _features;
    private readonly ImageFeatures? _images;
    private readonly List<long> _labels = [];
    private readonly List<float> _weights = [];
    private long _withoutLabel;
    private InvalidOperationException? _missingInSparse;
    private PixelRows? _pixels;

    private TableReader(TrainingColumns columns, MissingValues missing, long? expectedRows, string what, bool? sparse, Func<bool> isCanceled, Action<string> warn)
    {
        (_columns, _missing, _what, _width) = (columns, missing, what, columns.Width);
        _features = new FeatureCollector(_width, expectedRows, sparse);
        _images = columns.Images is { } images ? new ImageFeatures(images, columns.Features.One, expectedRows, what, isCanceled, warn) : null;
    }

    /// <summary>
    /// Reads a view. Rows of weight 0 are left out: they would not change the loss. So are rows without a label, as ML.NET's own trainers do,
    /// with one warning that counts them.
    /// </summary>
    /// <param name="view">The view.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="missing">Whether a feature may be missing.</param>
    /// <param name="what">"training" or "validation", for messages.</param>
    /// <param name="isCanceled">Polled while reading.</param>
    /// <param name="warn">Receives the warning.</param>
    /// <param name="sparse">Whether the rows are held sparse; null: as they turn out to be.</param>
    /// <param name="minimumClasses">Classes that the rows must hold: 1, or 2 where there is something to learn.</param>
    /// <exception cref="InvalidOperationException">There is no row with a label, or a value is not finite or negative.</exception>
    /// <exception cref="OperationCanceledException">Reading was canceled.</exception>
    public static TrainingTable Read(IDataView view, TrainingColumns columns, MissingValues missing, string what, Func<bool> isCanceled, Action<string> warn, bool? sparse, int minimumClasses)
    {
        using var reader = new TableReader(columns, missing, view.GetRowCount(), what, sparse, isCanceled, warn);
        reader.ReadRows(view, isCanceled, warn);
        if (minimumClasses > 1)
            reader.CheckTwoClasses();
        return reader.ToTable();
    }

    public void Dispose()
    {
        _features.Dispose();
        _images?.Dispose();
        _pixels?.Dispose();
    }

    private void ReadRows(IDataView view, Func<bool> isCanceled, Action<string> warn)
    {
        var needed = new List<DataViewSchema.Column>(_columns.Features.All) { _columns.Label };
        if (_columns.Weight is { } weightColumn)
            needed.Add(weightColumn);
        using var cursor = view.GetRowCursor(needed);
        var readFeatures = _images is null ? _columns.Features.Getter(cursor) : null;
        _images?.Open(cursor);
        var readLabel = KeyReader.Of(cursor, _columns.Label);
        var readWeight = _columns.Weight is null ? null : cursor.GetGetter<float>(_columns.Weight.Value);
        VBuffer<float> buffer = default;
        long row = 0;
        for (; cursor.MoveNext(); row++)
        {
            if (row % RowsPerPoll == 0 && isCanceled())
                throw new OperationCanceledException(Invariant($"Training was canceled while reading the {_what} data, at row {row}."));
            var weight = 1f;
            readWeight?.Invoke(ref weight);
            if (!(weight >= 0 && float.IsFinite(weight)))
                throw new InvalidOperationException(Invariant($"Column '{_columns.Weight!.Value.Name}' must hold finite weights of at least 0. Got {weight} in row {row} (counted from 0) {AsGiven}. Correct the weight, or leave the row out."));
            if (weight == 0)
                continue;
            var key = readLabel();
            if (key == 0)
            {
                _withoutLabel++;
                continue;
            }

            _images?.Take(row);
            readFeatures?.Invoke(ref buffer);
            if (_images is null)
                CopyFeatures(buffer, row);
            _labels.Add(Label(key, row));
            if (readWeight is not null)
                _weights.Add(weight);
        }

        if (_labels.Count == 0)
            throw new InvalidOperationException(NothingLeft(row));
        if (_withoutLabel > 0)
            warn(Invariant($"Skipped {_withoutLabel} of {row} rows of the {_what} data, whose label in column '{_columns.Label.Name}' is missing (no value, or a class that MapValueToKey was not fitted on)."));
        if (_images is not null)
            TakeImages(_images);
    }

    /// <summary>Takes the decoded images over, and leaves out the rows that have none.</summary>
    private void TakeImages(ImageFeatures images)
    {
        (_pixels, var missing) = images.Complete();
        for (var i = missing.Count - 1; i >= 0; i--)
        {
            _labels.RemoveAt(missing[i].Row);
            if (_weights.Count > 0)
                _weights.RemoveAt(missing[i].Row);
        }
    }

    private string NothingLeft(long given)
    {
        if (given == 0)
            return $"The {_what} data must hold at least one row. Got none. Check the file and the filters before the trainer.";
        if (_withoutLabel == 0)
            return $"The {_what} data must hold a row with a weight above 0. Got none in column '{_columns.Weight!.Value.Name}'. Check the weights.";
        var weighted = given == _withoutLabel ? "" : " with a weight above 0";
        return Invariant($"Column '{_columns.Label.Name}' must hold a class in at least one row. Got a missing label in all {_withoutLabel} rows{weighted} of the {_what} data. Check the label's source, and fit MapValueToKey on data that holds the classes.");
    }

    private void CopyFeatures(in VBuffer<float> buffer, long row)
    {
        if (buffer.Length != _width)
            throw new InvalidOperationException(Invariant($"Column '{_columns.Features.All[0].Name}' must hold {_width} values in every row. Got {buffer.Length} in row {row} (counted from 0) {AsGiven}. Make all rows equally long."));
        _features.Add(buffer);
        var values = buffer.GetValues();
        if (FiniteRows.IsFinite(values))
            return;
        var place = 0;
        while (place < values.Length && IsAllowed(values[place]))
            place++;
        if (place < values.Length)
            throw NotFinite(buffer, row, place);
        // Only rows that are encoded may have missing values: whether these are, the rows to come tell.
        place = 0;
        while (float.IsFinite(values[place]))
            place++;
        _missingInSparse ??= _features.IsSparse ? NotFinite(buffer, row, place) : null;
    }

    private InvalidOperationException NotFinite(in VBuffer<float> buffer, long row, int place)
    {
        var value = buffer.GetValues()[place];
        var (column, slot) = _columns.Features.Find(buffer.IsDense ? place : buffer.GetIndices()[place]);
        var where = slot is { } number ? Invariant($"row {row}, slot {number}{SlotName(column, number)} (both counted from 0)") : Invariant($"row {row} (counted from 0)");
        return new(Invariant($"Column '{column.Name}' must hold finite numbers. Got {value} in {where} {AsGiven}. {Remedy(column.Name, value)}"));
    }

    /// <summary>What helps against a value that is not finite. Replacing missing values keeps infinities, so these are made missing first.</summary>
    private string Remedy(string name, float value) =>
        float.IsNaN(value)
            ? $"{(_missing == MissingValues.Encode ? "These rows, most of whose slots are 0, are held sparse and not encoded: a" : "Set Missing = MissingValues.Encode, a")}dd Transforms.ReplaceMissingValues(\"{name}\") before any normalizer, or leave such rows out with Data.FilterRowsByMissingValues(data, \"{name}\")."
            : $"Add Transforms.Expression(\"{name}\", \"x : isna(x - x) ? na(x) : x\", \"{name}\") and then Transforms.ReplaceMissingValues(\"{name}\"), which alone keeps infinities, before any normalizer.";

    /// <summary>Which data a row's number counts in.</summary>
    private string AsGiven => $"of the {_what} data as given to the trainer, after any filter or shuffle";

    private long Label(ulong key, long row)
    {
        if (key <= (ulong)_columns.Classes)
            return (long)key - 1;
        throw new InvalidOperationException(Invariant($"Column '{_columns.Label.Name}' must hold keys up to {_columns.Classes}. Got {key} in row {row} (counted from 0) {AsGiven}. Correct the key's count."));
    }

    private void CheckTwoClasses()
    {
        var labels = CollectionsMarshal.AsSpan(_labels);
        if (labels.IndexOfAnyExcept(labels[0]) >= 0)
            return;
        var only = _columns.ClassName((int)labels[0]);
        var labelled = _withoutLabel == 0 ? "" : " that have a label";
        throw new InvalidOperationException(Invariant($"Column '{_columns.Label.Name}' must hold at least two classes. Got only '{only}' in all {_labels.Count} rows of the {_what} data{labelled}. Check the label and how the data was split."));
    }

    private static string SlotName(DataViewSchema.Column column, int slot) => FeatureSources.SlotName(column, slot) is { Length: > 0 } name ? $" '{name}'" : "";

    private TrainingTable ToTable()
    {
        if (_pixels is { } pixels)
        {
            _pixels = null;
            return new TrainingTable(pixels, [.. _labels], _columns.Weight is null ? null : [.. _weights]);
        }

        var table = _features.ToTable([.. _labels], _columns.Weight is null ? null : [.. _weights], _columns.Features.Columns.Categories);
        if (table.Sparse is null || _missingInSparse is null)
            return table;
        table.Dispose();
        throw _missingInSparse;
    }

    private bool IsAllowed(float value) => float.IsFinite(value) || (float.IsNaN(value) && _missing == MissingValues.Encode);
}
