using System.Text.Json;
using FlipReg;
using FlipReg.Metrics;
using Microsoft.ML.Runtime;
using static System.FormattableString;

namespace MLNet.FlipReg.LabelIssues;

/// <summary>Makes reports of label issues, from what a training saw or from out-of-fold probabilities.</summary>
internal static class IssueFinder
{
    /// <summary>A row that was judged.</summary>
    private readonly record struct Judged(int Row, float Margin, int Rival, bool IsIssue, string Evidence);

    /// <summary>Confident learning: the noise from out-of-fold probabilities, the issues pruned by noise rate, ranked by margin.</summary>
    public static LabelIssueReport FromProbabilities(IHostEnvironment environment, IssueRows rows, OutOfFoldScores scores, int folds)
    {
        var classes = rows.ClassNames.Count;
        int[] judged = [.. Enumerable.Range(0, scores.FoldOf.Length).Where(row => scores.FoldOf[row] >= 0 && AreNumbers(scores.Probabilities.AsSpan(row * classes, classes)))];
        var labels = Array.ConvertAll(judged, row => (int)rows.Labels.Keys[row] - 1);
        var probabilities = new float[judged.Length * classes];
        for (var i = 0; i < judged.Length; i++)
            scores.Probabilities.AsSpan(judged[i] * classes, classes).CopyTo(probabilities.AsSpan(i * classes, classes));
        var thresholds = ConfidentLearning.Thresholds(probabilities, labels, classes);
        var joint = ConfidentLearning.Joint(ConfidentLearning.ConfidentJoint(probabilities, labels, thresholds), labels);
        var issues = ConfidentLearning.Pruned(probabilities, labels, joint);
        var found = judged.Select((row, i) =>
        {
            var own = probabilities.AsSpan(i * classes, classes);
            var (margin, rival) = ConfidentLearning.Margin(own, labels[i]);
            return new Judged(row, margin, rival, issues[i],
                Invariant($"a model that had not seen the row (fold {scores.FoldOf[row] + 1} of {folds}) gives '{rows.ClassNames[rival]}' {own[rival]:F3} and '{rows.ClassNames[labels[i]]}' {own[labels[i]]:F3}"));
        });
        return Report(environment, rows, [.. found], joint);
    }

    /// <summary>
    /// From what one training saw: ranked by the mean of δ over the epochs. An issue is a row whose mean is below 0: the network contradicted its label more than it agreed. The noise is
    /// counted from these.
    /// </summary>
    /// <exception cref="ArgumentException">The data are not those of the training.</exception>
    public static LabelIssueReport FromTraining(IHostEnvironment environment, IssueRows rows, IReadOnlyList<TrackedRow> tracked)
    {
        int[] trained = [.. Enumerable.Range(0, rows.Labels.Keys.Length).Where(row => rows.Labels.Keys[row] > 0 && rows.Weights?[row] != 0)];
        if (trained.Length != tracked.Count)
            throw new ArgumentException(Invariant($"The data must be those that the model was trained on, {tracked.Count} rows with a label. Got {trained.Length}. Pass the same rows in the same order."), "data");
        var classes = rows.ClassNames.Count;
        var found = new List<Judged>();
        var joint = new double[classes, classes];
        for (var i = 0; i < trained.Length; i++)
        {
            var (row, seen) = (trained[i], tracked[i]);
            if (seen.Epochs == 0 || float.IsNaN(seen.MeanMargin))
                continue;
            var label = (int)rows.Labels.Keys[row] - 1;
            if (seen.Rival >= classes || seen.Rival == label)
                throw new ArgumentException(Invariant($"The data must be those that the model was trained on. Got label '{rows.ClassNames[label]}' in row {row} (counted from 0), which the training held against another label of that row. Pass the same rows in the same order."), "data");
            var isIssue = seen.MeanMargin < 0;
            found.Add(new Judged(row, seen.MeanMargin, seen.Rival, isIssue, Evidence(seen, rows.ClassNames)));
            joint[label, isIssue ? seen.Rival : label]++;
        }

        for (var i = 0; i < classes; i++)
        {
            for (var j = 0; j < classes; j++)
                joint[i, j] /= Math.Max(1, found.Count);
        }

        return Report(environment, rows, found, joint);
    }

    /// <summary>The example weight column of a training, by its options.</summary>
    public static string? WeightColumn(FlipRegModelParameters model)
    {
        using var options = JsonDocument.Parse(model.OptionsJson);
        return options.RootElement.TryGetProperty("exampleWeightColumnName", out var name) ? name.GetString() : null;
    }

    private static string Evidence(TrackedRow seen, IReadOnlyList<string> names)
    {
        var right = !seen.EverRight ? "never classified as labelled"
            : seen.ForgettingEvents == 0 ? "classified as labelled, and never forgotten"
            : Invariant($"forgotten {seen.ForgettingEvents} {(seen.ForgettingEvents == 1 ? "time" : "times")}");
        var bank = seen.BankMargin is { } margin ? Invariant($"; the behaviour kept at the end: {margin:F3} against '{names[seen.BankRival!.Value]}'") : "";
        return Invariant($"margin against '{names[seen.Rival]}' {seen.MeanMargin:F3} ± {seen.MarginDeviation:F3} over {seen.Epochs} epochs; {right}{bank}");
    }

    private static LabelIssueReport Report(IHostEnvironment environment, IssueRows rows, IReadOnlyList<Judged> judged, double[,] joint)
    {
        var (names, keys) = (rows.ClassNames, rows.Labels.Keys);
        var withoutLabel = keys.LongCount(key => key == 0);
        var notJudged = keys.LongLength - withoutLabel - judged.Count;
        if (judged.Count == 0)
            throw new InvalidOperationException(Invariant($"The data must hold rows whose labels can be judged. Got none of {keys.Length} rows: each is the only one of its class, or was set aside, or has no scores. Check the label."));
        if (notJudged > 0)
        {
            using var channel = environment.Start("Label issues");
            channel.Warning(MessageSensitivity.None, Invariant($"{notJudged} of {keys.Length - withoutLabel} labelled rows are not judged: the only row of a class, rows set aside or of weight 0, or rows whose scores are not numbers."));
        }

        return new LabelIssueReport(environment)
        {
            Rows = [.. judged.OrderBy(row => row.Margin).Select(row => new LabelIssue
            {
                Row = row.Row,
                Id = rows.Ids?[row.Row],
                GivenLabel = names[(int)keys[row.Row] - 1],
                SuggestedLabel = names[row.Rival],
                Score = Math.Clamp((1 - (double)row.Margin) / 2, 0, 1),
                IsIssue = row.IsIssue,
                Evidence = row.Evidence,
            })],
            ClassNames = names,
            JointDistribution = Lists(joint),
            NoiseMatrix = Lists(ConfidentLearning.NoiseMatrix(joint)),
            Classes = [.. names.Select((name, k) => Quality(name, k, judged, keys, joint))],
            RowsWithoutLabel = withoutLabel,
            RowsNotJudged = notJudged,
        };
    }

    private static ClassLabelQuality Quality(string name, int k, IReadOnlyList<Judged> judged, uint[] keys, double[,] joint)
    {
        var classes = Enumerable.Range(0, joint.GetLength(0));
        var (given, truth) = (classes.Sum(j => joint[k, j]), classes.Sum(i => joint[i, k]));
        var own = judged.Where(row => keys[row.Row] == k + 1).ToList();
        return new ClassLabelQuality(name, own.Count, own.Count(row => row.IsIssue), given > 0 ? joint[k, k] / given : double.NaN, truth > 0 ? 1 - (joint[k, k] / truth) : double.NaN);
    }

    private static bool AreNumbers(ReadOnlySpan<float> probabilities)
    {
        foreach (var p in probabilities)
        {
            if (float.IsNaN(p))
                return false;
        }

        return true;
    }

    private static double[][] Lists(double[,] matrix) =>
        [.. Enumerable.Range(0, matrix.GetLength(0)).Select(i => Enumerable.Range(0, matrix.GetLength(1)).Select(j => matrix[i, j]).ToArray())];
}
