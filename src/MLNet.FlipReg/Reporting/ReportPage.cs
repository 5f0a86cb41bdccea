using System.Net;
using System.Text;
using FlipReg;
using static System.FormattableString;

namespace MLNet.FlipReg.Reporting;

/// <summary>A training report as one HTML page without scripts. All texts that come from data are escaped.</summary>
internal static class ReportPage
{
    /// <summary>Classes that a confusion matrix shows at most; of more, the most frequent confusions are listed.</summary>
    internal const int MostClasses = 30;

    private const int MostPairs = 50;

    private const string Head = """
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
        <style>
        :root { color-scheme: light dark; --ink: #1c2430; --faint: #5d6a7a; --rule: #d9dfe6; --page: #fff; --hit: 21, 94, 168; --miss: 190, 60, 40; --l0: #155ea8; --l1: #c4501b; --l2: #2c7d4f; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e4e9ef; --faint: #9aa7b5; --rule: #38424e; --page: #14181d; --hit: 90, 160, 235; --miss: 235, 120, 95; --l0: #6eb0f5; --l1: #f2935f; --l2: #6cc490; } }
        body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 1160px; margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.6rem; margin: 0 0 .3rem } h2 { font-size: 1.1rem; margin: 2rem 0 .6rem }
        .figures { display: flex; flex-wrap: wrap; gap: .4rem 2rem; color: var(--faint) } .figures b { color: var(--ink); font-variant-numeric: tabular-nums }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(480px, 100%), 1fr)); gap: 1rem } svg { width: 100%; height: auto }
        svg text { font: 12px system-ui, sans-serif; fill: var(--faint) } svg .title { fill: var(--ink); font-weight: 600; font-size: 13px } .grid { stroke: var(--rule) }
        path { fill: none; stroke-width: 1.8 } circle { stroke-width: 6; stroke-opacity: 0 }
        path.line0 { stroke: var(--l0) } path.line1 { stroke: var(--l1) } path.line2 { stroke: var(--l2) }
        circle.line0, text.line0 { fill: var(--l0) } circle.line1, text.line1 { fill: var(--l1) } circle.line2, text.line2 { fill: var(--l2) }
        .scroll { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums } th, td { padding: .2rem .55rem; text-align: right; border-bottom: 1px solid var(--rule) }
        th { font-weight: 600; color: var(--faint) } th.name, td.name { text-align: left } .matrix td { text-align: center; min-width: 2.2rem } img { image-rendering: pixelated; max-width: 96px; min-width: 48px; display: block }
        pre { overflow-x: auto; border: 1px solid var(--rule); padding: .7rem; font-size: 12px }
        </style>
        """;

    public static string Of(TrainingReport report)
    {
        var page = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n").Append(Head).Append(Invariant($"\n<title>{Text(report.Title)}</title>\n</head>\n<body>\n<h1>{Text(report.Title)}</h1>\n"));
        AddFigures(page, report);
        AddCharts(page, report.Epochs);
        if (report.Rows is { } rows)
        {
            AddConfusion(page, rows);
            AddWorst(page, rows);
        }

        page.Append(Invariant($"<h2>Network</h2>\n<pre>{Text(report.Summary)}</pre>\n<h2>Options</h2>\n<pre>{Text(report.OptionsJson)}</pre>\n"));
        AddEpochs(page, report.Epochs);
        return page.Append("</body>\n</html>\n").ToString();
    }

    private static void AddFigures(StringBuilder page, TrainingReport report)
    {
        page.Append("<p class=\"figures\">");
        if (report.Epochs is [.., var last])
        {
            Figure("epochs", Invariant($"{last.Epoch} of {last.Epochs}"));
            Figure("training accuracy", Invariant($"{last.TrainingAccuracy:F4}"));
            if (last.Validation is { } v)
            {
                Figure("validation accuracy", Invariant($"{v.Accuracy:F4}"));
                Figure("wrong that were once right", Invariant($"{v.Flips} of {v.Wrong} (RFE {v.RelativeFlippingError:F3})"));
            }
        }

        if (report.Rows is { } rows)
        {
            Figure("accuracy on the data", Invariant($"{rows.Accuracy:F4}"));
            Figure("log-loss", Invariant($"{rows.LogLoss:F4}"));
            Figure("rows", Invariant($"{rows.Rows:N0}{(rows.RowsLeftOut > 0 ? Invariant($", {rows.RowsLeftOut:N0} left out") : "")}"));
        }

        page.Append("</p>\n");

        void Figure(string name, string value) => page.Append(Invariant($"<span>{name} <b>{value}</b></span>\n"));
    }

    private static void AddCharts(StringBuilder page, IReadOnlyList<EpochReport> epochs)
    {
        page.Append("<h2>Epochs</h2>\n<div class=\"charts\">\n");
        page.Append(LineChart.Of("Cross-entropy", [Line("training", e => e.TrainingLoss), .. Where("validation", e => e.Validation?.Loss)]));
        page.Append(LineChart.Of("Accuracy", [Line("training", e => e.TrainingAccuracy), .. Where("validation", e => e.Validation?.Accuracy)]));
        page.Append(LineChart.Of("Validation rows wrong", [.. Where("wrong", e => e.Validation?.Wrong), .. Where("of these once right", e => e.Validation?.Flips)]));
        page.Append(LineChart.Of("Method's own loss", [.. Where("training", e => e.MethodLoss == 0 ? null : e.MethodLoss)]));
        page.Append(LineChart.Of("Learning rate", [Line("learning rate", e => e.LearningRate)]));
        page.Append(LineChart.Of("Gradient norm", [.. Where("gradient norm", e => e.GradientNorm)]));
        page.Append(LineChart.Of("Rows per second", [.. Where("rows/s", e => e.RowsPerSecond > 0 ? e.RowsPerSecond : null)]));
        page.Append(LineChart.Of("Working set, MiB", [.. Where("MiB", e => e.WorkingSet > 0 ? e.WorkingSet / 1048576.0 : null)]));
        page.Append("</div>\n");

        ChartLine Line(string name, Func<EpochReport, double?> value) => new(name, [.. epochs.Select(e => ((double)e.Epoch, value(e) ?? double.NaN))]);

        IEnumerable<ChartLine> Where(string name, Func<EpochReport, double?> value) => epochs.Any(e => value(e) is not null) ? [Line(name, value)] : [];
    }

    private static void AddConfusion(StringBuilder page, RowsReport rows)
    {
        if (rows.ClassNames.Count > MostClasses)
        {
            page.Append(Invariant($"<h2>Most frequent confusions</h2>\n<table><tr><th class=\"name\">label</th><th class=\"name\">predicted as</th><th>rows</th></tr>\n"));
            foreach (var pair in rows.Confusion.Where(c => c.Label != c.Prediction).OrderByDescending(c => c.Rows).Take(MostPairs))
                page.Append(Invariant($"<tr><td class=\"name\">{Text(rows.ClassNames[pair.Label])}</td><td class=\"name\">{Text(rows.ClassNames[pair.Prediction])}</td><td>{pair.Rows}</td></tr>\n"));
            page.Append("</table>\n");
            return;
        }

        var counts = rows.Confusion.ToDictionary(c => (c.Label, c.Prediction), c => c.Rows);
        var totals = Enumerable.Range(0, rows.ClassNames.Count).Select(label => rows.Confusion.Where(c => c.Label == label).Sum(c => c.Rows)).ToList();
        page.Append("<h2>Confusion matrix</h2>\n<div class=\"scroll\"><table class=\"matrix\"><tr><th class=\"name\">labels down, predictions across</th>");
        foreach (var name in rows.ClassNames)
            page.Append(Invariant($"<th>{Text(name)}</th>"));
        page.Append("<th>recall</th></tr>\n");
        for (var label = 0; label < rows.ClassNames.Count; label++)
        {
            page.Append(Invariant($"<tr><th class=\"name\">{Text(rows.ClassNames[label])}</th>"));
            for (var prediction = 0; prediction < rows.ClassNames.Count; prediction++)
            {
                var count = counts.GetValueOrDefault((label, prediction));
                // The square root shows rare confusions, too.
                var share = totals[label] == 0 ? 0 : Math.Sqrt((double)count / totals[label]) * 0.75;
                page.Append(count == 0 ? "<td></td>" : Invariant($"<td style=\"background: rgba(var(--{(label == prediction ? "hit" : "miss")}), {share:F2})\">{count}</td>"));
            }

            page.Append(Invariant($"<td>{(totals[label] == 0 ? "" : Invariant($"{(double)counts.GetValueOrDefault((label, label)) / totals[label]:F3}"))}</td></tr>\n"));
        }

        page.Append("</table></div>\n");
    }

    private static void AddWorst(StringBuilder page, RowsReport rows)
    {
        if (rows.WorstRows.Count == 0)
            return;
        var hasImages = rows.WorstRows.Any(row => row.Png is not null);
        page.Append(Invariant($"<h2>Rows with the highest loss</h2>\n<div class=\"scroll\"><table><tr>{(hasImages ? "<th></th>" : "")}<th class=\"name\">row</th><th class=\"name\">label</th><th>its probability</th><th class=\"name\">prediction</th><th>its probability</th></tr>\n"));
        foreach (var row in rows.WorstRows)
        {
            page.Append("<tr>");
            if (hasImages)
                page.Append(row.Png is { } png ? $"<td><img alt=\"\" src=\"data:image/png;base64,{Convert.ToBase64String(png.Span)}\"></td>" : "<td></td>");
            page.Append(Invariant($"<td class=\"name\">{Text(row.Id)}</td><td class=\"name\">{Text(rows.ClassNames[row.Label])}</td><td>{row.LabelProbability:G3}</td><td class=\"name\">{Text(rows.ClassNames[row.Prediction])}</td><td>{row.PredictionProbability:F3}</td></tr>\n"));
        }

        page.Append("</table></div>\n");
    }

    private static void AddEpochs(StringBuilder page, IReadOnlyList<EpochReport> epochs)
    {
        var columns = EpochTable.Columns.Where(c => epochs.Any(e => c.Value(e) is not null)).ToList();
        page.Append("<h2>Figures</h2>\n<div class=\"scroll\"><table><tr>").AppendJoin("", columns.Select(c => $"<th>{c.Name.Replace('_', ' ')}</th>")).Append("</tr>\n");
        foreach (var epoch in epochs)
            page.Append("<tr>").AppendJoin("", columns.Select(c => $"<td>{(c.Value(epoch) is { } value ? Figure(value) : "")}</td>")).Append("</tr>\n");
        page.Append("</table></div>\n");

        static string Figure(double value) => value == Math.Floor(value) && Math.Abs(value) < 1e15 ? Invariant($"{value:N0}") : Math.Abs(value) >= 1000 ? Invariant($"{value:N0}") : Invariant($"{value:G5}");
    }

    private static string Text(string value) => WebUtility.HtmlEncode(value);
}
