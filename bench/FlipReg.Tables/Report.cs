using System.Text;
using static System.FormattableString;

namespace FlipReg.Tables;

/// <summary>The results as Markdown.</summary>
/// <param name="results">Accuracies and log-losses.</param>
/// <param name="times">Cells of the run that measures times.</param>
/// <param name="rows">Rows of each table.</param>
/// <param name="seeds">Seeds that were averaged.</param>
internal sealed class Report(Results results, IReadOnlyList<Cell> times, IReadOnlyDictionary<string, int> rows, int seeds)
{
    /// <summary>Mean accuracies this near are a tie: about the standard error of a mean over the tables.</summary>
    public const double Tie = 0.005;

    private const string Baseline = "LightGbm";

    /// <summary>Rows from which a table counts as large where times are compared.</summary>
    private const int Large = 5000;

    private readonly StringBuilder _text = new();

    public string Text(string machine, string? picture)
    {
        _text.Append(Invariant($"""
            # Tables

            `eng/tables.sh` fetches public tables and measures everything below; it goes on where it was stopped. Test accuracy and log-loss, means of {seeds} seed{(seeds == 1 ? "" : "s")}, 80 % of
            each table to train on, drawn class by class; wrong labels: exactly the share stated of the training labels, each moved to another class at random. ML.NET's
            trainers and ours have their default options. Ours get the raw table; the linear ones NormalizeMinMax before them, and the mean for a missing value.

            {machine}


            """));
        if (picture is not null)
            _text.Append(Invariant($"![Mean accuracy by the share of wrong labels]({picture})\n\n"));
        if (results.Missing.Count > 0)
            _text.Append(Invariant($"**Not measured**, and left out with the table at that share: {string.Join("; ", results.Missing.Take(20))}{(results.Missing.Count > 20 ? Invariant($" and {results.Missing.Count - 20} more") : "")}.\n\n"));
        Summary();
        Standing();
        Times();
        foreach (var noise in results.Noise.Where(n => results.Tables[n].Count > 0))
            PerTable(noise);
        return _text.ToString();
    }

    private static string Label(double noise) => noise == 0 ? "clean" : Invariant($"{noise * 100:0} % wrong");

    private void Summary()
    {
        double[] shares = [.. results.Noise.Where(n => results.Tables[n].Count > 0)];
        if (shares.Length == 0)
            return;
        _text.Append("## Means\n\n| accuracy, log-loss |").AppendJoin("", shares.Select(n => Invariant($" {Label(n)} ({results.Tables[n].Count} tables) | |"))).Append("\n|---|").Insert(_text.Length, "---|", shares.Length * 2).Append('\n');
        foreach (var method in results.Methods)
            _text.Append(Invariant($"| {method} |")).AppendJoin("", shares.Select(n => Invariant($" {results.MeanAccuracy(n, method):.0000} | {results.MeanLogLoss(n, method):0.000} |"))).Append('\n');
        _text.Append('\n');
    }

    private void Standing()
    {
        double[] shares = [.. results.Noise.Where(n => results.Tables[n].Count > 0)];
        if (!results.Methods.Contains(Baseline) || shares.Length == 0)
            return;
        _text.Append(Invariant($"Mean rank among the methods by accuracy, and tables won, tied (within {Tie}) and lost against {Baseline}:\n\n| |"))
            .AppendJoin("", shares.Select(n => Invariant($" {Label(n)}: rank | won-tied-lost |"))).Append("\n|---|").Insert(_text.Length, "---|", shares.Length * 2).Append('\n');
        for (var m = 0; m < results.Methods.Count; m++)
        {
            var method = results.Methods[m];
            _text.Append(Invariant($"| {method} |"));
            foreach (var noise in shares)
            {
                var (wins, ties, losses) = Standings.Compare([.. results.Tables[noise].Select(t => results.Accuracy(t, noise, method))], [.. results.Tables[noise].Select(t => results.Accuracy(t, noise, Baseline))], Tie);
                _text.Append(Invariant($" {Standings.MeanRanks(results.Accuracies(noise))[m]:0.0} | {(method == Baseline ? "" : Invariant($"{wins}-{ties}-{losses}"))} |"));
            }

            _text.Append('\n');
        }

        _text.Append('\n');
    }

    private void Times()
    {
        var measured = times.Where(c => results.Methods.Contains(c.Key.Method)).GroupBy(c => c.Key.Table).Where(g => results.Methods.All(m => g.Any(c => c.Key.Method == m))).ToArray();
        if (measured.Length == 0)
        {
            _text.Append("Training times have not been measured yet (`eng/tables.sh --timing`).\n\n");
            return;
        }

        _text.Append(Invariant($"""
            ## Training time

            Seconds of `Fit` with clean labels, {measured[0].First().Threads} threads allowed (ours take them only where they help), one fit at a time after a warm-up. Other processes kept
            {measured.SelectMany(g => g).Average(c => c.OtherProcesses):0.00} processors busy meanwhile on average, {measured.SelectMany(g => g).Max(c => c.OtherProcesses):0.00} at most.

            | | all {measured.Length} tables | tables of {Large} rows or more |{string.Concat(measured.Select(g => Invariant($" {g.Key} |")))}
            |---|---|---|{string.Concat(measured.Select(_ => "---|"))}

            """));
        foreach (var method in results.Methods)
        {
            var own = measured.Select(g => (Table: g.Key, g.First(c => c.Key.Method == method).Seconds)).ToArray();
            _text.Append(Invariant($"| {method} | {own.Sum(t => t.Seconds):0.0} | {own.Where(t => rows[t.Table] >= Large).Sum(t => t.Seconds):0.0} |{string.Concat(own.Select(t => Invariant($" {t.Seconds:0.00} |")))}\n"));
        }

        _text.Append('\n');
    }

    private void PerTable(double noise)
    {
        _text.Append(Invariant($"## Accuracy by table, {Label(noise)}\n\n| table (rows) |")).AppendJoin("", results.Methods.Select(m => Invariant($" {m} |"))).Append("\n|---|").Insert(_text.Length, "---|", results.Methods.Count).Append('\n');
        foreach (var table in results.Tables[noise])
        {
            double[] values = [.. results.Methods.Select(m => results.Accuracy(table, noise, m))];
            _text.Append(Invariant($"| {table} ({rows[table]:N0}) |")).AppendJoin("", values.Select(v => Invariant(v == values.Max() ? (FormattableString)$" **{v:.000}** |" : $" {v:.000} |"))).Append('\n');
        }

        _text.Append('\n');
    }
}
