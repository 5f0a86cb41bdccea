// Which labels are wrong? Handwritten digits (8×8, 1,797 rows), a fifth of whose labels are changed here to another class. One training ranks the rows; what was
// changed is known here, and only looked at in the end.
using System.Globalization;
using FlipReg;
using LabelIssues;
using Microsoft.ML;
using Microsoft.ML.Data;

const double NoiseRate = 0.2;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var ml = new MLContext(seed: 1);
var file = ml.Data.LoadFromTextFile<Digit>(Path.Combine(AppContext.BaseDirectory, "digits.csv"), separatorChar: ',', hasHeader: true);
var digits = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Digit.Class)).Fit(file).Transform(file);
var data = ml.Data.CorruptLabels(digits, LabelNoise.Symmetric(NoiseRate));

using var model = ml.MulticlassClassification.Trainers.FerElr(new FerElrOptions { TrackRows = true }).Fit(data);
var report = ml.MulticlassClassification.FindLabelIssues(data, model);

Console.WriteLine($"{report.Issues.Count()} of {report.Rows.Count} labels are likely wrong, {report.NoiseRate:P1}. The first five:");
foreach (var issue in report.Rows.Take(5))
    Console.WriteLine($"row {issue.Row}: '{issue.GivenLabel}', rather '{issue.SuggestedLabel}', score {issue.Score:F3}: {issue.Evidence}");

Console.WriteLine("The labels of each class:");
foreach (var (name, rows, issues, quality, missed) in report.Classes)
    Console.WriteLine($"  {name}: {issues} of {rows} likely wrong; {quality:P1} of its labels are right, {missed:P1} of its rows have another");

report.WriteCsv("label-issues.csv");
Console.WriteLine("All rows: label-issues.csv");

var (given, before) = (data.GetColumn<uint>("Label").ToArray(), data.GetColumn<uint>("OriginalLabel").ToArray());
var changed = Enumerable.Range(0, given.Length).Count(row => given[row] != before[row]);
var found = report.Rows.Take(changed).Count(issue => given[issue.Row] != before[issue.Row]);
Console.WriteLine($"{found} of the {changed} labels I changed are among the first {changed}");
