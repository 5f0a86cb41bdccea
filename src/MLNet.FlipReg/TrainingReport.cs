using System.Globalization;
using System.Text;
using FlipReg.Data;
using MLNet.FlipReg.Reporting;

namespace FlipReg;

/// <summary>
/// How a training went, epoch by epoch, and, where data was given, what the model does on it: as objects, as CSV, and as one HTML page that needs no other
/// file, no script and no network.
/// </summary>
public sealed class TrainingReport
{
    internal TrainingReport(string title, FlipRegModelParameters model, RowsReport? rows) =>
        (Title, Epochs, Summary, OptionsJson, Rows) = (title, model.History, model.Summary(), model.OptionsJson, rows);

    /// <summary>Heading of the page.</summary>
    public string Title { get; }

    /// <summary>What every epoch reported, first to last.</summary>
    public IReadOnlyList<EpochReport> Epochs { get; }

    /// <summary>The network's layers and what becomes of the features.</summary>
    public string Summary { get; }

    /// <summary>The options of the training, as JSON.</summary>
    public string OptionsJson { get; }

    /// <summary>What the model does on the data that was given; null without data.</summary>
    public RowsReport? Rows { get; }

    /// <summary>The epochs as CSV with a header, in the invariant culture. What an epoch has no value for is empty.</summary>
    public string ToCsv()
    {
        var text = new StringBuilder();
        text.AppendJoin(',', EpochTable.Columns.Select(c => c.Name)).Append('\n');
        foreach (var epoch in Epochs)
            text.AppendJoin(',', EpochTable.Columns.Select(c => c.Value(epoch)?.ToString("R", CultureInfo.InvariantCulture))).Append('\n');
        return text.ToString();
    }

    /// <summary>The page.</summary>
    public string ToHtml() => ReportPage.Of(this);

    /// <summary>Writes <see cref="ToCsv"/> to a file, in UTF-8: aside, then renamed.</summary>
    /// <exception cref="IOException">The folder is missing or cannot be written, or the disk is full. An old file is as it was.</exception>
    public void SaveCsv(string path) => Save(path, ToCsv());

    /// <summary>Writes <see cref="ToHtml"/> to a file, in UTF-8: aside, then renamed.</summary>
    /// <exception cref="IOException">The folder is missing or cannot be written, or the disk is full. An old file is as it was.</exception>
    public void SaveHtml(string path) => Save(path, ToHtml());

    private static void Save(string path, string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, file => file.Write(Encoding.UTF8.GetBytes(text)));
    }
}

/// <summary>What a model does on rows whose labels are known.</summary>
public sealed class RowsReport
{
    internal RowsReport(IReadOnlyList<string> classNames) => ClassNames = classNames;

    /// <summary>The classes, in the order of the label's keys; "False" and "True" of a binary classifier.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Rows with a label and with scores that are numbers.</summary>
    public long Rows { get; internal init; }

    /// <summary>Rows left out, for lack of a label or because their scores are not numbers.</summary>
    public long RowsLeftOut { get; internal init; }

    /// <summary>Share of the rows that are classified as labelled; 0 to 1. Of no rows 0.</summary>
    public double Accuracy { get; internal init; }

    /// <summary>Mean of −log of the probability of a row's label (natural logarithm; probabilities below 1e-15 count as that). Of no rows 0.</summary>
    public double LogLoss { get; internal init; }

    /// <summary>How often rows of one class are predicted as one; pairs that never occur are left out. Ordered by label, then prediction.</summary>
    public IReadOnlyList<ConfusionCount> Confusion { get; internal init; } = [];

    /// <summary>The rows with the highest loss, the worst first: where labels may be wrong, the first to look at.</summary>
    public IReadOnlyList<ReportedRow> WorstRows { get; internal init; } = [];
}

/// <summary>How many rows of a class are predicted as a class.</summary>
/// <param name="Label">The label, an index into the class names.</param>
/// <param name="Prediction">The prediction, an index into the class names.</param>
/// <param name="Rows">Rows.</param>
public sealed record ConfusionCount(int Label, int Prediction, long Rows);

/// <summary>A row as a report shows it.</summary>
/// <param name="Row">Its number in the data as given, from 0.</param>
/// <param name="Id">What names it.</param>
/// <param name="Label">Its label, an index into the class names.</param>
/// <param name="Prediction">Its prediction, an index into the class names.</param>
/// <param name="LabelProbability">The probability that the model gives to its label.</param>
/// <param name="PredictionProbability">The probability that the model gives to its prediction.</param>
public sealed record ReportedRow(long Row, string Id, int Label, int Prediction, double LabelProbability, double PredictionProbability)
{
    /// <summary>The image as a PNG file, or null.</summary>
    public ReadOnlyMemory<byte>? Png { get; internal init; }
}
