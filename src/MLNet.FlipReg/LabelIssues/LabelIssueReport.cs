using System.Globalization;
using System.Text;
using FlipReg.Data;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace FlipReg;

/// <summary>Rows ranked by how likely their labels are wrong, and the noise behind it. Made by <c>FindLabelIssues</c>.</summary>
public sealed class LabelIssueReport
{
    private readonly IHostEnvironment _environment;

    internal LabelIssueReport(IHostEnvironment environment) => _environment = environment;

    /// <summary>All judged rows, the most likely wrong first; equal ones in the rows' order.</summary>
    public required IReadOnlyList<LabelIssue> Rows { get; init; }

    /// <summary>The rows whose labels are likely wrong, the most likely first.</summary>
    public IEnumerable<LabelIssue> Issues => Rows.Where(row => row.IsIssue);

    /// <summary>Names of the classes, in the order of the label's keys.</summary>
    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>Estimated P(given label i | true label j) at [i][j]: each column sums to 1.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> NoiseMatrix { get; init; }

    /// <summary>Estimated share of rows with given label i and true label j at [i][j]: all sum to 1.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> JointDistribution { get; init; }

    /// <summary>Estimated share of wrong labels; 0 to 1.</summary>
    public double NoiseRate => 1 - Enumerable.Range(0, ClassNames.Count).Sum(k => JointDistribution[k][k]);

    /// <summary>How good the labels of each class seem to be, in the order of the keys.</summary>
    public required IReadOnlyList<ClassLabelQuality> Classes { get; init; }

    /// <summary>Rows without a label: they have no part in this.</summary>
    public required long RowsWithoutLabel { get; init; }

    /// <summary>
    /// Labelled rows that could not be judged: the only row of a class, which no fold can be without; rows set aside for validation or of weight 0 in a training; rows whose
    /// scores were not numbers. A warning in the log counts them.
    /// </summary>
    public required long RowsNotJudged { get; init; }

    /// <summary>The judged rows as data: Row (Int64), Id, GivenLabel, SuggestedLabel (text), Score (Single), IsIssue (Boolean), Evidence (text), the most likely wrong first.</summary>
    public IDataView ToDataView() => DataViewConstructionUtils.CreateFromList(_environment, Rows.Select(row => new DataRow
    {
        Row = row.Row,
        Id = row.Id ?? "",
        GivenLabel = row.GivenLabel,
        SuggestedLabel = row.SuggestedLabel,
        Score = (float)row.Score,
        IsIssue = row.IsIssue,
        Evidence = row.Evidence,
    }).ToList());

    /// <summary>Writes the judged rows as comma-separated values with a header (RFC 4180, UTF-8, numbers with a point): the most likely wrong first.</summary>
    /// <param name="writer">Receives the text.</param>
    public void WriteCsv(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write("Row,Id,GivenLabel,SuggestedLabel,Score,IsIssue,Evidence\r\n");
        foreach (var row in Rows)
        {
            string[] cells = [row.Row.ToString(CultureInfo.InvariantCulture), row.Id ?? "", row.GivenLabel, row.SuggestedLabel, row.Score.ToString("F6", CultureInfo.InvariantCulture), row.IsIssue ? "true" : "false", row.Evidence];
            writer.Write(string.Join(',', cells.Select(Quoted)) + "\r\n");
        }
    }

    /// <summary>Writes the judged rows as comma-separated values to a file, aside and renamed: on failure an old one is untouched. See <see cref="WriteCsv(TextWriter)"/>.</summary>
    /// <param name="path">The file; its folder must be there.</param>
    /// <exception cref="IOException">There is no such folder, or no room.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public void WriteCsv(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, file =>
        {
            using var writer = new StreamWriter(file, new UTF8Encoding(false), leaveOpen: true);
            WriteCsv(writer);
        });
    }

    private static string Quoted(string cell) => cell.AsSpan().ContainsAny(",\"\r\n") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;

    /// <summary>A row of <see cref="ToDataView"/>.</summary>
    private sealed class DataRow
    {
        public long Row { get; set; }

        public string Id { get; set; } = "";

        public string GivenLabel { get; set; } = "";

        public string SuggestedLabel { get; set; } = "";

        public float Score { get; set; }

        public bool IsIssue { get; set; }

        public string Evidence { get; set; } = "";
    }
}
