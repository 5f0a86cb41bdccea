using FlipReg;
using FlipReg.Runtime;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Training;
using static System.FormattableString;

namespace MLNet.FlipReg.LabelIssues;

/// <summary>Probabilities of rows by models that were not trained on them: k-fold cross-validation, every class spread over the folds.</summary>
/// <param name="Probabilities">Rows × K; rows that were not scored are not numbers.</param>
/// <param name="FoldOf">Each row's fold, from 0; −1 where a row is in none.</param>
internal sealed record OutOfFoldScores(float[] Probabilities, int[] FoldOf)
{
    /// <summary>How far probabilities may be from a sum of 1.</summary>
    private const double SumTolerance = 1e-3;

    /// <summary>
    /// Spreads the labelled rows of each class over the folds. The only row of a class is in none, so that no model lacks a class; a class of fewer rows than folds is missing
    /// among those that some of the models score, which does no harm.
    /// </summary>
    public static int[] Folds(uint[] keys, int classes, int folds, ulong stream)
    {
        var random = Seeds.Random(stream);
        var foldOf = new int[keys.Length];
        Array.Fill(foldOf, -1);
        var byClass = Enumerable.Range(0, keys.Length).Where(row => keys[row] > 0).ToLookup(row => keys[row]);
        var next = 0;
        for (var key = 1u; key <= classes; key++)
        {
            var rows = byClass[key].ToArray();
            if (rows.Length < 2)
                continue;
            random.Shuffle(rows);
            // Where the last class ended, so that the folds are of one size.
            foreach (var row in rows)
                foldOf[row] = next++ % folds;
        }

        return foldOf;
    }

    /// <summary>Trains a model on each fold's complement and scores the fold with it.</summary>
    /// <exception cref="InvalidOperationException">The scores are not probabilities of the label's classes.</exception>
    public static OutOfFoldScores Of(IDataView data, IEstimator<ITransformer> trainer, LabelReader labels, LabelIssueOptions options, ulong stream, Action<string> info)
    {
        var foldOf = Folds(labels.Keys, labels.Classes, options.Folds, stream);
        var probabilities = new float[(long)foldOf.Length * labels.Classes];
        Array.Fill(probabilities, float.NaN);
        for (var fold = 0; fold < options.Folds; fold++)
        {
            var rows = Enumerable.Range(0, foldOf.Length).Where(row => foldOf[row] == fold).ToArray();
            if (rows.Length == 0)
                continue;
            info(Invariant($"Fold {fold + 1} of {options.Folds}: {rows.Length} of {foldOf.Length} rows are scored by a model trained on the others."));
            var current = fold;
            var model = trainer.Fit(new SubsetView(data, [.. foldOf.Select((f, row) => f != current && labels.Keys[row] > 0)]));
            try
            {
                Read(model.Transform(new SubsetView(data, [.. foldOf.Select(f => f == current)])), rows, labels.Classes, options, probabilities);
            }
            finally
            {
                (model as IDisposable)?.Dispose();
            }
        }

        return new OutOfFoldScores(probabilities, foldOf);
    }

    private static void Read(IDataView scored, int[] rows, int classes, LabelIssueOptions options, float[] probabilities)
    {
        var name = options.ScoreColumnName;
        if (scored.Schema.GetColumnOrNull(name) is not { } column || column.Type is not VectorDataViewType type || !type.ItemType.Equals(NumberDataViewType.Single))
            throw Bad(name, scored.Schema.GetColumnOrNull(name) is { } other ? $"a column of {other.Type}" : "no such column");
        using var cursor = scored.GetRowCursor([column]);
        var read = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> scores = default;
        foreach (var row in rows)
        {
            if (!cursor.MoveNext())
                throw Bad(name, Invariant($"no scores for row {row} (counted from 0): the trainer's transforms left it out"));
            read(ref scores);
            if (scores.Length != classes)
                throw Bad(name, Invariant($"{scores.Length} scores for {classes} classes in row {row} (counted from 0)"));
            var target = probabilities.AsSpan(row * classes, classes);
            scores.CopyTo(target);
            double sum = 0;
            foreach (var p in target)
                sum += p is >= 0 and <= 1.00001f || float.IsNaN(p) ? p : double.PositiveInfinity;
            if (Math.Abs(sum - 1) > SumTolerance)
                throw Bad(name, Invariant($"scores that sum to {sum}, or are not from 0 to 1, in row {row} (counted from 0)"));
        }
    }

    private static InvalidOperationException Bad(string name, string got) =>
        new($"The trainer must make column '{name}' with a probability for each of the label's classes. Got {got}. Use a multiclass trainer, name its column in ScoreColumnName, or add MulticlassClassification.TemperatureCalibrator(scoresAreLogits: true) to it.");
}
